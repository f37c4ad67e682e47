"""How long was somebody there to answer? The open time between two moments, by opening hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Opening:
    """A half-open span of a day; a `closes` of midnight means the end of the day."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a service is open: spans by weekday (0 is Monday) in a zone, and the days it is closed."""

    zone: ZoneInfo
    openings: Mapping[int, tuple[Opening, ...]]
    closed: frozenset[date] = frozenset()


def open_seconds(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Return the seconds from `start` to `end` in which the calendar is open; 0 is a real value.

    Both are aware of their zone; nothing is counted where the end is not after the start. Clock changes count
    as they pass.
    """
    first, last = start.astimezone(calendar.zone).date(), end.astimezone(calendar.zone).date()
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    spans = (
        _span(calendar, day, opening)
        for day in days
        if day not in calendar.closed
        for opening in calendar.openings.get(day.weekday(), ())
    )
    return sum(_overlap(start, end, opens, closes) for opens, closes in spans)


def _span(calendar: Calendar, day: date, opening: Opening) -> tuple[datetime, datetime]:
    """Return the span in UTC, where an hour is always an hour."""
    last = day if opening.closes > opening.opens else day + timedelta(days=1)
    opens = datetime.combine(day, opening.opens, calendar.zone)
    return opens.astimezone(UTC), datetime.combine(last, opening.closes, calendar.zone).astimezone(UTC)


def _overlap(start: datetime, end: datetime, opens: datetime, closes: datetime) -> float:
    return max(0.0, (min(end.astimezone(UTC), closes) - max(start.astimezone(UTC), opens)).total_seconds())
