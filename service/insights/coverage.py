"""Was everything being counted all the time? A source that began or paused makes a rise that is none."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from service.insights.surprise import BASELINE, RARE, Counts


@dataclass(frozen=True, slots=True)
class Tally:
    """How often one source spoke of a subject in one period; `ago` counts periods back, the last is 0.

    `subject` is None for what speaks of nothing known: it shows that the source was there.
    """

    subject: UUID | None
    source: str
    ago: int
    count: int


@dataclass(frozen=True, slots=True)
class Covered:
    """Series of the sources that were there all the time, and the names of those that were not."""

    subjects: tuple[UUID, ...]
    counts: Counts
    left_out: tuple[str, ...]


def covered(tallies: Sequence[Tally], *, baseline: int = BASELINE) -> Covered:
    """Return one series for each subject, without the sources that began or paused within the baseline."""
    periods = max((tally.ago for tally in tallies), default=0) + 1
    of_source: dict[str, list[int]] = {}
    for tally in tallies:
        of_source.setdefault(tally.source, [0] * periods)[tally.ago] += tally.count
    there = {source for source, counts in of_source.items() if was_there(counts, baseline)}
    kept = [tally for tally in tallies if tally.source in there]
    subjects = tuple(dict.fromkeys(tally.subject for tally in kept if tally.subject is not None))
    return Covered(subjects, _matrix(kept, subjects, periods), tuple(sorted(of_source.keys() - there)))


def was_there(counts: Sequence[int], baseline: int) -> bool:
    """Tell whether a source (its counts, the latest first) was there in the whole baseline.

    It was where it spoke in the baseline's first period or before, and where no silence of a period is rarer
    than RARE at its usual pace.
    """
    past = counts[1 : baseline + 1]
    if len(past) < baseline or not any(counts[baseline:]):
        return False
    silence_is_likely = math.exp(-sum(past) / baseline) >= RARE
    return silence_is_likely or all(past)


def _matrix(tallies: Iterable[Tally], subjects: Sequence[UUID], periods: int) -> Counts:
    rows: Mapping[UUID, int] = {subject: number for number, subject in enumerate(subjects)}
    counts = np.zeros((len(subjects), periods))
    for tally in tallies:
        if tally.subject is not None:
            counts[rows[tally.subject], periods - 1 - tally.ago] += tally.count
    return counts
