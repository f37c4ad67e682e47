"""Is a bucket without events quiet, or was nobody listening? What is silent everywhere is missing, not 0."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from service.initiatives.proof.series import Series
from service.initiatives.tables import PlanBucket

CLOSED_SHARE = 0.5
"""On a weekday on which less than this share of days saw anything at all, nobody is at work."""
LONGEST_HOLIDAY = 2
"""How many working days in succession may be silent before it is a gap in the data."""


def with_gaps(series: Series, present: Mapping[date, int]) -> Series:
    """Mark what is missing: a silent week or month; a silent day only where holidays cannot explain it."""
    if series.bucket is not PlanBucket.DAY:
        values = zip(series.starts, series.values, strict=True)
        return replace(series, values=tuple(v if present.get(day) else None for day, v in values))
    at_work = _working_days(series, present)
    places = [place for place, day in enumerate(series.starts) if day.weekday() in at_work]
    series = series.at(places)
    silent = [not present.get(day) for day in series.starts]
    gap = [_silence_around(silent, place) > LONGEST_HOLIDAY for place in range(len(silent))]
    missing = replace(
        series, values=tuple(None if lost else v for lost, v in zip(gap, series.values, strict=True))
    )
    return missing.at([n for n in range(len(silent)) if gap[n] or not silent[n]])


def _working_days(series: Series, present: Mapping[date, int]) -> frozenset[int]:
    """Return the weekdays on which somebody is at work, as the days between the first and the last tell."""
    found: set[int] = set()
    seen = [day for day in series.starts if present.get(day)]
    for weekday in range(7):
        days = [day for day in series.starts if seen and seen[0] <= day <= seen[-1]]
        days = [day for day in days if day.weekday() == weekday]
        if days and sum(day in present for day in days) >= CLOSED_SHARE * len(days):
            found.add(weekday)
    return frozenset(found)


def _silence_around(silent: list[bool], place: int) -> int:
    """Return how many places in succession are silent around one of them, 0 if it is not."""
    if not silent[place]:
        return 0
    first = last = place
    while first > 0 and silent[first - 1]:
        first -= 1
    while last + 1 < len(silent) and silent[last + 1]:
        last += 1
    return last - first + 1
