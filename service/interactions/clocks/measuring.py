"""How much of a promised time is used, and what follows? Each clock measured by the terms in force."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from service.interactions.clocks.story import Move, Run, tell
from service.interactions.clocks.tables import ClockReason, ClockState, ClockTarget
from service.interactions.clocks.terms import Applied, Hours, Promise, Terms, in_force
from service.interactions.rules import Entry
from service.interactions.tables import InteractionStatus, Origin

NO_TIME = timedelta(0)
RUNS_BECAUSE = {
    ClockTarget.FIRST_RESPONSE: ClockReason.NOT_ANSWERED,
    ClockTarget.NEXT_RESPONSE: ClockReason.NOT_ANSWERED,
    ClockTarget.FIRST_RESOLUTION: ClockReason.NOT_RESOLVED,
    ClockTarget.FULL_RESOLUTION: ClockReason.NOT_RESOLVED,
    ClockTarget.UPDATE: ClockReason.NOT_UPDATED,
}


@dataclass(frozen=True, slots=True)
class Pause:
    """A span in which a clock waited; it still does where the span has no end."""

    began_at: datetime
    ended_at: datetime | None
    why: ClockReason


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock shows at the moment it was measured."""

    target: ClockTarget
    number: int
    state: ClockState
    why: ClockReason
    started_at: datetime
    measured_at: datetime
    time: timedelta
    used: timedelta
    due_at: datetime | None = None
    next_at: datetime | None = None
    achieved_at: datetime | None = None
    breached_at: datetime | None = None
    cancelled_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    policy_edition_id: UUID | None = None
    calendar_edition_id: UUID | None = None

    @property
    def running(self) -> bool:
        """Whether what was promised can still happen."""
        return self.achieved_at is None and self.cancelled_at is None

    @property
    def paused(self) -> bool:
        """Whether the clock waits now."""
        return bool(self.pauses) and self.pauses[-1].ended_at is None

    @property
    def paused_time(self) -> timedelta:
        """How long the clock has waited in all, by the calendar on the wall."""
        return sum(((p.ended_at or self.measured_at) - p.began_at for p in self.pauses), NO_TIME)


@dataclass(slots=True)
class _Meter:
    """Adds up what a run uses of its promise, span by span."""

    run: Run
    end: datetime
    used: timedelta = NO_TIME
    breached_at: datetime | None = None
    dropped_at: datetime | None = None
    terms: Terms | None = None
    waits: ClockReason | None = None
    pauses: list[Pause] = field(default_factory=list)

    @property
    def goes_on(self) -> bool:
        return self.run.stopped_at is None

    def pass_(self, start: datetime, end: datetime, terms: Terms | None, status: InteractionStatus) -> None:
        """Let the time from `start` to `end` pass, in which terms and status stay the same."""
        promise = terms.promises.get(self.run.target) if terms else None
        if terms is None or promise is None:
            self.dropped_at = self.dropped_at or (start if self.terms else None)
            return
        self.terms, self.dropped_at = terms, None
        self.waits = promise.waits(status)
        if self.waits:
            self._wait(start, end, self.waits)
        else:
            self._use(start, end, terms.hours_at(start), promise.time - self.used)

    def _wait(self, start: datetime, end: datetime, why: ClockReason) -> None:
        if self.pauses and self.pauses[-1].ended_at == start and self.pauses[-1].why is why:
            start = self.pauses.pop().began_at
        self.pauses.append(Pause(start, end, why))

    def _use(self, start: datetime, end: datetime, hours: Hours, left: timedelta) -> None:
        spent = hours.open_time(start, end)
        if self.breached_at is None and spent >= left:
            due = hours.deadline(start, left)
            is_now = self.goes_on and start == self.end
            if due is not None and (due < end or is_now):
                self.breached_at = due
        self.used += spent


def project(
    opened_at: datetime,
    origin: Origin,
    entries: Sequence[Entry],
    applied: Sequence[Applied],
    now: datetime,
) -> list[Reading]:
    """Return all clocks of a matter at a moment: a function of nothing but what is written down.

    `entries` stand in the order of the ledger, `applied` in the order in which they came to apply.
    """
    story = tell(opened_at, origin, entries)
    readings = (measure(run, story.moves, applied, now) for run in story.runs)
    return [reading for reading in readings if reading is not None]


def measure(run: Run, moves: Sequence[Move], applied: Sequence[Applied], now: datetime) -> Reading | None:
    """Return what a clock shows; None where it was never promised while it ran."""
    meter = _Meter(run, run.stopped_at or max(now, run.started_at))
    for start, end in _spans(run, meter.end, moves, applied):
        meter.pass_(start, end, in_force(applied, start), _status(moves, start))
    return None if meter.terms is None else _reading(meter, meter.terms)


def _spans(
    run: Run, end: datetime, moves: Sequence[Move], applied: Sequence[Applied]
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans in which nothing but time changes; a run that goes on ends with a moment."""
    changes = {move.at for move in moves} | {one.at for one in applied}
    for one in applied:
        changes |= {hours.valid_from for hours in (one.terms.hours if one.terms else ()) if hours.valid_from}
    marks = [run.started_at, *sorted(at for at in changes if run.started_at < at < end), end]
    spans = [(start, stop) for start, stop in pairwise(marks) if start < stop]
    yield from spans
    if run.stopped_at is None or not spans:
        yield end, end


def _status(moves: Sequence[Move], at: datetime) -> InteractionStatus:
    return [move.status for move in moves if move.at <= at][-1]


def _reading(meter: _Meter, terms: Terms) -> Reading:
    run, promise, hours = meter.run, terms.promises[meter.run.target], terms.hours_at(meter.end)
    state = _state(meter, promise)
    due_at, next_at = _ahead(meter, state, promise, hours)
    dropped = meter.dropped_at
    return Reading(
        target=run.target,
        number=run.number,
        state=state,
        why=_why(meter),
        started_at=run.started_at,
        measured_at=meter.end,
        time=promise.time,
        used=meter.used,
        due_at=due_at,
        next_at=next_at,
        achieved_at=run.stopped_at if run.achieved and not dropped else None,
        breached_at=meter.breached_at,
        cancelled_at=dropped or (None if run.achieved else run.stopped_at),
        pauses=_pauses(meter),
        policy_edition_id=terms.id,
        calendar_edition_id=hours.id,
    )


def _why(meter: _Meter) -> ClockReason:
    if meter.dropped_at:
        return ClockReason.NOT_PROMISED
    return meter.run.why or meter.waits or RUNS_BECAUSE[meter.run.target]


def _state(meter: _Meter, promise: Promise) -> ClockState:
    if meter.breached_at:
        return ClockState.BREACHED
    if meter.dropped_at:
        return ClockState.CANCELLED
    if not meter.goes_on:
        return ClockState.ACHIEVED if meter.run.achieved else ClockState.CANCELLED
    imminent = promise.imminent and meter.used >= promise.time - promise.imminent
    return ClockState.IMMINENT if imminent else ClockState.PENDING


def _ahead(
    meter: _Meter, state: ClockState, promise: Promise, hours: Hours
) -> tuple[datetime | None, datetime | None]:
    """Return when the clock is due, and when it will change its state by itself."""
    if state is ClockState.BREACHED:
        return meter.breached_at, None
    waits = meter.goes_on and meter.waits is not None
    if state is ClockState.CANCELLED or waits:
        return None, None
    left = promise.time - meter.used
    due_at = hours.deadline(meter.end, left)
    if state is ClockState.PENDING and promise.imminent:
        return due_at, hours.deadline(meter.end, left - promise.imminent)
    return due_at, None if state is ClockState.ACHIEVED else due_at


def _pauses(meter: _Meter) -> tuple[Pause, ...]:
    """Return the spans of waiting; the last has no end where the clock still waits."""
    spans = list(meter.pauses)
    if meter.goes_on and meter.waits and not meter.dropped_at:
        spans[-1] = Pause(spans[-1].began_at, None, spans[-1].why)
    return tuple(pause for pause in spans if pause.began_at != pause.ended_at)
