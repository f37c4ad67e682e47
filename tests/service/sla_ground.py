"""How is a case of service clocks written down? Local times of Berlin, steps by name, what a clock shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.ground.business_time import Calendar, Opening
from service.interactions.clocks.measuring import Reading, project
from service.interactions.clocks.tables import ClockReason, ClockState, ClockTarget
from service.interactions.clocks.terms import Applied, Hours, Promise, Terms
from service.interactions.rules import Entry
from service.interactions.tables import InteractionStatus, LedgerType, Origin, Party, Visibility

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = range(5)
EVERY_DAY = range(7)
SUNDAYS = (6,)


def at(written: str) -> datetime:
    """Return a local time of 2026: `02 09:00` is in March, `10-25 04:00` says its month."""
    day, clock = written.split()
    month_and_day = day if "-" in day else f"03-{day}"
    return datetime.fromisoformat(f"2026-{month_and_day} {clock}").replace(tzinfo=BERLIN).astimezone(UTC)


def hours(days: Sequence[int], *spans: str, zone: str = "Europe/Berlin", closed: Sequence[str] = ()) -> Hours:
    """Return opening hours such as `09:00-17:00` on some days of the week."""
    openings = tuple(Opening(_time(span.split("-")[0]), _time(span.split("-")[1])) for span in spans)
    holidays = frozenset(date.fromisoformat(day) for day in closed)
    return Hours(Calendar(ZoneInfo(zone), dict.fromkeys(days, openings), holidays))


def _time(written: str) -> time:
    return time(0) if written == "24:00" else time.fromisoformat(written)


ROUND_THE_CLOCK = Hours()
OFFICE = hours(WEEKDAYS, "09:00-17:00")
SPLIT = hours(WEEKDAYS, "09:00-12:00", "13:00-17:00")
HOLIDAY = hours(WEEKDAYS, "09:00-17:00", closed=["2026-03-04"])
NEVER = hours(())
TOKYO = hours(WEEKDAYS, "09:00-17:00", zone="Asia/Tokyo")
NEW_YORK = hours(WEEKDAYS, "09:00-17:00", zone="America/New_York")
ALL_DAY = hours(EVERY_DAY, "00:00-24:00")
EVENING = hours(EVERY_DAY, "18:00-24:00")
SUNDAY_NIGHT = hours(SUNDAYS, "01:00-05:00")
SUNDAY_HALF_PAST_TWO = hours(SUNDAYS, "02:30-04:00")

FIRST, NEXT, UPDATE = ClockTarget.FIRST_RESPONSE, ClockTarget.NEXT_RESPONSE, ClockTarget.UPDATE
RESOLUTION, FULL = ClockTarget.FIRST_RESOLUTION, ClockTarget.FULL_RESOLUTION
WAITING = {RESOLUTION, FULL, UPDATE}


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def promise(target: ClockTarget, time_: float, imminent: float = 0, *, on_hold: bool = False) -> Promise:
    """Return a promise that pauses for the customer where that is usual."""
    return Promise(minutes(time_), minutes(imminent), target in WAITING, on_hold)


def terms(target: ClockTarget, time_: float, *by: Hours, imminent: float = 0, on_hold: bool = False) -> Terms:
    return Terms({target: promise(target, time_, imminent, on_hold=on_hold)}, by)


NOTHING_PROMISED = Terms({})


def _message(party: Party, visibility: Visibility = Visibility.PUBLIC) -> Entry:
    return Entry(LedgerType.MESSAGE, datetime.max.replace(tzinfo=UTC), party, visibility=visibility)


def _step(type_: LedgerType, status: InteractionStatus | None = None, party: Party = Party.AGENT) -> Entry:
    return Entry(type_, datetime.max.replace(tzinfo=UTC), party, status, visibility=Visibility.INTERNAL)


STEPS: Mapping[str, Entry] = {
    "customer": _message(Party.CUSTOMER),
    "agent": _message(Party.AGENT),
    "bot": _message(Party.BOT),
    "receipt": _message(Party.SYSTEM),
    "note": _message(Party.AGENT, Visibility.INTERNAL),
    "assign": _step(LedgerType.ASSIGNED),
    "hand over": _step(LedgerType.HANDED_OVER, party=Party.BOT),
    "wait": _step(LedgerType.HELD, InteractionStatus.WAITING_ON_CUSTOMER),
    "hold": _step(LedgerType.HELD),
    "go on": _step(LedgerType.STATUS_CHANGED, InteractionStatus.OPEN),
    "abandon": _step(LedgerType.ABANDONED, party=Party.CUSTOMER),
    "resolve": _step(LedgerType.RESOLVED),
    "close": _step(LedgerType.CLOSED),
    "reopen": _step(LedgerType.REOPENED, party=Party.CUSTOMER),
}


def entry(step: str) -> Entry:
    """Return a ledger entry such as `02 09:30 agent`."""
    day, clock, name = step.split(maxsplit=2)
    known = STEPS[name]
    return Entry(
        known.type, at(f"{day} {clock}"), known.actor_kind, known.status, visibility=known.visibility
    )


@dataclass(frozen=True, slots=True)
class Shows:
    """What a clock is to show: its state, the minutes it used and waited, and when it is due."""

    state: str
    used: float
    due: str | None = None
    paused: float = 0
    why: str | None = None
    number: int = 1

    def differs(self, reading: Reading) -> dict[str, tuple[object, object]]:
        """Return what the reading shows otherwise, with what was expected."""
        pairs: dict[str, tuple[object, object]] = {
            "state": (reading.state, ClockState(self.state)),
            "used": (reading.used, minutes(self.used)),
            "due": (reading.due_at, self.due and at(self.due)),
            "paused": (reading.paused_time, minutes(self.paused)),
            "number": (reading.number, self.number),
            "breached": (
                reading.breached_at,
                at(self.due) if self.state == "BREACHED" and self.due else None,
            ),
        }
        if self.why:
            pairs["why"] = (reading.why, ClockReason(self.why))
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@dataclass(frozen=True, slots=True)
class Case:
    """One matter, what was promised, what happened, and what its latest clock of a target shows then."""

    name: str
    target: ClockTarget
    applied: Terms | Sequence[tuple[str, Terms | None]]
    now: str
    shows: Shows | None
    steps: Sequence[str] = field(default_factory=tuple)
    opened: str = "02 09:00"
    origin: Origin = Origin.REACTIVE

    def reading(self) -> Reading | None:
        """Return the latest clock of the target, as the product measures it."""
        since = [(self.opened, self.applied)] if isinstance(self.applied, Terms) else self.applied
        applied = [Applied(at(from_when), one) for from_when, one in since]
        entries = [entry(step) for step in self.steps]
        found = project(at(self.opened), self.origin, entries, applied, at(self.now))
        return next((one for one in reversed(found) if one.target is self.target), None)
