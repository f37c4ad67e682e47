"""How often is something suggested although nothing surged? `make operating` writes `docs/metrics.md`."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import numpy as np

from service.initiatives.proof.series import DAYS_OF_A_WEEK
from service.insights.detection import HISTORY
from service.insights.surprise import BASELINE, RARE, Counts, Surprise, surprises
from tests.service.contacts import incidents_by_day
from tests.service.published_series import records

SEED = 7
WEEKS = (date(2016, 2, 29), date(2016, 5, 30))
"""The whole weeks of the log of incidents."""
SURGES = (2, 3)
FEWEST_USUAL = 2.0
"""A topic is surged where it usually has so many a week: three times less is a handful."""


def incidents() -> Counts:
    """Returns incidents per week, a row for each category."""
    first, until = WEEKS
    mondays = [first + timedelta(days=day) for day in range(0, (until - first).days, DAYS_OF_A_WEEK)]
    named = [counts for name, counts in incidents_by_day().items() if name is not None]
    return np.array([[_in_week(counts, monday) for monday in mondays] for counts in named])


def _in_week(counts: Counter[date], monday: date) -> float:
    return float(sum(counts[monday + timedelta(days=day)] for day in range(DAYS_OF_A_WEEK)))


def requests() -> Counts:
    """Returns the city's requests per week, a row for each category."""
    rows = records("sf311_weekly.csv")
    return np.array([[float(row[name]) for row in rows] for name in rows[0] if name != "week"])


def looks(series: Counts) -> list[Counts]:
    """Returns what a run at the end of each week would have read; a topic nobody ever named is in none."""
    ends = range(BASELINE + 1, series.shape[1] + 1)
    read = [series[:, max(0, end - HISTORY) : end] for end in ends]
    return [one[one.any(axis=1)] for one in read]


def surged(counts: Counts, topic: int, times: int, generator: np.random.Generator) -> Counts:
    """Returns the counts with as many more in the last week, by chance, as make it times the usual."""
    usual = counts[topic, -BASELINE - 1 : -1].mean()
    changed = counts.copy()
    changed[topic, -1] += generator.poisson((times - 1) * usual)
    return changed


def row(name: str, series: Counts) -> str:
    """Returns the row of one kind of series."""
    quiet = looks(series)
    seen = [surprises(one) for one in quiet]
    topics = sum(map(len, seen))
    found = [_of_surges(quiet, times) for times in SURGES]
    shares = (
        _count(seen, lambda one: one.probability < RARE) / topics,
        _count(seen, lambda one: one.emerging) / topics,
        sum(any(one.emerging for one in week) for week in seen) / len(seen),
        *found,
    )
    return f"| {name} | {len(quiet)} | {topics} | {' | '.join(f'{share:.3f}' for share in shares)} |"


def _of_surges(quiet: Sequence[Counts], times: int) -> float:
    """Returns the share that is found of surges planted in one topic of one week at a time."""
    generator = np.random.default_rng(SEED)
    found = [
        surprises(surged(counts, int(topic), times, generator))[int(topic)].emerging
        for counts in quiet
        for topic in np.flatnonzero(counts[:, -BASELINE - 1 : -1].mean(axis=1) >= FEWEST_USUAL)
    ]
    return sum(found) / len(found)


def _count(seen: Sequence[Sequence[Surprise]], holds: Callable[[Surprise], bool]) -> int:
    return sum(holds(one) for week in seen for one in week)


def table() -> str:
    """Returns the table of both kinds of series."""
    words = (
        "topics a week",
        "weeks",
        "looked at",
        "rare",
        "suggested",
        "weeks with any",
        "finds x 2",
        "finds x 3",
    )
    head = f"| {' | '.join(words)} |"
    rows = (row("Incidents by category", incidents()), row("Requests by category", requests()))
    return "\n".join([head, "|---|---|---|---|---|---|---|---|", *rows])
