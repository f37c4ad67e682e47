"""Is a write one transaction, and no more round trips than it needs?"""

import orjson
import pytest

from infra.database import Database
from schema.execution import Graph, Request
from service.customers.tables import Segment
from service.ground.actor import Actor
from service.ground.problems import Taken
from tests.ground import Answering
from tests.statements import Heard

LOG = """mutation { interactionLog(input: {channel: CHAT, subject: "Late"}) {
    interaction { id subject } userErrors { code } } }"""
LOG_WITH_LEDGER = """mutation { interactionLog(input: {channel: CHAT, subject: "Late"}) {
    interaction { subject events { nodes { type } } } userErrors { code } } }"""
SEGMENTS = "SELECT count(*) FROM segment WHERE tenant_id = $1"


async def test_a_write_that_shows_what_it_adds_is_one_statement(ask: Answering, heard: Heard) -> None:
    await ask(LOG)  # what holds for every write is known from now on
    await heard.told()
    found = await ask(LOG)
    (sent,) = await heard.told()
    assert found["interactionLog"]["interaction"]["subject"] == "Late"
    assert sent.sql.startswith("WITH entered AS")


async def test_a_write_that_shows_more_reads_it_in_its_transaction(ask: Answering, heard: Heard) -> None:
    await ask(LOG)
    await heard.told()
    found = await ask(LOG_WITH_LEDGER)
    statements = [sent.sql.split()[0].strip(";") for sent in await heard.told()]
    assert found["interactionLog"]["interaction"]["events"] == {"nodes": [{"type": "OPENED"}]}
    assert statements == ["BEGIN", "WITH", "SELECT", "SET"]


async def enter_twice(database: Database, actor: Actor, *, discarded: bool) -> None:
    async with database.work(actor) as session:
        session.enter(Segment, key="gold", name="Gold")
        session.enter(Segment, key="gold", name="Gold again")
        if discarded:
            session.discard()


async def fail_half_way(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        session.enter(Segment, key="gold", name="Gold")
        await session.flush()
        message = "half way"
        raise RuntimeError(message)


async def test_a_statement_that_stands_alone_is_kept_whole_or_not_at_all(
    database: Database, actor: Actor
) -> None:
    with pytest.raises(Taken):
        await enter_twice(database, actor, discarded=False)
    assert await database.pool.fetchval(SEGMENTS, actor.tenant_id) == 0


async def test_what_is_discarded_is_checked_and_not_kept(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        session.enter(Segment, key="gold", name="Gold")
        session.discard()
    assert await database.pool.fetchval(SEGMENTS, actor.tenant_id) == 0
    with pytest.raises(Taken):
        await enter_twice(database, actor, discarded=True)


async def test_a_connection_serves_again_after_a_write_that_failed(
    graph: Graph, database: Database, actor: Actor
) -> None:
    with pytest.raises(RuntimeError, match="half way"):
        await fail_half_way(database, actor)
    answer = await graph.answer(Request(LOG), actor)
    assert orjson.loads(answer.body)["data"]["interactionLog"]["userErrors"] == []
    assert await database.pool.fetchval(SEGMENTS, actor.tenant_id) == 0
