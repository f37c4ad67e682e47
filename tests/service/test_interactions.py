"""Does a ledger always add up to the same matter, entry by entry and from the beginning?"""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import reduce
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.database import Database
from service import interactions
from service.ground.actor import Actor
from service.ground.problems import Problem
from service.interactions import rules
from service.interactions.clocks.story import tell
from service.interactions.clocks.tables import ClockTarget
from service.interactions.machine import MACHINE
from service.interactions.rules import Entry
from service.interactions.tables import (
    Interaction,
    InteractionEvent,
    InteractionStatus,
    LedgerType,
    Origin,
    Party,
    Visibility,
)
from service.touchpoints.tables import Channel

OPENED = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
TEAMS = [UUID(int=n) for n in (1, 2)]

entries = st.builds(
    Entry,
    type=st.sampled_from(LedgerType),
    occurred_at=st.integers(-60, 600).map(lambda minutes: OPENED + timedelta(minutes=minutes)),
    actor_kind=st.sampled_from(Party),
    status=st.none() | st.sampled_from(InteractionStatus),
    team_id=st.none() | st.sampled_from(TEAMS),
    assignee=st.none() | st.sampled_from(["ann", "bob"]),
    visibility=st.sampled_from(Visibility),
)
ledgers = st.lists(entries, max_size=12)


def said(party: Party, minutes: int, visibility: Visibility = Visibility.PUBLIC) -> Entry:
    """Return a message so many minutes after the opening."""
    return Entry(LedgerType.MESSAGE, OPENED + timedelta(minutes=minutes), party, visibility=visibility)


def step(type_: LedgerType, minutes: int) -> Entry:
    """Return a step of an agent so many minutes after the opening."""
    return Entry(type_, OPENED + timedelta(minutes=minutes), Party.AGENT, visibility=Visibility.INTERNAL)


def test_a_ledger_without_entries_is_a_matter_that_was_just_opened() -> None:
    assert rules.project(OPENED, []) == rules.Projection(opened_at=OPENED, last_event_at=OPENED)


def test_the_first_response_is_the_first_public_message_of_a_person_after_the_opening() -> None:
    ledger = [
        said(Party.AGENT, -5),
        said(Party.CUSTOMER, 0),
        said(Party.BOT, 1),
        said(Party.AGENT, 2, Visibility.INTERNAL),
        step(LedgerType.ASSIGNED, 3),
        said(Party.AGENT, 4),
        said(Party.AGENT, 5),
    ]
    assert rules.project(OPENED, ledger).first_responded_at == OPENED + timedelta(minutes=4)


def test_the_latest_resolution_counts_and_a_reopening_takes_it_back() -> None:
    resolved = [step(LedgerType.RESOLVED, 10), step(LedgerType.CLOSED, 20)]
    reopened = [*resolved, step(LedgerType.REOPENED, 30)]
    again = [*reopened, step(LedgerType.RESOLVED, 40)]
    facts = [
        (one.status, one.resolved_at, one.closed_at, one.reopen_count)
        for one in (rules.project(OPENED, ledger) for ledger in (resolved, reopened, again))
    ]
    ten, twenty, forty = (OPENED + timedelta(minutes=minutes) for minutes in (10, 20, 40))
    assert facts == [
        (InteractionStatus.CLOSED, ten, twenty, 0),
        (InteractionStatus.OPEN, None, None, 1),
        (InteractionStatus.RESOLVED, forty, None, 1),
    ]


@given(ledgers)
def test_a_closing_alone_resolves_nothing(ledger: list[Entry]) -> None:
    unresolved = [entry for entry in ledger if entry.type is not LedgerType.RESOLVED]
    assert rules.project(OPENED, unresolved).resolved_at is None


@given(ledgers, ledgers)
def test_a_first_response_never_becomes_a_later_one(before: list[Entry], after: list[Entry]) -> None:
    first = rules.project(OPENED, before).first_responded_at
    later = rules.project(OPENED, [*before, *after]).first_responded_at
    assert first is None or (later is not None and later <= first)


@pytest.mark.parametrize(
    ("origin", "ledger", "minutes"),
    [
        (Origin.REACTIVE, [(Party.AGENT, 0)], 0),
        (Origin.REACTIVE, [(Party.CUSTOMER, 0), (Party.AGENT, 40), (Party.AGENT, 30)], 30),
        (Origin.PROACTIVE, [(Party.AGENT, 0)], None),
        (Origin.PROACTIVE, [(Party.AGENT, 0), (Party.AGENT, 5)], None),
        (Origin.PROACTIVE, [(Party.AGENT, 0), (Party.CUSTOMER, 60)], None),
        (Origin.PROACTIVE, [(Party.AGENT, 0), (Party.CUSTOMER, 60), (Party.BOT, 61)], None),
        (Origin.PROACTIVE, [(Party.AGENT, 0), (Party.CUSTOMER, 60), (Party.AGENT, 100)], 100),
        (Origin.PROACTIVE, [(Party.AGENT, 0), (Party.AGENT, 100), (Party.CUSTOMER, 60)], 100),
        (Origin.PROACTIVE, [(Party.AGENT, 60), (Party.CUSTOMER, 60), (Party.AGENT, 90)], 90),
        (Origin.PROACTIVE, [(Party.CUSTOMER, -5), (Party.AGENT, 0)], None),
    ],
)
def test_the_organisations_own_first_step_is_no_first_response(
    origin: Origin, ledger: list[tuple[Party, int]], minutes: int | None
) -> None:
    spoken = [said(party, at) for party, at in ledger]
    first = rules.project(OPENED, spoken, origin=origin).first_responded_at
    assert first == (None if minutes is None else OPENED + timedelta(minutes=minutes))


@given(st.lists(st.builds(said, st.sampled_from(Party), st.integers(-10, 50))), st.sampled_from(Origin))
def test_a_first_response_is_what_its_clock_waited_for(ledger: list[Entry], origin: Origin) -> None:
    story = tell(OPENED, origin, ledger)
    answered = [run.stopped_at for run in story.runs if run.target is ClockTarget.FIRST_RESPONSE]
    first = rules.project(OPENED, ledger, origin=origin).first_responded_at
    assert [first] == (answered or [None])


async def test_an_agent_who_opens_a_matter_has_answered_nobody(database: Database, actor: Actor) -> None:
    opened = datetime.now(UTC) - timedelta(hours=2)
    async with database.work(actor) as session:
        matter = interactions.Matter(
            Channel.CHAT, message="We found a fault.", origin=Origin.PROACTIVE, opened_at=opened
        )
        id_ = await interactions.log(session, matter)
    found = [await first_response(database, actor, id_)]
    for party, minutes in ((Party.AGENT, 60), (Party.CUSTOMER, 30), (Party.AGENT, 45)):
        at = opened + timedelta(minutes=minutes)
        async with database.work(actor) as session:
            await interactions.add_message(session, id_, interactions.Message("Hm.", party, occurred_at=at))
        found.append(await first_response(database, actor, id_))

    assert found == [None, None, opened + timedelta(minutes=60), opened + timedelta(minutes=45)]
    async with database.work(actor) as session:
        assert await interactions.rebuild(session, id_) == {}


async def first_response(database: Database, actor: Actor, id_: UUID) -> datetime | None:
    async with database.work(actor) as session:
        [row] = await session.find(Interaction, id=id_)
        return row.first_responded_at


@given(ledgers, st.integers(0, 12))
def test_a_ledger_adds_up_to_the_same_wherever_it_is_interrupted(ledger: list[Entry], cut: int) -> None:
    before = rules.project(OPENED, ledger[:cut])
    assert reduce(rules.follow, ledger[cut:], before) == rules.project(OPENED, ledger)


actions = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(Party), st.sampled_from(Visibility)),
        st.tuples(st.just("go"), st.sampled_from(InteractionStatus), st.booleans()),
        st.tuples(st.just("assign"), st.sampled_from(["ann", "bob"]), st.booleans()),
        st.tuples(st.just("correct"), st.text(max_size=3), st.booleans()),
    ),
    max_size=8,
)


@given(happened=actions)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_rebuild_finds_every_matter_as_its_writes_left_it(
    database: Database, actor: Actor, happened: list[tuple[str, str, object]]
) -> None:
    async with database.work(actor) as session:
        id_ = await interactions.log(session, interactions.Matter(Channel.CHAT, assignee="zoe"))
    for action in happened:
        await attempt(database, actor, id_, action)
    async with database.work(actor) as session:
        assert await interactions.rebuild(session, id_) == {}


async def attempt(database: Database, actor: Actor, id_: UUID, action: tuple[str, str, object]) -> None:
    """Do something with a matter; what its state does not allow leaves no trace."""
    verb, what, how = action
    try:
        async with database.work(actor) as session:
            match verb:
                case "say":
                    message = interactions.Message("So be it.", Party(what), visibility=Visibility(str(how)))
                    await interactions.add_message(session, id_, message)
                case "go":
                    await interactions.transition(session, id_, InteractionStatus(what))
                case "assign":
                    await interactions.assign(session, id_, assignee=what)
                case _:
                    correction = interactions.Correction({"subject": what})
                    await interactions.correct(session, id_, correction)
    except Problem:
        return


async def test_a_rebuild_mends_a_row_that_left_its_ledger(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await interactions.log(session, interactions.Matter(Channel.CHAT))
    async with database.work(actor) as session:
        (row,) = await session.find(Interaction, id=id_)
        await session.change(row, status=InteractionStatus.CLOSED, reopen_count=3)
    async with database.work(actor) as session:
        changes = await interactions.rebuild(session, id_)
    assert changes == {"status": InteractionStatus.NEW, "reopen_count": 0}


async def test_messages_that_come_together_stand_one_after_the_other(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        id_ = await interactions.log(session, interactions.Matter(Channel.CHAT))

    async def say() -> None:
        async with database.work(actor) as session:
            await interactions.add_message(session, id_, interactions.Message("Hello", Party.AGENT))

    await asyncio.gather(*(say() for _ in range(5)))
    async with database.work(actor) as session:
        events = await session.find(InteractionEvent, interaction_id=id_)
    assert sorted(event.position for event in events) == [1, 2, 3, 4, 5, 6]


def test_every_status_can_be_reached_and_left() -> None:
    assert {step.source for step in MACHINE.steps} == set(InteractionStatus)
    assert {step.target for step in MACHINE.steps} == set(InteractionStatus) - {InteractionStatus.NEW}
