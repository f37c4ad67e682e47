"""Do clocks show what people work out by hand, and what counting minute by minute finds?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.interactions.clocks.measuring import Reading, project
from service.interactions.clocks.tables import ClockState, ClockTarget
from service.interactions.clocks.terms import Applied, Promise, Terms, in_force
from service.interactions.rules import Entry
from service.interactions.tables import Origin
from tests.service import sla_cases_of_answers, sla_cases_of_hours, sla_cases_of_promises
from tests.service.sla_ground import ALL_DAY, OFFICE, SPLIT, STEPS, SUNDAY_NIGHT, Case, at

CASES = (*sla_cases_of_hours.CASES, *sla_cases_of_answers.CASES, *sla_cases_of_promises.CASES)

OPENED = at("28 08:00")
"""A Saturday: the clocks change in the night that follows."""

UNHURRIED = settings(deadline=None, max_examples=50)
"""Nothing here is a question of speed."""

MINUTE = timedelta(minutes=1)
LONGEST = 3 * 24 * 60

promises = st.builds(
    Promise,
    time=st.sampled_from([1, 7, 30, 60, 240, 1000]).map(lambda number: number * MINUTE),
    imminent=st.just(timedelta(0)),
    pauses_on_customer=st.booleans(),
    pauses_on_hold=st.booleans(),
)
terms = st.builds(
    Terms,
    promises=st.dictionaries(st.sampled_from(ClockTarget), promises, min_size=2),
    hours=st.sampled_from([(), (OFFICE,), (SPLIT,), (ALL_DAY,), (SUNDAY_NIGHT,)]),
)
moments = st.integers(0, LONGEST).map(lambda number: OPENED + number * MINUTE)
applications = st.lists(st.tuples(moments, st.none() | terms), max_size=2).map(
    lambda later: [Applied(when, one) for when, one in sorted(later, key=lambda pair: pair[0])]
)
steps = st.lists(st.tuples(moments, st.sampled_from(sorted(STEPS))), max_size=10)


@st.composite
def matters(draw: st.DrawFn) -> tuple[list[Entry], list[Applied], datetime]:
    """Draw a ledger in the order of time, what applied to the matter, and a moment to look at it."""
    happened = sorted(draw(steps), key=lambda step: step[0])
    ledger = [replace(STEPS[name], occurred_at=when) for when, name in happened]
    applied = [Applied(OPENED, draw(terms)), *draw(applications)]
    return ledger, applied, OPENED + (LONGEST + 60) * MINUTE


def clocks(ledger: Sequence[Entry], applied: Sequence[Applied], now: datetime) -> list[Reading]:
    return project(OPENED, Origin.REACTIVE, ledger, applied, now)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_clock_shows_what_was_worked_out_by_hand(case: Case) -> None:
    reading = case.reading()
    if case.shows is None or reading is None:
        assert (reading, case.shows) == (None, None)
    else:
        assert case.shows.differs(reading) == {}


def test_there_are_many_cases_each_with_a_name_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


@given(matters())
@UNHURRIED
def test_counting_minute_by_minute_finds_the_same(
    matter: tuple[list[Entry], list[Applied], datetime],
) -> None:
    ledger, applied, now = matter
    for reading in clocks(ledger, applied, now):
        assert reading.used == counted(reading, applied)


def counted(reading: Reading, applied: Sequence[Applied]) -> timedelta:
    """Count the open minutes in which a clock was promised and did not wait, one after the other."""
    used, minute = timedelta(0), reading.started_at
    while minute < reading.measured_at:
        one = in_force(applied, minute)
        waits = any(
            p.began_at <= minute and (p.ended_at is None or minute < p.ended_at) for p in reading.pauses
        )
        if one and reading.target in one.promises and not waits:
            used += one.hours_at(minute).open_time(minute, minute + MINUTE)
        minute += MINUTE
    return used


@given(matters(), st.data())
@UNHURRIED
def test_measuring_after_each_event_ends_where_measuring_once_does(
    matter: tuple[list[Entry], list[Applied], datetime], data: st.DataObject
) -> None:
    """Whoever looked in between, and whatever was stored then: what had happened stays, and nothing else."""
    ledger, applied, end = matter
    final = {(one.target, one.number): one for one in clocks(ledger, applied, end)}
    looks = data.draw(st.lists(moments, max_size=5))
    for now in sorted({*looks, *(entry.occurred_at for entry in ledger)}):
        known = [entry for entry in ledger if entry.occurred_at <= now]
        in_time = [one for one in applied if one.at <= now]
        for before in clocks(known, in_time, now):
            after = final[before.target, before.number]
            assert after.started_at == before.started_at
            assert after.used >= before.used
            assert after.paused_time >= before.paused_time
            if before.breached_at and before.breached_at < now:
                assert after.breached_at == before.breached_at


@given(matters())
@UNHURRIED
def test_a_stopped_clock_does_not_change_any_more(
    matter: tuple[list[Entry], list[Applied], datetime],
) -> None:
    ledger, applied, now = matter
    stopped = [one for one in clocks(ledger, applied, now) if not one.running]
    later = clocks(ledger, applied, now + timedelta(days=30))
    assert [one for one in stopped if one not in later and one.why != "NOT_PROMISED"] == []


@given(matters())
@UNHURRIED
def test_pauses_never_lengthen_used_time(matter: tuple[list[Entry], list[Applied], datetime]) -> None:
    ledger, applied, now = matter
    patient = [replace(one, terms=one.terms and pausing(one.terms, waits=True)) for one in applied]
    restless = [replace(one, terms=one.terms and pausing(one.terms, waits=False)) for one in applied]
    pairs = zip(clocks(ledger, patient, now), clocks(ledger, restless, now), strict=True)
    for waiting, running in pairs:
        assert waiting.used <= running.used
        assert waiting.used + waiting.paused_time <= waiting.measured_at - waiting.started_at
        if waiting.breached_at:
            assert running.breached_at is not None
            assert running.breached_at <= waiting.breached_at


def pausing(one: Terms, *, waits: bool) -> Terms:
    """Return the same terms, with or without pauses."""
    promised = {
        target: replace(promise, pauses_on_customer=waits, pauses_on_hold=waits)
        for target, promise in one.promises.items()
    }
    return replace(one, promises=promised)


@given(matters(), st.sampled_from(["bot", "receipt", "note", "assign", "hand over"]), moments)
@UNHURRIED
def test_what_no_person_tells_the_customer_changes_no_clock(
    matter: tuple[list[Entry], list[Applied], datetime], name: str, when: datetime
) -> None:
    ledger, applied, now = matter
    more = sorted([*ledger, replace(STEPS[name], occurred_at=when)], key=lambda entry: entry.occurred_at)
    assert clocks(more, applied, now) == clocks(ledger, applied, now)


@given(matters(), moments)
@UNHURRIED
def test_a_clock_is_breached_exactly_when_its_time_was_up_before_it_stopped(
    matter: tuple[list[Entry], list[Applied], datetime], now: datetime
) -> None:
    ledger, applied, _ = matter
    known = [entry for entry in ledger if entry.occurred_at <= now]
    for one in clocks(known, [a for a in applied if a.at <= now], now):
        assert (one.state is ClockState.BREACHED) == (one.breached_at is not None)
        if one.breached_at:
            assert one.started_at <= one.breached_at <= one.measured_at
        if one.next_at is not None:
            assert one.next_at > now
