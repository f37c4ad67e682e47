"""Is what is inconclusive looked at again when its date has come, and left alone when it is settled?"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from infra import evaluations
from infra.database import Database
from service import initiatives, loops
from service.ground.actor import Actor
from service.ground.batches import Outcome
from service.ground.problems import Blocked
from service.ground.session import Session
from service.initiatives import StepDetails, designs
from service.initiatives.tables import (
    ImpactEvaluation,
    Initiative,
    LooksEnded,
    MeasurementPlan,
    Verdict,
)
from service.loops.tables import FeedbackLoop, LoopStatus
from tests.service.changes import S, initiative, insight_of
from tests.service.contacts import BEFORE, CHANGE, halved, lay, midnight, steady, weekly_plan
from tests.service.judged import queues

WEEKS = 10
ENDS = [midnight(CHANGE + timedelta(weeks=n * WEEKS)) for n in (1, 2, 3)]
QUIET = steady(40, 18, BEFORE + 3 * WEEKS)
"""Nothing changes, and no look can tell."""


@asynccontextmanager
async def at(database: Database, actor: Actor, now: datetime) -> AsyncIterator[Session]:
    """Open a transaction at another time."""
    async with database.work(actor) as session:
        session.now = now
        yield session


async def watched(database: Database, actor: Actor, contacts: Sequence[float], weeks: int = WEEKS) -> UUID:
    """Ship a change about queues that is watched for so many weeks."""
    async with database.work(actor) as session:
        about = await queues(session, list(contacts), steady(60, 2, len(contacts)))
        plan = weekly_plan(about, evaluation_end=midnight(CHANGE + timedelta(weeks=weeks)))
        return await initiative(session, S.OBSERVING, sponsor="someone", plan=plan)


async def looked(database: Database, actor: Actor, id_: UUID, now: datetime) -> Outcome:
    async with at(database, actor, now) as session:
        return (await initiatives.judging.evaluate(session, id_)).outcome


async def told(database: Database, actor: Actor, id_: UUID) -> list[tuple[int, str, float, datetime | None]]:
    """Return what every look said, how sure it had to be, and when it left the next one to be due."""
    async with database.work(actor) as session:
        rows = await session.find(ImpactEvaluation, initiative_id=id_)
    rows.sort(key=lambda row: row.edition)
    return [(row.look, row.verdict, row.confidence, row.next_evaluation_at) for row in rows]


async def due(database: Database, actor: Actor, now: datetime) -> list[UUID]:
    async with at(database, actor, now) as session:
        return await initiatives.judging.due(session)


async def next_date(database: Database, actor: Actor, id_: UUID) -> tuple[str, datetime | None]:
    async with database.work(actor) as session:
        row = await session.get(Initiative, id_)
    return row.status, row.next_evaluation_at


async def test_what_is_inconclusive_is_looked_at_three_times_each_longer_and_stricter(
    database: Database, actor: Actor
) -> None:
    id_ = await watched(database, actor, QUIET)

    for now in ENDS:
        assert await looked(database, actor, id_, now) is Outcome.CREATED
        assert await looked(database, actor, id_, now) is Outcome.UNCHANGED

    assert await told(database, actor, id_) == [
        (1, "INCONCLUSIVE", 0.95, ENDS[1]),
        (2, "INCONCLUSIVE", 0.975, ENDS[2]),
        (3, "INCONCLUSIVE", 0.9875, None),
    ]
    async with database.work(actor) as session:
        rows = await session.find(ImpactEvaluation, initiative_id=id_)
    rows.sort(key=lambda row: row.look)
    assert [row.looks_ended for row in rows] == [None, None, LooksEnded.LAST_LOOK]
    assert [row.periods_after for row in rows] == [10, 20, 30]
    assert {(row.counted_from, row.baseline_until, row.resumed_at) for row in rows} == {
        (rows[0].counted_from, CHANGE, CHANGE)
    }
    assert [row.counted_until for row in rows] == [end.date() for end in ENDS]
    assert await next_date(database, actor, id_) == ("INCONCLUSIVE", None)


async def test_what_was_watched_for_too_few_weeks_is_proven_by_the_second_look(
    database: Database, actor: Actor
) -> None:
    id_ = await watched(database, actor, halved(steady(40, 1, BEFORE + 12)), weeks=6)
    first, second = (midnight(CHANGE + timedelta(weeks=n)) for n in (6, 12))

    await looked(database, actor, id_, first)
    assert await next_date(database, actor, id_) == ("INCONCLUSIVE", second)
    await looked(database, actor, id_, second)

    assert await told(database, actor, id_) == [
        (1, "INCONCLUSIVE", 0.95, second),
        (2, "IMPROVED", 0.975, None),
    ]
    assert await next_date(database, actor, id_) == ("IMPROVED", None)
    async with database.work(actor) as session:
        assert (await insight_of(session, id_)).verified_at is not None


async def test_a_look_is_not_taken_before_its_date(database: Database, actor: Actor) -> None:
    id_ = await watched(database, actor, QUIET)
    await looked(database, actor, id_, ENDS[0])

    assert await looked(database, actor, id_, ENDS[1] - timedelta(seconds=1)) is Outcome.UNCHANGED

    assert len(await told(database, actor, id_)) == 1
    assert await due(database, actor, ENDS[1]) == [id_]


async def test_looks_that_nobody_took_in_time_are_made_up_for(database: Database, actor: Actor) -> None:
    id_ = await watched(database, actor, QUIET)

    found = await evaluations.work(database, actor.as_system())

    assert (found.evaluated, found.refused) == (1, {})
    assert [look for look, *_ in await told(database, actor, id_)] == [1, 2, 3]


async def test_a_look_comes_due_however_long_ago_the_plan_ended(database: Database, actor: Actor) -> None:
    id_ = await watched(database, actor, QUIET)
    await looked(database, actor, id_, ENDS[0])
    years_later = ENDS[2] + timedelta(days=3 * 366)

    assert await due(database, actor, years_later) == [id_]
    await looked(database, actor, id_, years_later)

    assert await due(database, actor, years_later) == []
    assert await due(database, actor, ENDS[2] + timedelta(days=365)) == [id_]  # for late data


async def more_contacts(database: Database, actor: Actor, id_: UUID) -> None:
    """Let late data tell that contacts more than doubled after the change."""
    async with database.work(actor) as session:
        [plan] = await session.find(MeasurementPlan, initiative_id=id_)
        [about] = (await designs.stored(session, plan)).treated.contact_reasons
        lay(session, about, {CHANGE + timedelta(weeks=n): 60 for n in range(WEEKS)})


async def test_late_data_repeat_the_look_that_stands_and_may_end_the_looks(
    database: Database, actor: Actor
) -> None:
    id_ = await watched(database, actor, QUIET)
    await looked(database, actor, id_, ENDS[0])
    await more_contacts(database, actor, id_)

    await looked(database, actor, id_, ENDS[0] + timedelta(days=1))

    assert await told(database, actor, id_) == [
        (1, "INCONCLUSIVE", 0.95, ENDS[1]),
        (1, "WORSENED", 0.95, None),
    ]
    assert await next_date(database, actor, id_) == ("WORSENED", None)
    assert await looked(database, actor, id_, ENDS[1]) is Outcome.UNCHANGED


async def test_late_data_that_come_with_the_date_spare_the_next_look(
    database: Database, actor: Actor
) -> None:
    id_ = await watched(database, actor, QUIET)
    await looked(database, actor, id_, ENDS[0])
    await more_contacts(database, actor, id_)

    await looked(database, actor, id_, ENDS[1])

    assert [(look, verdict) for look, verdict, *_ in await told(database, actor, id_)] == [
        (1, "INCONCLUSIVE"),
        (1, "WORSENED"),
    ]


async def test_a_sponsors_override_ends_the_looks(database: Database, actor: Actor) -> None:
    id_ = await watched(database, actor, QUIET)
    await looked(database, actor, id_, ENDS[0])
    async with database.work(actor) as session:
        await initiatives.override_verdict(session, id_, Verdict.NO_CHANGE, "The lanes were closed anyway.")

    assert await looked(database, actor, id_, ENDS[1]) is Outcome.UNCHANGED

    assert await next_date(database, actor, id_) == ("NO_CHANGE", None)
    assert len(await told(database, actor, id_)) == 1


async def test_a_closed_initiative_is_not_looked_at_again(database: Database, actor: Actor) -> None:
    id_ = await watched(database, actor, QUIET)
    await looked(database, actor, id_, ENDS[0])
    async with database.work(actor) as session:
        await initiatives.transition(session, id_, S.CLOSED, StepDetails(learning_note="Watch for longer."))
        [plan] = await session.find(MeasurementPlan, initiative_id=id_)
        [about] = (await designs.stored(session, plan)).treated.contact_reasons
        lay(session, about, {CHANGE: 1})

    assert await looked(database, actor, id_, ENDS[1]) is Outcome.CREATED

    assert await next_date(database, actor, id_) == ("CLOSED", None)
    async with database.work(actor) as session:
        rows = await session.find(ImpactEvaluation, initiative_id=id_)
    assert [(row.look, row.looks_ended) for row in sorted(rows, key=lambda row: row.edition)] == [
        (1, None),
        (1, LooksEnded.SETTLED),
    ]


async def test_another_change_that_came_before_the_next_look_confounds_it(
    database: Database, actor: Actor
) -> None:
    id_ = await watched(database, actor, QUIET)
    await looked(database, actor, id_, ENDS[0])
    async with database.work(actor) as session:
        [row] = await session.find(MeasurementPlan, initiative_id=id_)
        plan = await designs.stored(session, row)
        await initiative(
            session,
            S.SHIPPED,
            plan=replace(plan, starts_at=ENDS[0] + timedelta(weeks=1), evaluation_end=ENDS[2]),
        )

    await looked(database, actor, id_, ENDS[1])

    async with database.work(actor) as session:
        [_, second] = await session.find(ImpactEvaluation, initiative_id=id_)
    assert (second.look, second.reason_code) == (2, "CONFOUNDED")
    assert second.looks_ended == LooksEnded.TIME_CANNOT_HELP
    assert await next_date(database, actor, id_) == ("INCONCLUSIVE", None)


async def test_a_loop_stays_open_until_the_next_look_unless_its_sponsor_says_why(
    database: Database, actor: Actor
) -> None:
    id_ = await watched(database, actor, QUIET)
    await looked(database, actor, id_, ENDS[0])
    async with database.work(actor) as session:
        [loop] = await session.find(FeedbackLoop, initiative_id=id_)

    with pytest.raises(Blocked) as blocked:
        await close(database, actor, loop.id)
    assert blocked.value.reasons == (
        f"The effect is inconclusive so far; it is evaluated again on {ENDS[1].date()}.",
    )
    await close(database, actor, loop.id, "The terminal was sold.")

    async with database.work(actor) as session:
        closed = await session.get(FeedbackLoop, loop.id)
    assert (closed.status, closed.closed_despite) == (LoopStatus.CLOSED, blocked.value.reasons[0])


async def test_a_loop_closes_when_no_look_is_to_come(database: Database, actor: Actor) -> None:
    id_ = await watched(database, actor, QUIET)
    await looked(database, actor, id_, ENDS[2])
    async with database.work(actor) as session:
        [loop] = await session.find(FeedbackLoop, initiative_id=id_)

    await close(database, actor, loop.id)

    async with database.work(actor) as session:
        assert (await session.get(FeedbackLoop, loop.id)).status == LoopStatus.CLOSED


async def close(database: Database, actor: Actor, loop_id: UUID, reason: str | None = None) -> None:
    async with database.work(actor) as session:
        await loops.feedback_loops.close(session, loop_id, sponsor_reason=reason)


def test_a_look_ends_with_a_day_of_the_plans_time_zone_also_past_a_change_of_the_clock() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    plan = weekly_plan(
        None,
        time_zone="Europe/Berlin",
        baseline_end=datetime(2025, 9, 1, tzinfo=berlin),
        starts_at=datetime(2025, 9, 1, tzinfo=berlin),
        ramp_up_days=7,
        evaluation_end=datetime(2025, 10, 20, tzinfo=berlin),
    )

    ends = [plan.at_look(look).evaluation_end for look in (1, 2, 3)]

    assert ends == [
        datetime(2025, 10, 20, tzinfo=berlin),
        datetime(2025, 12, 1, tzinfo=berlin),
        datetime(2026, 1, 12, tzinfo=berlin),
    ]
    assert [end.utcoffset() for end in ends] == [timedelta(hours=2), timedelta(hours=1), timedelta(hours=1)]
    assert plan.at_look(2).windows().resumes_at == plan.windows().resumes_at
