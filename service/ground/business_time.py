"""How long was somebody there to answer, and when will that time be used up? Arithmetic of opening hours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NOTHING = timedelta(0)
FARTHEST = timedelta(days=3660)
"""How far ahead a deadline is looked for; a calendar that hardly ever opens has none within ten years."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A half-open span of a day; a `closes` of midnight means the end of the day."""

    opens: time
    closes: time


Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a service is open: spans by weekday (0 is Monday) in a zone, and the days it is closed."""

    zone: ZoneInfo
    openings: Mapping[int, tuple[Opening, ...]]
    closed: frozenset[date] = frozenset()
    known: dict[date, tuple[Span, ...]] = field(default_factory=dict, init=False, compare=False, repr=False)
    """The open spans of the days that were asked for so far: they are worked out once."""


def open_seconds(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Return the seconds from `start` to `end` in which the calendar is open; 0 is a real value.

    Both are aware of their zone; nothing is counted where the end is not after the start. Clock changes count
    as they pass.
    """
    return open_time(calendar, start, end).total_seconds()


def open_time(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Return the time from `start` to `end` in which the calendar is open, to the microsecond."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    spans = (min(end, closes) - max(start, opens) for opens, closes in _spans(calendar, start, end))
    return sum((max(NOTHING, span) for span in spans), NOTHING)


def deadline(calendar: Calendar, start: datetime, needed: timedelta) -> datetime | None:
    """Return the first moment, in UTC, by which `needed` of open time has passed since `start`.

    None where the calendar does not open for so long within the next ten years.
    """
    start = start.astimezone(UTC)
    if needed <= NOTHING:
        return start
    for opens, closes in _spans(calendar, start, start + FARTHEST):
        here = max(start, opens)
        if closes - here >= needed:
            return here + needed
        needed -= max(NOTHING, closes - here)
    return None


def _spans(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Span]:
    """Yield the open spans, in UTC and in order, of each local day from `start` to `end`."""
    first, last = start.astimezone(calendar.zone).date(), end.astimezone(calendar.zone).date()
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        spans = calendar.known.get(day)
        if spans is None:
            spans = calendar.known[day] = _spans_of(calendar, day)
        yield from spans


def _spans_of(calendar: Calendar, day: date) -> tuple[Span, ...]:
    if day in calendar.closed:
        return ()
    return tuple(_span(calendar, day, opening) for opening in calendar.openings.get(day.weekday(), ()))


def _span(calendar: Calendar, day: date, opening: Opening) -> Span:
    """Return the span in UTC, where an hour is always an hour."""
    last = day if opening.closes > opening.opens else day + timedelta(days=1)
    return _moment(calendar, day, opening.opens), _moment(calendar, last, opening.closes)


def _moment(calendar: Calendar, day: date, at: time) -> datetime:
    """Return a local time in UTC; one that a clock change skips or repeats is read in standard time."""
    local = datetime.combine(day, at, calendar.zone)
    return max(local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC))
