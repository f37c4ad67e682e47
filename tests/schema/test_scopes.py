"""Does everybody get what their scopes allow, and nothing beyond?"""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from infra.database import Database
from schema.execution import Graph, Request
from service.ground.actor import Actor
from service.ground.scopes import EVERY, ROLES, Scope
from tests.schema.conftest import People

UPSERT = """mutation($e: String!) { customerUpsert(input: {match: {email: $e}}) {
    customer { id } userErrors { code message field } } }"""
COUNT = "SELECT count(*) FROM customer WHERE tenant_id = $1"


async def answered(graph: Graph, actor: Actor, source: str, **variables: object) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(
        (await graph.answer(Request(source, variables=variables), actor)).body
    )
    return found


def with_scopes(actor: Actor, *scopes: str) -> Actor:
    return replace(actor, scopes=frozenset(scopes))


async def test_a_write_without_its_scope_is_refused_and_changes_nothing(
    graph: Graph, actor: Actor, database: Database
) -> None:
    reader = replace(actor, scopes=ROLES["viewer"])

    answer = await answered(graph, reader, UPSERT, e="ada@x.org")

    message = "You may not do this: it needs customers:write."
    error = {"code": "FORBIDDEN", "message": message, "field": None}
    assert answer == {"data": {"customerUpsert": {"customer": None, "userErrors": [error]}}}
    assert await database.pool.fetchval(COUNT, actor.tenant_id) == 0


async def test_a_write_whose_answer_may_not_be_read_is_undone(
    graph: Graph, actor: Actor, database: Database
) -> None:
    writer = with_scopes(actor, Scope.CUSTOMERS_WRITE)

    answer = await answered(graph, writer, UPSERT, e="ada@x.org")

    [error] = answer["data"]["customerUpsert"]["userErrors"]
    assert (error["code"], error["message"]) == (
        "FORBIDDEN",
        "You may not do this: it needs customers:read.",
    )
    assert await database.pool.fetchval(COUNT, actor.tenant_id) == 0


async def test_a_read_without_its_scope_is_an_error_of_the_whole(graph: Graph, actor: Actor) -> None:
    nobody = with_scopes(actor)

    answer = await answered(graph, nobody, "{ viewer { scopes } customers { nodes { id } } }")

    [error] = answer["errors"]
    assert "data" not in answer
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["message"] == "You may not do this: it needs customers:read."


@pytest.mark.parametrize(
    ("source", "lacks"),
    [
        ("{ customers { nodes { interactions { totalCount } } } }", Scope.INTERACTIONS_READ),
        ("{ customers { nodes { timeline { totalCount } } } }", Scope.FEEDBACK_READ),
        ("query { node(id: $id) { id } }", Scope.CUSTOMERS_READ),
        ("query { nodes(ids: [$id]) { id } }", Scope.CUSTOMERS_READ),
        ("{ customers { totalCount } }", Scope.CUSTOMERS_READ),
    ],
)
async def test_reading_needs_the_scope_of_every_chapter_that_is_touched(
    graph: Graph, people: People, actor: Actor, source: str, lacks: Scope
) -> None:
    source = source.replace("$id", f'"{people.ada}"')

    refused = await answered(graph, with_scopes(actor, *(EVERY - {lacks})), source)
    read = await answered(graph, actor, source)

    assert refused["errors"][0]["message"] == f"You may not do this: it needs {lacks}."
    assert "errors" not in read


async def test_a_plan_that_another_made_is_refused_too(graph: Graph, actor: Actor) -> None:
    source = "{ customers { nodes { email } } }"
    assert "errors" not in await answered(graph, actor, source)

    again = await answered(graph, with_scopes(actor, Scope.PII_READ), source)

    assert again["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_the_viewer_is_told_what_it_is(graph: Graph, actor: Actor) -> None:
    viewer = replace(actor, scopes=frozenset({Scope.LOOPS_READ}), roles=("viewer",))

    answer = await answered(graph, viewer, "{ viewer { tenant subject kind roles scopes } }")

    assert answer["data"]["viewer"] == {
        "tenant": actor.tenant_key,
        "subject": "someone",
        "kind": "HUMAN",
        "roles": ["viewer"],
        "scopes": ["loops:read"],
    }
