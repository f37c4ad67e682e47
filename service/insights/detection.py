"""What is new? Contact reasons and themes that more customers speak of than their past explains."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from service.ground.session import Row, Session
from service.insights import runs, suggestions, topics
from service.insights.coverage import Covered, covered
from service.insights.finding_tables import AnalysisKind
from service.insights.runs import Method
from service.insights.suggestions import Found
from service.insights.surprise import (
    BASELINE,
    FEWEST_EVENTS,
    RARE,
    YEAR,
    Surprise,
    surprises,
)
from service.insights.topics import PERIOD, Topics

HISTORY = YEAR + 2 * (BASELINE + 1)
"""Weeks that are read: a year, the same weeks a year before, and what is usual before those."""
METHOD = Method(
    AnalysisKind.DETECTION,
    "negative binomial surprise",
    "1",
    {"periodDays": PERIOD.days, "baselinePeriods": BASELINE, "rare": RARE, "fewest": FEWEST_EVENTS},
)


@dataclass(frozen=True, slots=True)
class Detection:
    """What a run did: the suggestions it made or renewed, how much it looked at, sources it left out."""

    run_id: UUID
    suggestion_ids: tuple[UUID, ...]
    new: int
    looked_at: int
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rising:
    topics: Topics
    subject: UUID
    name: str
    surprise: Surprise


@dataclass(frozen=True, slots=True)
class _Weeks:
    """The weeks in question; each ends where a day of UTC begins."""

    since: datetime
    baseline_since: datetime
    last_since: datetime
    until: datetime


async def run(session: Session, today: date) -> Detection:
    """Look at the week before `today`, and suggest what rose in it more than the past explains.

    Run twice for a day it renews what it suggested. Neither growth that everything shares, nor a season that
    was there last year, nor a source that began or paused is suggested.
    """
    until = datetime.combine(today, time(), UTC)
    weeks = _Weeks(until - HISTORY * PERIOD, until - (BASELINE + 1) * PERIOD, until - PERIOD, until)
    rising: list[_Rising] = []
    looked_at: list[UUID] = []
    left_out: set[str] = set()
    for kind in topics.KINDS:
        names, found = await _look(session, kind, weeks)
        rising += _rising(kind, names, found)
        looked_at += found.subjects
        left_out |= set(found.left_out)
    run_id = _record(session, weeks, len(looked_at), rising, sorted(left_out))
    found_now = await _described(session, run_id, rising, weeks)
    suggested = await suggestions.suggest(session, found_now, looked_at)
    ids = tuple(id_ for id_, _ in suggested)
    new = sum(is_new for _, is_new in suggested)
    return Detection(run_id, ids, new, len(looked_at), tuple(sorted(left_out)))


async def _look(session: Session, kind: Topics, weeks: _Weeks) -> tuple[dict[UUID, str], Covered]:
    names = await topics.names(session, kind, weeks.baseline_since)
    tallies = await topics.tallies(session, kind, weeks.since, weeks.until)
    return names, covered(tallies)


def _rising(kind: Topics, names: dict[UUID, str], found: Covered) -> list[_Rising]:
    judged = zip(found.subjects, surprises(found.counts), strict=False)
    return [
        _Rising(kind, subject, names[subject], one)
        for subject, one in judged
        if one.emerging and subject in names
    ]


def _record(
    session: Session, weeks: _Weeks, looked_at: int, rising: Sequence[_Rising], left_out: Sequence[str]
) -> UUID:
    note = f"Left out, since they began or paused meanwhile: {', '.join(left_out)}." if left_out else None
    return runs.record(session, METHOD, until=weeks.until, read=looked_at, found=len(rising), note=note)


async def _described(session: Session, run_id: UUID, rising: Sequence[_Rising], weeks: _Weeks) -> list[Found]:
    """Return what rose, the most surprising first, with what customers said in the last week."""
    said: dict[UUID, list[Row]] = {}
    for kind in topics.KINDS:
        subjects = [one.subject for one in rising if one.topics is kind]
        said |= await topics.signals(session, kind, subjects, weeks.last_since, weeks.until)
    ordered = sorted(rising, key=lambda one: one.surprise.surprise, reverse=True)
    return [_found(run_id, one, said[one.subject], weeks) for one in ordered]


def _found(run_id: UUID, one: _Rising, said: Sequence[Row], weeks: _Weeks) -> Found:
    surprise = one.surprise
    customers = {row["customer_id"] for row in said} - {None}
    values = {
        "run_id": run_id,
        "title": f"More customers than usual {one.topics.verb} {one.name}",
        "why": _why(one, weeks),
        "period_start": weeks.last_since,
        "period_end": weeks.until,
        "observed": surprise.observed,
        "expected": surprise.expected,
        "usual": surprise.usual,
        "growth": surprise.growth,
        "season": surprise.season,
        "dispersion": surprise.dispersion,
        "probability": surprise.probability,
        "surprise": surprise.surprise,
        "baseline_periods": surprise.periods,
        "customers": len(customers),
    }
    signals = [(row["id"], row["at"]) for row in said]
    return Found(one.topics.column, one.subject, values, one.topics.signal, signals)


def _why(one: _Rising, weeks: _Weeks) -> str:
    """Return the statistics as sentences that a manager reads."""
    found = one.surprise
    before = f"{found.usual:.1f} a week in the {found.periods} weeks before"
    growth = f", times {found.growth:.2f} by which everything else grew" if found.growth > 1 else ""
    season = f", times {found.season:.2f} as at this time last year" if found.season > 1 else ""
    return (
        f"{found.observed} in the seven days up to {weeks.until:%Y-%m-%d}, where {found.expected:.1f} were "
        f"to be expected: {before}{growth}{season}. The chance of at least so many is "
        f"{found.probability:.2g}, with counts scattering {found.dispersion:.1f} times as wide as pure "
        "chance; it holds among all that were looked at."
    )
