"""Does an insight that was resolved come back by itself when its contacts do?"""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from infra import evaluations
from infra.database import Database
from service import initiatives
from service.ground.actor import Actor
from service.ground.events import OutboxEvent
from service.ground.machine import StateChange
from service.ground.session import Session
from service.initiatives.watch import alarm
from service.insights.tables import Insight, InsightStatus
from tests.service.contacts import lay, reason, weekly

CALM = [20.0, 23.0, 18.0, 21.0, 19.0, 22.0, 20.0, 17.0, 21.0, 20.0, 19.0, 22.0, 20.0]
MONDAY = date(2025, 6, 2)
WEEKS_SINCE = 6


def later(counts: Sequence[float]) -> list[tuple[date, float]]:
    return [(MONDAY + timedelta(weeks=n), count) for n, count in enumerate(counts)]


async def resolved(session: Session, since: Sequence[float]) -> UUID:
    """An insight about a contact reason that was resolved some weeks ago, and the contacts since then."""
    today = session.now.date()
    monday = today - timedelta(days=today.weekday(), weeks=WEEKS_SINCE + 1)
    about = reason(session, "queues")
    lay(session, about, weekly([*CALM, 20, *since], monday - timedelta(weeks=len(CALM))))
    insight = session.add(Insight(title="Queues", contact_reason_id=about, status=InsightStatus.RESOLVED))
    at = session.now - timedelta(days=today.weekday(), weeks=WEEKS_SINCE + 1) + timedelta(days=1)
    session.add(
        StateChange(
            subject_type="Insight",
            subject_id=insight.id,
            source="ADDRESSING",
            target="RESOLVED",
            actor="someone",
            occurred_at=at,
        )
    )
    return insight.id


async def test_contacts_beyond_their_limit_let_it_regress_with_history_and_event(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        id_ = await resolved(session, [21, 20, 35, 41, 38, 44])

    await evaluations.work(database, actor.as_system())
    await evaluations.work(database, actor.as_system())

    async with database.work(actor) as session:
        row = await session.get(Insight, id_)
        [step] = await session.find(StateChange, subject_id=id_, target="REGRESSED")
        events = await session.find(OutboxEvent, subject_id=id_)
    assert (row.status, row.regressed_at) == ("REGRESSED", step.occurred_at)
    assert (step.source, step.actor) == ("RESOLVED", "system")
    assert step.reason is not None
    assert "above the limit of" in step.reason
    assert [event.type for event in events] == ["insight.regressed"]


async def test_what_stays_within_its_limit_stays_resolved(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await resolved(session, [21, 24, 17, 26, 19, 22])

        assert await initiatives.watch.watch(session, id_) is False

        assert (await session.get(Insight, id_)).status == "RESOLVED"


async def test_what_is_pinned_to_nothing_cannot_be_watched(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = session.add(Insight(title="A feeling", status=InsightStatus.RESOLVED)).id

        assert await initiatives.watch.watch(session, id_) is False


def test_the_alarm_names_the_first_week_above_the_limit() -> None:
    found = alarm(CALM, later([20, 21, 35, 41, 44]))

    assert found is not None
    assert (found.week, round(found.calm, 2), round(found.limit, 2)) == (
        MONDAY + timedelta(weeks=3),
        20.15,
        26.03,
    )


def test_one_loud_week_is_no_alarm() -> None:
    assert alarm(CALM, later([20, 36, 20, 19, 21])) is None


def test_fewer_contacts_are_no_alarm() -> None:
    assert alarm(CALM, later([3, 2, 0, 1, 0])) is None


def test_without_a_calm_time_there_is_no_limit() -> None:
    assert alarm(CALM[:7], later([90, 95])) is None
