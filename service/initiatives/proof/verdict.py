"""What may be said of a change? The verdict from an effect, its interval, and what speaks against it."""

import math
from dataclasses import dataclass
from enum import StrEnum

from service.initiatives.proof.guards import ProofReason
from service.initiatives.proof.regression import Effect
from service.initiatives.proof.series import Measure
from service.initiatives.tables import EvidenceGrade, WantedDirection
from service.metrics.definitions import CONFIDENCE, Interval


class Finding(StrEnum):
    """What is said of a change; PENDING until the evaluation ends, because nobody peeks."""

    PENDING = "PENDING"
    IMPROVED = "IMPROVED"
    NO_CHANGE = "NO_CHANGE"
    WORSENED = "WORSENED"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True, slots=True)
class Size:
    """How large an effect is: a part of what was (-0.3 is 30 % less), or in the metric's unit for levels."""

    estimate: float
    interval: Interval

    def towards(self, direction: WantedDirection) -> "Size":
        """Return the size seen from the wanted side, on which more is better."""
        if direction is WantedDirection.INCREASE:
            return self
        return Size(-self.estimate, Interval(-self.interval.high, -self.interval.low))


@dataclass(frozen=True, slots=True)
class Support:
    """What else is known: the comparison's own estimate of the effect and its odds, placebos, other metrics.

    `relative` is the size relative to the comparison, None without one. `survives` is False for a metric that
    is not the primary one and does not survive the correction for many metrics.
    """

    grade: EvidenceGrade
    relative: Size | None = None
    is_parallel: bool = True
    is_convincing: bool = True
    survives: bool = True


@dataclass(frozen=True, slots=True)
class Judgement:
    """A finding and, where it is INCONCLUSIVE, why."""

    finding: Finding
    reason: ProofReason | None = None


PENDING = Judgement(Finding.PENDING)


def size_of(effect: Effect, measure: Measure, confidence: float = CONFIDENCE) -> Size:
    """Return an effect and its interval at a level of confidence, on the scale people speak of it."""
    interval = effect.interval(confidence)
    if measure is Measure.LEVEL:
        return Size(effect.estimate, interval)
    return Size(_relative(effect.estimate), Interval(_relative(interval.low), _relative(interval.high)))


def judge(size: Size, threshold: float, direction: WantedDirection, support: Support) -> Judgement:
    """Return the verdict; `threshold` (more than 0) is the smallest size that matters, on its own scale.

    IMPROVED: the interval excludes 0 on the good side, the estimate reaches the threshold, and nothing else
    speaks against it. WORSENED: the interval excludes 0 on the bad side, however little. NO_CHANGE: the whole
    interval lies within the threshold; a lack of significance is not that. A bare before and after (grade D)
    shows nothing. Everything else is INCONCLUSIVE, with the reason.
    """
    good = size.towards(direction)
    if support.grade is EvidenceGrade.D:
        return _inconclusive(ProofReason.BEFORE_AFTER_ONLY)
    if not support.is_parallel:
        return _inconclusive(ProofReason.CONTROL_NOT_PARALLEL)
    if good.interval.low <= 0 <= good.interval.high:
        is_within = -threshold < good.interval.low and good.interval.high < threshold
        return Judgement(Finding.NO_CHANGE) if is_within else _inconclusive(ProofReason.WIDE_INTERVAL)
    if against := _objection(good, direction, support):
        return _inconclusive(against)
    if good.estimate < 0:
        return Judgement(Finding.WORSENED)
    return _improvement(good, threshold)


def _improvement(good: Size, threshold: float) -> Judgement:
    if good.estimate >= threshold:
        return Judgement(Finding.IMPROVED)
    is_within = good.interval.high < threshold
    return Judgement(Finding.NO_CHANGE) if is_within else _inconclusive(ProofReason.BELOW_THRESHOLD)


def _objection(good: Size, direction: WantedDirection, support: Support) -> ProofReason | None:
    """Return what speaks against a change whose interval excludes 0."""
    if support.relative is not None and support.relative.towards(direction).estimate * good.estimate <= 0:
        return ProofReason.CONTROL_DISAGREES
    if not support.is_convincing:
        return ProofReason.PLACEBO_RANK
    return None if support.survives else ProofReason.MANY_METRICS


def _inconclusive(reason: ProofReason) -> Judgement:
    return Judgement(Finding.INCONCLUSIVE, reason)


def _relative(logarithm: float) -> float:
    return math.expm1(min(logarithm, 700.0))
