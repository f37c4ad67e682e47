"""How often do three looks claim what is not so, and find what is? For `docs/metrics.md`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from service.initiatives.proof.looks import FIRST_LOOK, MOST_LOOKS, confidence_of, ended
from service.initiatives.proof.power import planted
from service.initiatives.proof.proving import Case, judged
from service.initiatives.proof.series import DAYS_OF_A_WEEK, Cut, Series, Windows, bucketed
from service.initiatives.proof.verdict import Finding
from service.initiatives.tables import ComparisonKind, PlanBucket, WantedDirection
from service.metrics.definitions import CONFIDENCE
from tests.service.proof_series import counts, noisy, windows_of
from tests.service.published_series import records

SEED = 5
SIMULATED = 500
MEAN = 40.0
APART = 6
SIZE = 0.2
THRESHOLD = 0.1
CLAIMS = frozenset({Finding.IMPROVED, Finding.WORSENED})
LOOKS = range(FIRST_LOOK, MOST_LOOKS + 1)

Levels = Callable[[int], float]
"""The confidence asked for at each look."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A series that is long enough for all looks, each `after` buckets longer than the last; or two arms."""

    own: Cut
    after: int
    other: Series | None = None

    def at(self, look: int) -> Cut:
        """Return what one look sees."""
        return Cut(self.own.series.at(list(range(self.own.before + look * self.after))), self.own.before)


@dataclass(frozen=True, slots=True)
class Told:
    """What was said in the end, and at which look."""

    finding: Finding
    look: int

    @property
    def is_claim(self) -> bool:
        """Tell whether something is said to have changed."""
        return self.finding in CLAIMS


def the_same(_look: int) -> float:
    """Returns 95 % for every look, as if it were the only one."""
    return CONFIDENCE


def over_looks(watched: Watched, levels: Levels = confidence_of) -> Told:
    """Judges a series, guards aside, each time with more of it, until nothing is left to look at."""
    each = [windows_of(watched.at(look)) for look in LOOKS]
    for look in LOOKS[:-1]:
        finding, is_over = _looked(watched, look, levels(look), each)
        if is_over:
            return Told(finding, look)
    return Told(_looked(watched, MOST_LOOKS, levels(MOST_LOOKS), each)[0], MOST_LOOKS)


def _looked(watched: Watched, look: int, confidence: float, each: Sequence[Windows]) -> tuple[Finding, bool]:
    """Returns what one look says, and whether it is the last."""
    own, other = watched.at(look), watched.other
    case = Case(own.series, each[look - 1], WantedDirection.DECREASE, THRESHOLD, confidence=confidence)
    if other is not None:
        other = other.at(list(range(len(own.series))))
        case = replace(case, comparison_kind=ComparisonKind.RANDOMISED, comparison=other)
    judgement = judged(case, own, None if other is None else Cut(other, own.before)).judgement
    return judgement.finding, ended(case, judgement.reason, look, each) is not None


def simulated(before: int, *, arms: bool = False, n: int = SIMULATED) -> list[Watched]:
    """Returns weeks that vary twice as much as chance and never change, 12 more for each look."""
    generator = np.random.default_rng(SEED)
    after = 12

    def drawn() -> Series:
        return counts(noisy(generator, before + MOST_LOOKS * after, MEAN).tolist())

    return [Watched(Cut(drawn(), before), after, drawn() if arms else None) for _ in range(n)]


def requests() -> list[Watched]:
    """Returns windows of the city's requests per week by category, 52 weeks before and 26 a look."""
    rows = records("sf311_weekly.csv")
    weeks = [date.fromisoformat(row["week"]) for row in rows]
    until = weeks[-1] + timedelta(days=DAYS_OF_A_WEEK)
    names = [name for name in rows[0] if name != "week"]
    each = [{week: float(row[name]) for week, row in zip(weeks, rows, strict=True)} for name in names]
    found = [_windows(bucketed(one, PlanBucket.WEEK, weeks[0], until), 52, 26) for one in each]
    return [watched for one in found for watched in one]


def _windows(series: Series, before: int, after: int) -> Iterator[Watched]:
    length = before + MOST_LOOKS * after
    for first in range(0, len(series) - length + 1, APART):
        yield Watched(Cut(series.at(list(range(first, first + length))), before), after)


def row(name: str, series: Sequence[Watched]) -> str:
    """Returns the row of one kind of series."""
    generator = np.random.default_rng(SEED)
    quiet = [over_looks(one) for one in series]
    naive = [over_looks(one, the_same) for one in series]
    fewer = [replace(one, own=planted(one.own, SIZE, WantedDirection.DECREASE, generator)) for one in series]
    found = [told for told in map(over_looks, fewer) if told.finding is Finding.IMPROVED]
    numbers = (
        sum(told.is_claim and told.look == FIRST_LOOK for told in quiet),
        sum(told.is_claim for told in quiet),
        sum(told.is_claim for told in naive),
        sum(told.look == FIRST_LOOK for told in found),
        len(found),
    )
    return f"| {name} | {len(series)} | {' | '.join(f'{n / len(series):.3f}' for n in numbers)} |"


def table() -> str:
    """Returns the table of all kinds of series."""
    words = (
        "series",
        "watched",
        "fooled at once",
        "fooled at last",
        "all looks at 95 %",
        "finds at once",
        "finds at last",
    )
    rows = (
        row("Simulated weeks, 40 before", simulated(40)),
        row("Simulated weeks, 104 before", simulated(104)),
        row("Two simulated arms, 40 before", simulated(40, arms=True)),
        row("Requests per week, 52 before", requests()),
    )
    return "\n".join([f"| {' | '.join(words)} |", "|---|---|---|---|---|---|---|", *rows])
