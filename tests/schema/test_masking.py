"""What does somebody see of persons who has no scope for it, and can it be asked for another way?"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest
from sqlmodel import SQLModel

from schema.execution import Graph, Request
from service.ground.actor import Actor
from service.ground.personal import Sensitivity, sensitivity_of
from service.ground.problems import LacksScope
from service.ground.scopes import EVERY, Scope
from tests.ground import Answering
from tests.schema.canaries import reads
from tests.schema.conftest import People

WHOLE = """{ customers(orderBy: {field: CREATED_AT, direction: ASC}, first: 1) {
  totalCount nodes { id displayName email phone locale attributes lifecycleStage } } }"""


async def asked(graph: Graph, actor: Actor, source: str, *scopes: str) -> Mapping[str, Any]:
    """Ask as somebody with these scopes only."""
    one = replace(actor, scopes=EVERY - {Scope.PII_READ} | frozenset(scopes))
    found: Mapping[str, Any] = orjson.loads((await graph.answer(Request(source), one)).body)
    return found


async def test_what_tells_of_a_person_is_null_without_its_scope(
    graph: Graph, actor: Actor, people: People
) -> None:
    response = await asked(graph, actor, WHOLE)

    assert response["data"]["customers"] == {
        "totalCount": 3,
        "nodes": [
            {
                "id": people.ada,
                "displayName": None,
                "email": None,
                "phone": None,
                "locale": None,
                "attributes": {},
                "lifecycleStage": "ACTIVE",
            }
        ],
    }


async def test_the_same_document_is_planned_anew_for_other_scopes(
    graph: Graph, actor: Actor, people: People, ask: Answering
) -> None:
    before = (await ask(WHOLE))["customers"]["nodes"][0]["displayName"]
    masked = (await asked(graph, actor, WHOLE))["data"]["customers"]["nodes"][0]["displayName"]
    after = (await ask(WHOLE))["customers"]["nodes"][0]["displayName"]

    assert (before, masked, after) == ("Ada", None, "Ada")


@pytest.mark.parametrize(
    "source",
    [
        '{ customers(filter: {email: {startsWith: "a"}}) { nodes { id } } }',
        '{ customers(filter: {email: {startsWith: "a"}}) { totalCount } }',
        '{ customers(filter: {not: {email: {eq: "ada@x.org"}}}) { totalCount } }',
        "{ customers(orderBy: {field: NAME, direction: ASC}) { edges { cursor } } }",
        '{ customer(ref: {email: "ada@x.org"}) { id } }',
    ],
)
async def test_what_is_hidden_cannot_be_chosen_ordered_or_counted_by(
    graph: Graph, actor: Actor, people: People, source: str
) -> None:
    response = await asked(graph, actor, source)

    assert [error["message"] for error in response["errors"]] == ["You may not do this: it needs pii:read."]
    assert "errors" not in await asked(graph, actor, source, Scope.PII_READ)


async def test_a_write_shows_no_more_than_a_read(graph: Graph, actor: Actor) -> None:
    source = """mutation { customerUpsert(input: {match: {email: "eve@x.org"}, displayName: "Eve"}) {
      customer { displayName email } userErrors { code } } }"""
    response = await asked(graph, actor, source)

    assert response["data"]["customerUpsert"] == {
        "customer": {"displayName": None, "email": None},
        "userErrors": [],
    }


def comparisons() -> re.Pattern[str]:
    """Return a pattern of a hidden column that a statement does more with than to bring it along.

    Columns whose names others have as well are left out: who reads only the text could not tell.
    """
    tables = SQLModel.metadata.tables.values()
    columns = [(column.name, sensitivity_of(column)) for table in tables for column in table.columns]
    hidden = {name for name, sensitivity in columns if sensitivity not in {None, Sensitivity.REFERENCE}}
    shown = {name for name, sensitivity in columns if sensitivity in {None, Sensitivity.REFERENCE}}
    return re.compile(rf"\.({'|'.join(sorted(hidden - shown))})\b(?! AS )")


def is_refused(graph: Graph, request: Request, actor: Actor) -> bool:
    try:
        graph.plan(request, actor)
    except LacksScope:
        return True
    return False


def test_no_filter_order_or_lookup_of_the_schema_compares_what_is_hidden(graph: Graph, actor: Actor) -> None:
    masked, compared = replace(actor, scopes=EVERY - {Scope.PII_READ}), comparisons()
    found: set[str] = set()
    wrong = []
    for request in reads(graph.catalogue):
        planned = graph.plan(request, actor)
        names = set(compared.findall(planned[0])) if planned else set()
        if bool(names) is not is_refused(graph, request, masked):
            wrong.append((request.source, names))
        found |= names

    assert wrong == []
    assert {"display_name", "email"} <= found
