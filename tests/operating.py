"""How often is each method fooled, and what does it find? `make operating` writes `docs/metrics.md`."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from service.initiatives.proof.comparison import effect, relative_effect
from service.initiatives.proof.guards import has_few_events
from service.initiatives.proof.power import ALPHA, Horizon, planted
from service.initiatives.proof.proving import Case, judged
from service.initiatives.proof.series import Cut, Series, Windows, bucketed
from service.initiatives.proof.verdict import Finding
from service.initiatives.tables import ComparisonKind, PlanBucket, WantedDirection
from service.metrics.contact_rate import rate_ratio
from service.metrics.ranks import mann_whitney
from tests import operating_detection, operating_looks
from tests.service.contacts import incidents_by_day
from tests.service.published_series import records

PAGE = Path(__file__).parent.parent / "docs" / "metrics.md"
SIZES = (0.0, 0.3, 0.5)
SEED = 311
DRAWS = 10
THRESHOLD = 0.1
CATEGORIES = 15
WORKING_DAYS = frozenset(range(5))
# Before these days the log of incidents begins, after them it thins out.
BUSY = (date(2016, 3, 1), date(2016, 5, 25))

Sign = int
"""What a method says: -1 fewer, 0 nothing, 1 more."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a real series without a change, and the other series of the same days."""

    own: Cut
    others: Cut


def incidents() -> list[Window]:
    """Returns windows of incidents per working day by category, 30 days before and 15 after."""
    counts = incidents_by_day()
    largest = sorted(counts, key=lambda key: -counts[key].total())[:CATEGORIES]
    series = [bucketed(counts[key], PlanBucket.DAY, *BUSY, days=WORKING_DAYS) for key in largest]
    every = windows_of(series, Horizon(30, 15), apart=1)
    return [window for window in every if not has_few_events(window.own)]


def requests() -> list[Window]:
    """Returns windows of the city's requests per week by category, 52 weeks before and 26 after."""
    rows = records("sf311_weekly.csv")
    weeks = [date.fromisoformat(row["week"]) for row in rows]
    until = weeks[-1] + timedelta(days=7)
    names = [name for name in rows[0] if name != "week"]
    counts = [{week: float(row[name]) for week, row in zip(weeks, rows, strict=True)} for name in names]
    series = [bucketed(one, PlanBucket.WEEK, weeks[0], until) for one in counts]
    return list(windows_of(series, Horizon(52, 26), apart=6))


def windows_of(series: list[Series], horizon: Horizon, *, apart: int) -> Iterator[Window]:
    """Yields the windows of each series from its beginning on, beside the sum of all others."""
    total = sum(one.array() for one in series)
    length = horizon.before + horizon.after
    for one in series:
        rest = replace(one, values=tuple((total - one.array()).tolist()))
        for first in range(0, len(one) - length + 1, apart):
            places = list(range(first, first + length))
            yield Window(*(Cut(each.at(places), horizon.before) for each in (one, rest)))


def rate_ratio_sign(window: Window) -> Sign:
    """Compares the rates before and after as if every event stood alone."""
    before, after = window.own.baseline(), window.own.following()
    counts = int(after.array().sum()), int(before.array().sum())
    if min(counts) == 0:
        return 0
    found = rate_ratio(counts[0], len(after), counts[1], len(before))
    return sign(found.p, found.ratio - 1)


def rank_sign(window: Window) -> Sign:
    """Compares the buckets before and after by their ranks."""
    before, after = window.own.baseline().array(), window.own.following().array()
    found = mann_whitney(after.tolist(), before.tolist())
    return 0 if found is None else sign(found.p, found.less - found.greater)


def default_sign(window: Window) -> Sign:
    """Fits the interrupted series alone."""
    found = effect(window.own)
    return 0 if found is None else sign(found.p, found.estimate)


def confirmed_sign(window: Window) -> Sign:
    """Asks the comparison to be significant, too."""
    found = relative_effect(window.own, window.others)
    alone = default_sign(window)
    return alone if found is not None and sign(found.p, found.estimate) == alone else 0


def verdict_sign(window: Window) -> Sign:
    """Gives the verdict of a plan with a comparison, guards aside."""
    start = window.own.series.starts[0]
    case = Case(
        series=window.own.series,
        windows=Windows(start, start, start, start),
        direction=WantedDirection.DECREASE,
        threshold=THRESHOLD,
        comparison_kind=ComparisonKind.COMPARISON_GROUP,
        comparison=window.others.series,
    )
    finding = judged(case, window.own, window.others).judgement.finding
    return {Finding.IMPROVED: -1, Finding.WORSENED: 1}.get(finding, 0)


def sign(p: float, direction: float) -> Sign:
    """Returns the direction of what is significant, 0 of what is not."""
    return int(np.sign(direction)) if p < ALPHA else 0


METHODS: dict[str, Callable[[Window], Sign]] = {
    "Poisson rate ratio, before and after": rate_ratio_sign,
    "Mann-Whitney, before and after": rank_sign,
    "interrupted series (the effect's interval)": default_sign,
    "interrupted series and comparison, both significant": confirmed_sign,
    "verdict with a comparison (threshold 10 %)": verdict_sign,
}


def shares(sample: list[Window], method: Callable[[Window], Sign]) -> list[float]:
    """Returns how often a method is fooled without a change, then how often it finds -30 % and -50 %."""
    generator = np.random.default_rng(SEED)
    found: list[float] = []
    for size in SIZES:
        # What chance removes differs from draw to draw; where nothing is removed, one draw is all there is.
        draws = [_hits(sample, method, size, generator) for _ in range(DRAWS if size else 1)]
        found.append(sum(draws) / len(draws) / len(sample))
    return found


def _hits(
    sample: list[Window], method: Callable[[Window], Sign], size: float, generator: np.random.Generator
) -> int:
    """Returns in how many windows a method sees what was planted, or anything where nothing was."""
    changed = [replace(w, own=planted(w.own, size, WantedDirection.DECREASE, generator)) for w in sample]
    signs = [method(window) for window in changed]
    return sum(one < 0 if size else one != 0 for one in signs)


def table(name: str, sample: list[Window]) -> str:
    """Returns the table of all methods on one kind of series."""
    head = f"| {name}, {len(sample)} windows | fooled | finds -30 % | finds -50 % |"
    rows = [
        f"| {words} | {' | '.join(f'{share:.3f}' for share in shares(sample, method))} |"
        for words, method in METHODS.items()
    ]
    return "\n".join([head, "|---|---|---|---|", *rows])


def tables() -> str:
    """Returns the tables of both kinds of series."""
    return f"{table('Incidents per working day', incidents())}\n\n{table('Requests per week', requests())}"


def main() -> None:
    """Writes the tables between their markers."""
    page = PAGE.read_text(encoding="utf-8")
    page = written(page, "operating characteristics", tables())
    page = written(page, "looks", operating_looks.table())
    page = written(page, "detection", operating_detection.table())
    PAGE.write_text(page, encoding="utf-8")
    sys.stdout.write(f"{PAGE.name} is up to date\n")


def written(page: str, name: str, text: str) -> str:
    """Returns the page with this text between the markers of this name."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = page.split(begin)
    _, after = rest.split(end)
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


if __name__ == "__main__":
    main()
