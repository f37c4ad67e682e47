"""When do the numbers prove nothing? What must hold before a verdict is computed at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from service.initiatives.proof.series import Cut, Measure

FEWEST_BEFORE = 24
FEWEST_AFTER = 8
FEWEST_EVENTS_A_BUCKET = 5
FEWEST_EVENTS = 50
FEWEST_ANSWERS = 30
FEWEST_OF_A_CLASS = 5
FEWEST_NPS_ANSWERS = 50


class ProofReason(StrEnum):
    """Why there is no clear verdict."""

    TOO_FEW_PERIODS = "TOO_FEW_PERIODS"
    TOO_FEW_EVENTS = "TOO_FEW_EVENTS"
    DATA_GAP = "DATA_GAP"
    CONFOUNDED = "CONFOUNDED"
    BEFORE_AFTER_ONLY = "BEFORE_AFTER_ONLY"
    CONTROL_NOT_PARALLEL = "CONTROL_NOT_PARALLEL"
    CONTROL_DISAGREES = "CONTROL_DISAGREES"
    PLACEBO_RANK = "PLACEBO_RANK"
    MANY_METRICS = "MANY_METRICS"
    BELOW_THRESHOLD = "BELOW_THRESHOLD"
    WIDE_INTERVAL = "WIDE_INTERVAL"
    NO_FIT = "NO_FIT"


class LevelKind(StrEnum):
    """What a level is the level of; each needs its own number of answers."""

    SHARE = "SHARE"
    NPS = "NPS"
    MEAN = "MEAN"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What happened around the change that no series shows.

    `source_first_seen` is the day the youngest source of the series began to deliver, None if long before.
    """

    definition_changed: bool = False
    source_first_seen: date | None = None
    other_initiatives: bool = False


UNDISTURBED = Circumstances()


def reasons_against(
    cut: Cut,
    circumstances: Circumstances = UNDISTURBED,
    *,
    kind: LevelKind = LevelKind.MEAN,
    minimum_sample: int = 0,
) -> tuple[ProofReason, ...]:
    """Return every reason why the series cannot carry a verdict, the weightiest first; empty if none.

    Limits: 24 buckets before and 8 after; counts need 5 events a bucket before and 50 to be expected after
    (what was expected, not what came: a change that ends all contacts is no lack of data); a share 30
    answers, 5 hits and 5 misses on each side, an NPS 50 answers, a mean 30. `minimum_sample` is the plan's.
    """
    return tuple(_reasons(cut, circumstances, kind, minimum_sample))


def _reasons(
    cut: Cut, circumstances: Circumstances, kind: LevelKind, minimum_sample: int
) -> Iterator[ProofReason]:
    if cut.before < FEWEST_BEFORE or cut.after < FEWEST_AFTER:
        yield ProofReason.TOO_FEW_PERIODS
    if has_few_events(cut, minimum_sample) if is_count(cut) else _has_few_answers(cut, kind, minimum_sample):
        yield ProofReason.TOO_FEW_EVENTS
    if has_gap(cut, circumstances):
        yield ProofReason.DATA_GAP
    if circumstances.other_initiatives:
        yield ProofReason.CONFOUNDED


def is_count(cut: Cut) -> bool:
    """Tell whether the buckets hold numbers of events."""
    return cut.series.measure is Measure.COUNT


def sample_size(cut: Cut) -> int:
    """Return the events, or the answers, on both sides together."""
    parts = cut.series.array() if is_count(cut) else cut.series.weight_array()
    return int(np.nansum(parts))


def has_few_events(cut: Cut, minimum_sample: int = 0) -> bool:
    """Tell whether counts are too few to carry a verdict."""
    before, after = cut.baseline(), cut.following()
    events, exposure = float(np.nansum(before.array())), sum(before.weights)
    expected = events / exposure * sum(after.weights) if exposure else 0
    return (
        events < FEWEST_EVENTS_A_BUCKET * max(1, len(before))
        or expected < FEWEST_EVENTS
        or sample_size(cut) < minimum_sample
    )


def _has_few_answers(cut: Cut, kind: LevelKind, minimum_sample: int) -> bool:
    fewest = FEWEST_NPS_ANSWERS if kind is LevelKind.NPS else FEWEST_ANSWERS
    for side in (cut.baseline(), cut.following()):
        answers = sum(side.weights)
        hits = float(np.nansum(side.array() * side.weight_array()))
        is_one_sided = kind is LevelKind.SHARE and min(hits, answers - hits) < FEWEST_OF_A_CLASS
        if answers < fewest or is_one_sided:
            return True
    return sample_size(cut) < minimum_sample


def has_gap(cut: Cut, circumstances: Circumstances = UNDISTURBED) -> bool:
    """Tell whether buckets are missing, or the source or the definition is younger than the series.

    A level that nobody answered (weight 0) is no gap.
    """
    first_seen = circumstances.source_first_seen
    is_younger = first_seen is not None and bool(cut.series.starts) and first_seen > cut.series.starts[0]
    pairs = zip(cut.series.values, cut.series.weights, strict=True)
    is_missing = any(value is None and (is_count(cut) or weight > 0) for value, weight in pairs)
    return is_missing or is_younger or circumstances.definition_changed
