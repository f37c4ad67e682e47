"""By whose open hours is a recovery due, whichever way it was opened?"""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest

from infra.database import Database
from service import loops
from service.ground.actor import Actor
from service.ground.problems import NotFound
from service.interactions.clocks import Holiday, Period, WorkingHours, calendar_create
from service.interactions.clocks.tables import Weekday
from service.loops import RuleText
from service.loops.tables import Answer, Recovery, RecoveryStatus, RecoveryTrigger
from tests.service.loop_ground import Tale, keep_answer
from tests.service.test_due_times import begun, revise, stored


@pytest.fixture
def tale(database: Database, actor: Actor) -> Tale:
    return Tale(database, actor)


async def closed_for(tale: Tale, key: str, days: int) -> datetime:
    """Add a calendar that opens in so many days, then all day long; return when it does."""
    today = datetime.now(UTC).date()
    closed = [Holiday((today + timedelta(days=number)).isoformat()) for number in range(days)]
    every_day = [Period(weekday, "00:00", "24:00") for weekday in Weekday]
    async with tale.database.work(tale.actor) as session:
        await calendar_create(session, key, key.title(), WorkingHours("UTC", every_day, closed))
    return datetime.combine(today + timedelta(days=days), time(), UTC)


async def add_rule(tale: Tale, key: str, calendar_key: str | None = None) -> None:
    """Let a rule hold that answers detractors within an hour and wins them back within two."""
    text = RuleText(
        RecoveryTrigger.DETRACTOR,
        {"place": 1, "quiet_days": 0, "acknowledge_within_seconds": 3600, "recover_within_seconds": 7200},
        {"businessCalendarKey": calendar_key},
    )
    async with tale.database.work(tale.actor) as session:
        rule_id = await loops.recovery_rules.save(session, key, key.title(), text)
        await loops.recovery_rules.activate(session, rule_id)


async def answer_badly(tale: Tale) -> Recovery:
    """Let a customer recommend nothing; return the recovery that it opens."""
    customer_id = await tale.customer()
    async with tale.database.work(tale.actor) as session:
        id_ = keep_answer(session, customer_id, 0, "")
        session.emit("feedback.submitted", id_, low=True)
    [opened] = [one for one in await tale.recoveries() if one.customer_id == customer_id]
    return opened


async def reopened_at_once(tale: Tale, id_: UUID) -> Recovery:
    async with tale.database.work(tale.actor) as session:
        row = await session.get(Recovery, id_, locked=True)
        remedied = {"status": RecoveryStatus.REMEDIED, "remedied_at": session.now, "remedy_due_at": None}
        await session.change(row, **remedied)
        await loops.recoveries.verify(session, id_, Answer.NEGATIVE)
    return await stored(tale, id_)


async def test_a_rule_counts_by_its_calendar_from_the_opening_on_and_after_a_reopening(tale: Tale) -> None:
    await closed_for(tale, "shop", 5)
    opens = await closed_for(tale, "office", 3)
    await revise(tale, business_calendar_key="shop")
    await add_rule(tale, "own", "office")

    opened = await answer_badly(tale)
    reopened = await reopened_at_once(tale, opened.id)

    assert opened.acknowledge_due_at == opened.due_at == opens + timedelta(hours=1)
    assert opened.remedy_due_at == reopened.due_at == opens + timedelta(hours=2)


async def test_a_rule_without_a_calendar_counts_by_that_of_the_terms(tale: Tale) -> None:
    opens = await closed_for(tale, "shop", 5)
    await revise(tale, business_calendar_key="shop")
    await add_rule(tale, "own")

    opened = await answer_badly(tale)

    assert (opened.due_at, opened.remedy_due_at) == (opens + timedelta(hours=1), opens + timedelta(hours=2))


async def test_what_the_standard_rules_open_is_due_by_the_calendar_of_the_terms(tale: Tale) -> None:
    opens = await closed_for(tale, "shop", 5)
    await revise(tale, business_calendar_key="shop")

    opened = await answer_badly(tale)

    assert (opened.due_at, opened.remedy_due_at) == (opens + timedelta(hours=24), opens + timedelta(hours=72))


async def test_what_an_agent_opens_is_due_by_the_calendar_of_the_terms_also_when_it_is_reopened(
    tale: Tale,
) -> None:
    opens = await closed_for(tale, "shop", 5)
    await revise(tale, business_calendar_key="shop", recover_within_seconds=7200)

    opened = await stored(tale, await begun(tale))
    reopened = await reopened_at_once(tale, opened.id)

    assert opened.due_at == opens + timedelta(hours=24)
    assert opened.remedy_due_at == reopened.due_at == opens + timedelta(hours=2)


async def test_what_a_dispute_opens_is_due_by_the_calendar_of_the_terms(tale: Tale) -> None:
    opens = await closed_for(tale, "shop", 5)
    await revise(tale, business_calendar_key="shop")
    _, initiative_id = await tale.shipped(await tale.customer())
    [owed] = await tale.owed(initiative_id)

    async with tale.database.work(tale.actor) as session:
        await loops.openings.open_for_dispute(session, owed.id)

    [opened] = await tale.recoveries()
    assert opened.trigger == RecoveryTrigger.FOLLOW_UP_DISPUTED
    assert (opened.due_at, opened.remedy_due_at) == (opens + timedelta(hours=24), opens + timedelta(hours=72))


async def test_terms_that_name_no_calendar_any_more_count_plain_hours(tale: Tale) -> None:
    await closed_for(tale, "shop", 5)
    await revise(tale, business_calendar_key="shop")
    await revise(tale, business_calendar_key=None)
    with pytest.raises(NotFound):
        await revise(tale, business_calendar_key="unknown")

    opened = await stored(tale, await begun(tale))

    assert opened.due_at == opened.opened_at + timedelta(hours=24)
