"""By when is a recovery due, and what happens to those that nobody answers?"""

from datetime import timedelta
from uuid import UUID

import pytest

from infra import silence
from infra.database import Database
from service import interactions, loops
from service.customers import CustomerRef
from service.ground.actor import Actor
from service.ground.events import OutboxEvent
from service.ground.problems import Invalid
from service.interactions import Matter, Named, Refs
from service.interactions.clocks.terms import Hours
from service.interactions.tables import InteractionStatus
from service.loops import Action, Diagnosis, Opening
from service.loops.due_times import due_after, resumed
from service.loops.rule_tables import LoopPolicy
from service.loops.tables import (
    ActionKind,
    Answer,
    FollowUp,
    FollowUpStatus,
    Recovery,
    RecoveryStatus,
)
from service.touchpoints.tables import Channel
from tests.service.loop_ground import Tale
from tests.service.sla_ground import ALL_DAY, HOLIDAY, NEVER, OFFICE, ROUND_THE_CLOCK, SPLIT, at

_S = RecoveryStatus


@pytest.fixture
def tale(database: Database, actor: Actor) -> Tale:
    return Tale(database, actor)


async def begun(tale: Tale, reason_id: UUID | None = None) -> UUID:
    """Begin a recovery of which everything is known that a remedy needs."""
    reason = Named(id=reason_id or await tale.reason())
    async with tale.database.work(tale.actor) as session:
        opening = Opening(3, CustomerRef(id=await tale.customer()))
        id_ = await loops.openings.open_by_agent(session, opening)
        await loops.recoveries.diagnose(session, id_, Diagnosis(reason, "One lane was open."))
        await loops.remedies.add(session, id_, Action(ActionKind.FIX))
    return id_


async def step(tale: Tale, id_: UUID, *targets: RecoveryStatus) -> Recovery:
    for target in targets:
        async with tale.database.work(tale.actor) as session:
            await loops.recoveries.transition(session, id_, target, reason="So it is.")
    return await stored(tale, id_)


async def stored(tale: Tale, id_: UUID) -> Recovery:
    async with tale.database.work(tale.actor) as session:
        return await session.get(Recovery, id_)


async def revise(tale: Tale, **changes: object) -> None:
    async with tale.database.work(tale.actor) as session:
        await loops.terms.revise(session, changes)


async def age(tale: Tale, model: type[Recovery | FollowUp], id_: UUID, **days: int) -> None:
    """Put moments of a row so many days back."""
    async with tale.database.work(tale.actor) as session:
        row = await session.get(model, id_, locked=True)
        await session.change(
            row, **{name: getattr(row, name) - timedelta(days=number) for name, number in days.items()}
        )


async def test_first_the_acknowledgement_is_due_then_the_remedy_then_nothing(tale: Tale) -> None:
    id_ = await begun(tale)
    opened = await stored(tale, id_)
    acknowledged = await step(tale, id_, _S.ACKNOWLEDGED)
    remedied = await step(tale, id_, _S.IN_PROGRESS, _S.REMEDIED)

    assert opened.due_at == opened.opened_at + timedelta(hours=24)
    assert acknowledged.due_at == opened.opened_at + timedelta(hours=72)
    assert remedied.due_at is None


async def test_while_it_waits_for_the_customer_the_time_stands_still(tale: Tale) -> None:
    id_ = await begun(tale)
    before = await step(tale, id_, _S.ACKNOWLEDGED, _S.IN_PROGRESS)
    waiting = await step(tale, id_, _S.WAITING_CUSTOMER)
    await age(tale, Recovery, id_, waiting_since=2)
    after = await step(tale, id_, _S.IN_PROGRESS)

    assert before.remedy_due_at is not None
    assert after.remedy_due_at is not None
    assert (waiting.due_at, waiting.waiting_since is None) == (None, False)
    assert after.waiting_since is None
    assert timedelta(days=2) <= after.remedy_due_at - before.remedy_due_at < timedelta(days=2, minutes=1)
    assert after.due_at == after.remedy_due_at


@pytest.mark.parametrize(
    ("opened", "hours", "within", "due"),
    [
        # March 2026 begins on a Sunday; in Berlin the clocks go forward in the night to the 29th.
        ("06 16:00", OFFICE, 2, "09 10:00"),  # Friday: an hour is left, the other is Monday's first
        ("07 12:00", OFFICE, 1, "09 10:00"),  # Saturday: nobody is there before Monday
        ("03 16:30", HOLIDAY, 1, "05 09:30"),  # the next day is a holiday
        ("02 11:30", SPLIT, 1, "02 13:30"),  # over the noon break
        ("02 17:00", OFFICE, 24, "05 17:00"),  # a day of open hours is three working days
        ("28 20:00", ALL_DAY, 10, "29 07:00"),  # the hour that clocks skip is not there to be used
        ("10-24 20:00", ALL_DAY, 10, "10-25 05:00"),  # the hour they repeat is there twice
        ("06 16:00", ROUND_THE_CLOCK, 2, "06 18:00"),
    ],
)
def test_time_runs_while_somebody_is_there(opened: str, hours: Hours, within: int, due: str) -> None:
    assert due_after(at(opened), within * 3600, hours) == at(due)


@pytest.mark.parametrize(
    ("due", "paused", "resumes", "again"),
    [
        (
            "09 10:00",
            "06 16:30",
            "10 09:00",
            "10 10:30",
        ),  # half of Friday's last hour was left, and one of Monday
        ("09 10:00", "07 12:00", "08 12:00", "09 10:00"),  # a weekend of waiting used nothing
        ("06 17:00", "06 16:00", "06 18:00", "09 10:00"),  # the hour that was left is Monday's first
        ("05 10:00", "06 16:00", "10 09:00", "05 10:00"),  # what is overdue stays overdue since then
    ],
)
def test_what_was_left_when_it_began_to_wait_is_left_afterwards(
    due: str, paused: str, resumes: str, again: str
) -> None:
    assert resumed(at(due), at(paused), at(resumes), OFFICE) == at(again)


def test_a_calendar_that_never_opens_makes_nothing_due() -> None:
    assert due_after(at("02 09:00"), 3600, NEVER) is None
    assert resumed(None, at("02 09:00"), at("03 09:00"), NEVER) is None


async def late(tale: Tale) -> list[str]:
    """Tell of what is late by now; return the due times that were ever told."""
    async with tale.database.work(tale.actor.as_system()) as session:
        await loops.overdue.tell(session)
    async with tale.database.work(tale.actor) as session:
        events = await session.find(OutboxEvent, type="recovery.overdue")
    return [event.payload["dueAt"] for event in events]


async def test_each_due_time_that_passes_is_told_once(tale: Tale) -> None:
    id_ = await begun(tale)
    early = await late(tale)
    await age(tale, Recovery, id_, due_at=2, remedy_due_at=5)
    unacknowledged = await stored(tale, id_)
    once = await late(tale)
    again = await late(tale)
    unremedied = await step(tale, id_, _S.ACKNOWLEDGED)
    twice = await late(tale)

    assert unacknowledged.due_at is not None
    assert unremedied.due_at is not None
    assert early == []
    assert once == again == [unacknowledged.due_at.isoformat()]
    assert twice == [unacknowledged.due_at.isoformat(), unremedied.due_at.isoformat()]


async def test_what_waits_for_the_customer_or_is_remedied_is_never_late(tale: Tale) -> None:
    id_ = await begun(tale)
    await age(tale, Recovery, id_, due_at=2, remedy_due_at=5)
    await step(tale, id_, _S.ACKNOWLEDGED, _S.IN_PROGRESS, _S.WAITING_CUSTOMER)
    waiting = await late(tale)
    await step(tale, id_, _S.IN_PROGRESS, _S.REMEDIED)

    assert (waiting, await late(tale)) == ([], [])


async def test_waiting_for_somebody_inside_stops_nothing(tale: Tale) -> None:
    id_ = await begun(tale)
    before = await step(tale, id_, _S.ACKNOWLEDGED, _S.IN_PROGRESS)
    after = await step(tale, id_, _S.WAITING_INTERNAL)

    assert after.due_at == before.due_at


async def test_a_reopening_counts_anew(tale: Tale) -> None:
    id_ = await begun(tale)
    await step(tale, id_, _S.ACKNOWLEDGED, _S.IN_PROGRESS, _S.REMEDIED)
    async with tale.database.work(tale.actor) as session:
        await loops.recoveries.verify(session, id_, Answer.NEGATIVE)
        now = session.now

    assert (await stored(tale, id_)).due_at == now + timedelta(hours=72)


async def test_a_tenant_sets_its_own_times_and_keeps_each_edition(tale: Tale) -> None:
    await revise(tale, acknowledge_within_seconds=3600)
    await revise(tale, recover_within_seconds=7200)
    opened = await stored(tale, await begun(tale))

    assert opened.acknowledge_due_at == opened.opened_at + timedelta(hours=1)
    assert opened.remedy_due_at == opened.opened_at + timedelta(hours=2)
    async with tale.database.work(tale.actor) as session:
        editions = [(one.edition, one.recover_within_seconds) for one in await session.find(LoopPolicy)]
    assert editions == [(1, 259_200), (2, 7_200)]


@pytest.mark.parametrize(
    "changes", [{"acknowledge_within_seconds": 0}, {"answer_window_days": 367}, {"quiet_days": -1}]
)
async def test_a_time_that_is_none_is_refused(tale: Tale, changes: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        await revise(tale, **changes)

    async with tale.database.work(tale.actor) as session:
        assert await session.find(LoopPolicy) == []


async def test_silence_is_closed_after_its_window_and_never_recovered(tale: Tale) -> None:
    old, young = await begun(tale), await begun(tale)
    for id_ in (old, young):
        await step(tale, id_, _S.ACKNOWLEDGED, _S.IN_PROGRESS, _S.REMEDIED)
    await age(tale, Recovery, old, remedied_at=14)

    await silence.work(tale.database, tale.actor.as_system())

    assert (await stored(tale, old)).status == _S.UNCONFIRMED
    assert (await stored(tale, young)).status == _S.REMEDIED


async def test_who_was_told_and_says_nothing_is_waited_for_no_longer(tale: Tale) -> None:
    _, initiative_id = await tale.shipped(await tale.customer(), await tale.customer())
    old, young = await tale.owed(initiative_id)
    for one in (old, young):
        async with tale.database.work(tale.actor) as session:
            await loops.follow_ups.send(session, one.id, Channel.EMAIL)
    await age(tale, FollowUp, old.id, sent_at=14)

    await silence.work(tale.database, tale.actor.as_system())
    await silence.work(tale.database, tale.actor.as_system())

    found = {one.id: one.status for one in await tale.owed(initiative_id)}
    assert found == {old.id: FollowUpStatus.NO_REPLY, young.id: FollowUpStatus.SENT}


async def test_a_matter_that_comes_back_reopens_what_was_remedied(tale: Tale) -> None:
    reason_id = await tale.reason()
    id_ = await begun(tale, reason_id)
    customer_id = (await stored(tale, id_)).customer_id
    matter = await matter_of(tale, customer_id, reason_id)
    await step(tale, id_, _S.ACKNOWLEDGED, _S.IN_PROGRESS, _S.REMEDIED)

    for target in ("RESOLVED", "OPEN"):
        async with tale.database.work(tale.actor) as session:
            await interactions.transition(session, matter, InteractionStatus(target))

    assert (await stored(tale, id_)).status == _S.REOPENED


async def test_contact_after_the_window_reopens_nothing(tale: Tale) -> None:
    await revise(tale, same_reason_days=3)
    reason_id = await tale.reason()
    id_ = await begun(tale, reason_id)
    await step(tale, id_, _S.ACKNOWLEDGED, _S.IN_PROGRESS, _S.REMEDIED)
    await age(tale, Recovery, id_, remedied_at=3)

    await matter_of(tale, (await stored(tale, id_)).customer_id, reason_id)

    assert (await stored(tale, id_)).status == _S.REMEDIED


async def test_a_reason_that_is_named_later_reopens_as_well(tale: Tale) -> None:
    reason_id = await tale.reason()
    id_ = await begun(tale, reason_id)
    await step(tale, id_, _S.ACKNOWLEDGED, _S.IN_PROGRESS, _S.REMEDIED)
    matter = await matter_of(tale, (await stored(tale, id_)).customer_id, None)
    before = await stored(tale, id_)
    async with tale.database.work(tale.actor) as session:
        correction = interactions.Correction(refs=Refs(reason=Named(id=reason_id)))
        await interactions.correct(session, matter, correction)

    assert (before.status, (await stored(tale, id_)).status) == (_S.REMEDIED, _S.REOPENED)


async def matter_of(tale: Tale, customer_id: UUID, reason_id: UUID | None) -> UUID:
    async with tale.database.work(tale.actor) as session:
        reason = Named(id=reason_id) if reason_id else interactions.NOTHING
        refs = Refs(customer=CustomerRef(id=customer_id), reason=reason)
        return await interactions.log(session, Matter(Channel.EMAIL, refs))
