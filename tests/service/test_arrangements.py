"""Does every write go by the arrangements that hold, although they are kept in memory?"""

import gc
import re

import pytest
from sqlalchemy.sql.dml import UpdateBase

from infra.database import Database
from schema.execution import Graph, Request
from service import interactions, loops
from service.ground import arrangements
from service.ground.actor import Actor
from service.ground.problems import Contended
from service.ground.statements import Statement
from service.ground.tables import table_of
from service.interactions import Matter
from service.interactions.clocks import lookups
from service.interactions.tables import Interaction
from service.loops import RuleText
from service.loops.tables import RecoveryTrigger
from service.touchpoints.tables import Channel
from tests.statements import Heard

LOG = "mutation { interactionLog(input: {channel: CHAT, message: %s}) { interaction { id } } }"
TOKEN = "SELECT token FROM arrangement WHERE tenant_id = $1"
ELSEWHERE = """INSERT INTO arrangement (tenant_id, id, token) VALUES ($1, $1, gen_random_uuid())
    ON CONFLICT (tenant_id, id) DO UPDATE SET token = EXCLUDED.token"""
COUNTED = "SELECT count(*) FROM interaction WHERE tenant_id = $1"


async def listen_for(database: Database, actor: Actor, word: str) -> None:
    """Let a rule open a recovery wherever a customer writes a word."""
    text = RuleText(RecoveryTrigger.KEYWORD, {"place": 1, "quiet_days": 0}, {}, (word,))
    async with database.work(actor) as session:
        rule_id = await loops.recovery_rules.save(session, word, word, text)
        await loops.recovery_rules.activate(session, rule_id)


async def log(graph: Graph, actor: Actor, words: str) -> None:
    answer = await graph.answer(Request(LOG % f'"{words}"'), actor)
    assert b'"errors"' not in answer.body


async def test_what_was_read_once_is_not_read_again(graph: Graph, actor: Actor, heard: Heard) -> None:
    await log(graph, actor, "Hello")
    await heard.told()
    await log(graph, actor, "Hello again")

    assert [sent.sql[:12] for sent in await heard.told()] == ["WITH entered"]


async def test_every_change_gives_the_tenant_a_new_token(database: Database, actor: Actor) -> None:
    await listen_for(database, actor, "lawyer")
    first = await database.pool.fetchval(TOKEN, actor.tenant_id)
    await listen_for(database, actor, "notice")
    second = await database.pool.fetchval(TOKEN, actor.tenant_id)

    assert None not in {first, second}
    assert first != second


async def test_the_next_write_goes_by_a_new_rule(graph: Graph, database: Database, actor: Actor) -> None:
    await log(graph, actor, "My lawyer will write")
    await listen_for(database, actor, "lawyer")

    async with database.work(actor) as session:
        known = await loops.recovery_rules.active(session)
    assert [rule.keywords for rule in known.rules] == ["lawyer"]


async def test_a_write_is_refused_that_goes_by_what_another_replica_changed(
    database: Database, actor: Actor
) -> None:
    for _ in range(2):
        async with database.work(actor) as session:
            await interactions.log(session, Matter(Channel.CHAT))
    await database.pool.execute(ELSEWHERE, actor.tenant_id)

    with pytest.raises(Contended):
        async with database.work(actor) as session:
            await interactions.log(session, Matter(Channel.CHAT))
    assert await database.pool.fetchval(COUNTED, actor.tenant_id) == 2


async def test_a_refused_write_is_done_again_by_what_holds_now(
    graph: Graph, database: Database, actor: Actor, heard: Heard
) -> None:
    await log(graph, actor, "Hello")
    await database.pool.execute(ELSEWHERE, actor.tenant_id)
    await heard.told()
    await log(graph, actor, "Hello again")

    assert [sent.sql[:12] for sent in await heard.told()][:2] == ["WITH entered", "BEGIN; SET L"]
    assert await database.pool.fetchval(COUNTED, actor.tenant_id) == 2


async def test_a_transaction_sees_what_it_arranges_itself(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        await loops.recovery_rules.active(session)
        text = RuleText(RecoveryTrigger.KEYWORD, {"place": 1, "quiet_days": 0}, {}, ("lawyer",))
        rule_id = await loops.recovery_rules.save(session, "own", "own", text)
        await loops.recovery_rules.activate(session, rule_id)
        known = await loops.recovery_rules.active(session)
        session.discard()

    assert [rule.keywords for rule in known.rules] == ["lawyer"]
    async with database.work(actor) as session:
        assert not (await loops.recovery_rules.active(session)).are_own


def test_what_the_readers_read_are_arrangements() -> None:
    read = set(re.findall(r"(?:FROM|JOIN) (\w+)", lookups.OFFERS.sql + loops.recovery_rules.ACTIVE.sql))

    assert read == {model.__tablename__ for model in arrangements.ARRANGED}


def test_nobody_writes_arrangements_past_the_session() -> None:
    gc.unfreeze()  # a service that was started in this process has hidden what there was before it
    clauses = (one.clause for one in gc.get_objects() if isinstance(one, Statement))
    written = {clause.table for clause in clauses if isinstance(clause, UpdateBase)}

    assert written.isdisjoint(table_of(model) for model in arrangements.ARRANGED)
    assert table_of(Interaction) in written, "statements that write are found"
