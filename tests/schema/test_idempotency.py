"""What becomes of a write that is sent twice? Under a key it is carried out once and answered alike."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest

from infra.database import Database
from schema.execution import Graph, Request
from service.ground import idempotency
from service.ground.actor import Actor
from service.ground.scopes import EVERY, Scope
from tests.ground import Answering
from tests.statements import Heard

KEY = "crm-row-000000000042"
LOG = """mutation Log($input: InteractionLogInput!, $key: String!) {
  interactionLog(input: $input) @idempotent(key: $key) {
    interaction { id subject openedAt } userErrors { code message field } } }"""
PLAIN = LOG.replace(", $key: String!", "").replace("@idempotent(key: $key) ", "")
MATTER = {"channel": "EMAIL", "subject": "Where is my bag?"}
INTERACTIONS = "SELECT count(*) FROM interaction WHERE tenant_id = $1"


async def sent(
    graph: Graph, actor: Actor, source: str = LOG, key: str = KEY, **changes: object
) -> tuple[bytes, Mapping[str, Any]]:
    """Send the same request, but for what is changed; return its bytes and what they say of the field."""
    variables = {"input": {**MATTER, **changes}, "key": key}
    if "$key" not in source:
        del variables["key"]
    body = (await graph.answer(Request(source, variables=variables), actor)).body
    await asyncio.sleep(0)  # the driver tells those who listen to its statements a turn later
    return body, orjson.loads(body)["data"]["interactionLog"]


async def kept(database: Database, actor: Actor) -> int:
    found: int = await database.pool.fetchval(INTERACTIONS, actor.tenant_id)
    return found


async def test_the_same_request_under_a_key_is_carried_out_once_and_answered_with_the_same_bytes(
    graph: Graph, database: Database, actor: Actor
) -> None:
    first, _ = await sent(graph, actor)
    second, told = await sent(graph, actor)

    assert second == first
    assert told["userErrors"] == []
    assert await kept(database, actor) == 1
    events = "SELECT count(*) FROM outbox_event WHERE tenant_id = $1"
    assert await database.pool.fetchval(events, actor.tenant_id) == 1
    entries = "SELECT count(*) FROM audit_entry WHERE tenant_id = $1"
    assert await database.pool.fetchval(entries, actor.tenant_id) == 1


async def test_without_a_key_each_request_is_carried_out(
    graph: Graph, database: Database, actor: Actor
) -> None:
    first, _ = await sent(graph, actor, PLAIN)
    second, _ = await sent(graph, actor, PLAIN)

    assert second != first
    assert await kept(database, actor) == 2


async def test_other_arguments_under_the_same_key_are_refused(
    graph: Graph, database: Database, actor: Actor
) -> None:
    await sent(graph, actor)
    _, told = await sent(graph, actor, subject="Where is my other bag?")

    assert told["interaction"] is None
    assert [error["code"] for error in told["userErrors"]] == ["KEY_REUSED"]
    assert told["userErrors"][0]["field"] == ["@idempotent", "key"]
    assert await kept(database, actor) == 1


async def test_other_fields_asked_for_under_the_same_key_are_refused(
    graph: Graph, database: Database, actor: Actor
) -> None:
    await sent(graph, actor)
    _, told = await sent(graph, actor, LOG.replace("id subject openedAt", "id channel"))

    assert told["userErrors"][0]["code"] == "KEY_REUSED"
    assert await kept(database, actor) == 1


async def test_an_answer_is_not_replayed_to_who_may_see_something_else(
    graph: Graph, database: Database, actor: Actor
) -> None:
    await sent(graph, actor)
    other = replace(actor, scopes=EVERY - {Scope.PII_READ})
    _, told = await sent(graph, other)

    assert told["userErrors"][0]["code"] == "KEY_REUSED"
    assert await kept(database, actor) == 1


async def test_whether_somebody_may_do_this_is_asked_again_before_an_answer_is_repeated(
    graph: Graph, database: Database, actor: Actor
) -> None:
    await sent(graph, actor)
    other = replace(actor, scopes=EVERY - {Scope.INTERACTIONS_WRITE})
    _, told = await sent(graph, other)

    assert told["userErrors"][0]["code"] == "FORBIDDEN"
    assert told["interaction"] is None


async def test_the_spelling_of_a_request_does_not_make_it_another_one(
    graph: Graph, database: Database, actor: Actor
) -> None:
    first, _ = await sent(graph, actor, openedAt="2026-03-01T09:30:00Z")
    backwards = dict(reversed([*MATTER.items(), ("openedAt", "2026-03-01T10:30:00+01:00")]))
    request = Request(LOG, variables={"key": KEY, "input": backwards})
    second = (await graph.answer(request, actor)).body
    literal = """mutation Log { interactionLog(input: {subject: "Where is my bag?", channel: EMAIL,
      openedAt: "2026-03-01T09:30:00Z"}) @idempotent(key: "crm-row-000000000042") {
        interaction { id subject openedAt } userErrors { code message field } } }"""
    third = (await graph.answer(Request(literal), actor)).body

    assert second == first
    assert third == first
    assert await kept(database, actor) == 1


async def test_a_key_belongs_to_one_tenant(
    graph: Graph, database: Database, actor: Actor, stranger: Actor
) -> None:
    first, _ = await sent(graph, actor)
    second, told = await sent(graph, stranger)

    assert told["userErrors"] == []
    assert second != first
    assert await kept(database, stranger) == 1


async def test_duplicates_that_run_at_the_same_time_wait_for_the_first(
    graph: Graph, database: Database, actor: Actor
) -> None:
    answers = await asyncio.gather(*(sent(graph, actor) for _ in range(5)))

    assert len({body for body, _ in answers}) == 1
    assert await kept(database, actor) == 1


async def test_a_duplicate_of_a_request_that_runs_on_is_told_to_come_back(
    graph: Graph, database: Database, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.transactions.WAIT_FOR_KEY", "SET LOCAL lock_timeout = '20ms'")
    claims: list[idempotency.Claim] = []
    claiming = idempotency.Claim.sql

    def overheard(claim: idempotency.Claim, tenant_id: Any) -> str:  # noqa: ANN401 - as it is
        claims.append(claim)
        return claiming(claim, tenant_id)

    monkeypatch.setattr(idempotency.Claim, "sql", overheard)
    await sent(graph, actor)
    await database.pool.execute("DELETE FROM idempotent_answer WHERE tenant_id = $1", actor.tenant_id)
    async with database.work(actor, claims[0]):
        _, told = await sent(graph, actor)

    assert [error["code"] for error in told["userErrors"]] == ["IN_PROGRESS"]
    assert await kept(database, actor) == 1


async def test_a_refusal_is_not_kept_so_that_the_same_request_may_succeed_later(
    graph: Graph, database: Database, actor: Actor, ask: Answering
) -> None:
    team = {"key": "baggage"}
    _, refused = await sent(graph, actor, team=team)
    assert refused["userErrors"][0]["code"] == "NOT_FOUND"
    assert await kept(database, actor) == 0

    await ask('mutation { teamUpsert(input: {key: "baggage", name: "Baggage"}) { userErrors { code } } }')
    _, told = await sent(graph, actor, team=team)

    assert told["userErrors"] == []
    assert await kept(database, actor) == 1


@pytest.mark.parametrize("key", ["", "short", "x" * 256])
async def test_a_key_that_cannot_name_one_request_is_refused(
    graph: Graph, database: Database, actor: Actor, key: str
) -> None:
    _, told = await sent(graph, actor, key=key)

    assert told["userErrors"][0]["code"] == "INVALID"
    assert await kept(database, actor) == 0


@pytest.mark.parametrize(
    "source",
    [
        'query { viewer @idempotent(key: "crm-row-000000000042") { subject } }',
        """mutation { interactionLog(input: {channel: EMAIL}) {
          interaction @idempotent(key: "crm-row-000000000042") { id } } }""",
    ],
)
async def test_a_key_where_nothing_is_written_is_refused(answer: Answering, source: str) -> None:
    response = await answer(source)

    assert [error["message"] for error in response["errors"]] == [
        "The directive @idempotent belongs on a field of a mutation."
    ]


async def test_a_key_costs_a_transaction_and_none_costs_nothing(
    graph: Graph, actor: Actor, heard: Heard
) -> None:
    await sent(graph, actor, PLAIN)  # what is prepared once is prepared
    heard.take()
    await sent(graph, actor, PLAIN)
    without = [one.sql for one in heard.take()]
    await sent(graph, actor)
    within = [one.sql for one in heard.take()]

    assert (len(without), len(within)) == (1, 3)
    assert not [sql for sql in without if "idempotent" in sql]
    assert "INSERT INTO idempotent_answer" in within[0], "the key is taken in the message of BEGIN"
    assert within[-1].startswith("UPDATE idempotent_answer"), "the answer is kept in that of COMMIT"


async def test_keys_are_let_go_after_a_day(graph: Graph, database: Database, actor: Actor) -> None:
    await sent(graph, actor)
    old = "UPDATE idempotent_answer SET made_at = made_at - interval '25 hours' WHERE tenant_id = $1"
    await database.pool.execute(old, actor.tenant_id)
    await sent(graph, actor, key="crm-row-000000000043")
    async with database.work(actor.as_system()) as session:
        await idempotency.forget(session)

    left = "SELECT count(*) FROM idempotent_answer WHERE tenant_id = $1"
    assert await database.pool.fetchval(left, actor.tenant_id) == 1
