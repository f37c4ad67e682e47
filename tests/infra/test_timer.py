"""Is periodic work done once, however many offer to do it and whenever one of them ends?"""

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from infra.database import Database
from infra.jobs import Job, fire_clocks
from infra.timer import Timer
from service import interactions
from service.ground.actor import Actor, ActorKind
from service.ground.events import OutboxEvent
from service.ground.schedule import PeriodicJob
from service.interactions import clocks
from service.interactions.clocks.tables import Clock, ClockState, ClockTarget
from service.interactions.tables import Party
from service.touchpoints.tables import Channel
from tests.ground import add_tenant, watched

HOUR = timedelta(hours=1)
TIMES = (
    ("interaction", "opened_at", "id"),
    ("interaction_event", "occurred_at", "interaction_id"),
    ("sla_application", "applied_at", "interaction_id"),
    ("clock", "next_at", "interaction_id"),
)
"""Where the times of a matter stand."""


CLOCKS = (Job("clocks", timedelta(seconds=5), fire_clocks),)


class Unforeseen(Exception):
    """What a job did not expect."""


def silent(error: BaseException) -> str:
    raise AssertionError from error


@pytest.fixture
async def database(own_database_url: str) -> AsyncIterator[Database]:
    async with watched(own_database_url) as database:
        yield database


@pytest.fixture
async def actor(database: Database) -> Actor:
    id_ = await add_tenant(database, "clockwork")
    return Actor(id_, "clockwork", "someone", ActorKind.HUMAN, frozenset())


async def late_matter(database: Database, actor: Actor) -> UUID:
    """Log a matter whose first response becomes due without anything happening to it."""
    async with database.work(actor) as session:
        wording = clocks.PolicyWording([clocks.Promised(ClockTarget.FIRST_RESPONSE, 3600, 60)])
        await clocks.policy_create(session, f"all-{secrets.token_hex(4)}", "All", wording)
        id_ = await interactions.log(session, interactions.Matter(Channel.CHAT))
    await pass_an_hour(database, actor, id_)
    return id_


async def pass_an_hour(database: Database, actor: Actor, id_: UUID) -> None:
    """Move everything of a matter into the past: nobody can wait for an hour here."""
    async with database.work(actor) as session:
        for table, column, key in TIMES:
            sql = f"UPDATE {table} SET {column} = {column} - $3::interval WHERE tenant_id = $1 AND {key} = $2"  # noqa: S608 - names of our own
            await session.connection.execute(sql, actor.tenant_id, id_, HOUR)


async def told(database: Database, actor: Actor) -> list[str]:
    async with database.work(actor) as session:
        return [event.type for event in await session.find(OutboxEvent) if event.type.startswith("clock.")]


async def scheduled(database: Database, actor: Actor) -> PeriodicJob:
    async with database.work(actor) as session:
        [job] = await session.find(PeriodicJob)
    return job


async def make_due(database: Database) -> None:
    await database.pool.execute("UPDATE periodic_job SET due_at = now() - interval '1 second'")


async def test_a_breach_is_told_once_also_after_a_restart(database: Database, actor: Actor) -> None:
    id_ = await late_matter(database, actor)
    assert await told(database, actor) == []
    for _ in range(3):
        assert await Timer(database, CLOCKS, silent).once() == [("clockwork", "clocks")]
        await make_due(database)
    assert await told(database, actor) == ["clock.breached"]
    async with database.work(actor) as session:
        [clock] = await session.find(Clock, interaction_id=id_)
        [event] = [one for one in await session.find(OutboxEvent) if one.type == "clock.breached"]
    assert clock.state == ClockState.BREACHED
    assert event.subject_id == clock.id
    assert event.actor == "system"
    assert event.payload == {
        "interaction": str(id_),
        "target": "FIRST_RESPONSE",
        "number": 1,
        "dueAt": clock.due_at and clock.due_at.isoformat(),
        "channel": "CHAT",
        "priority": "NORMAL",
        "customer": None,
        "contactReason": None,
        "team": None,
    }


async def test_what_is_imminent_is_told_before_what_is_breached(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        wording = clocks.PolicyWording([clocks.Promised(ClockTarget.FIRST_RESPONSE, 3700, 200)])
        await clocks.policy_create(session, "all", "All", wording)
        id_ = await interactions.log(session, interactions.Matter(Channel.CHAT))
    for _ in range(2):
        await pass_an_hour(database, actor, id_)
        await fire_clocks(database, actor)
    assert await told(database, actor) == ["clock.imminent", "clock.breached"]


async def test_of_several_timers_at_once_one_does_the_work(database: Database, actor: Actor) -> None:
    done = []

    async def work(_: Database, who: Actor) -> None:
        done.append(who.tenant_key)
        await asyncio.sleep(0)

    timers = [Timer(database, [Job("count", HOUR, work)], silent) for _ in range(4)]
    await asyncio.gather(*(timer.once() for timer in timers))
    assert done == ["clockwork"]


async def test_clocks_fired_by_several_at_once_are_told_once(database: Database, actor: Actor) -> None:
    for _ in range(3):
        await late_matter(database, actor)
    await asyncio.gather(*(fire_clocks(database, actor) for _ in range(4)))
    assert await told(database, actor) == ["clock.breached"] * 3


async def test_a_claim_is_kept_from_others_until_it_runs_out(database: Database, actor: Actor) -> None:
    await late_matter(database, actor)
    timer = Timer(database, CLOCKS, silent)
    await timer.once()
    await make_due(database)
    await database.pool.execute(
        "UPDATE periodic_job SET holder = 'gone', claimed_until = now() + interval '1 minute'"
    )
    assert await Timer(database, CLOCKS, silent).once() == []
    await database.pool.execute("UPDATE periodic_job SET claimed_until = now() - interval '1 second'")
    assert await Timer(database, CLOCKS, silent).once() == [("clockwork", "clocks")]


async def test_a_process_told_to_end_gives_its_claim_back_and_leaves_nothing_half_done(
    database: Database, actor: Actor
) -> None:
    await late_matter(database, actor)
    begun = asyncio.Event()

    async def fire_and_hang(where: Database, who: Actor) -> None:
        async with where.work(who) as session:
            assert await clocks.fire(session) == 1
            await session.flush()
            begun.set()
            await asyncio.Event().wait()

    ending = asyncio.create_task(Timer(database, [Job("clocks", HOUR, fire_and_hang)], silent).once())
    await begun.wait()
    ending.cancel()
    await asyncio.wait([ending])
    assert await told(database, actor) == []
    assert (await scheduled(database, actor)).claimed_until is None
    assert await Timer(database, CLOCKS, silent).once() == [("clockwork", "clocks")]
    assert await told(database, actor) == ["clock.breached"]


async def test_a_connection_cut_in_the_middle_tells_nothing_twice(database: Database, actor: Actor) -> None:
    await late_matter(database, actor)

    async def fire_and_break() -> None:
        async with database.work(actor) as session:
            await clocks.fire(session)
            await session.flush()
            await session.connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await fire_and_break()
    assert await told(database, actor) == []
    await fire_clocks(database, actor)
    assert await told(database, actor) == ["clock.breached"]


async def test_a_job_that_fails_is_reported_counted_and_due_again(database: Database, actor: Actor) -> None:
    reported: list[BaseException] = []

    async def fail(_: Database, __: Actor) -> None:
        raise Unforeseen

    def report(error: BaseException) -> str:
        reported.append(error)
        return "trace"

    jobs = [Job("failing", HOUR, fail)]
    for _ in range(2):
        assert await Timer(database, jobs, report).once() == []
        await make_due(database)
    assert [type(error) for error in reported] == [Unforeseen, Unforeseen]
    job = await scheduled(database, actor)
    assert (job.failures, job.holder, job.claimed_until) == (2, None, None)


async def test_an_answer_recorded_late_takes_the_breach_back(database: Database, actor: Actor) -> None:
    id_ = await late_matter(database, actor)
    await fire_clocks(database, actor)
    async with database.work(actor) as session:
        in_time = session.now - timedelta(minutes=30)
        answer = interactions.Message("Hello", Party.AGENT, occurred_at=in_time)
        await interactions.add_message(session, id_, answer)
    assert await told(database, actor) == ["clock.breached", "clock.breach_withdrawn"]


@pytest.mark.slow
async def test_the_verb_does_what_is_due_once(
    own_database_url: str, database: Database, actor: Actor
) -> None:
    await late_matter(database, actor)
    environment = {**os.environ, "DATABASE_URL": own_database_url}
    command = [sys.executable, "-m", "infra", "timer", "--once"]
    for _ in range(2):
        done = await asyncio.to_thread(
            subprocess.run, command, env=environment, capture_output=True, text=True, check=True
        )
        assert "clockwork: clocks" in done.stdout.splitlines()
        await make_due(database)
    assert await told(database, actor) == ["clock.breached"]
