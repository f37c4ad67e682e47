"""When is it worth looking again? At most three looks, each longer and stricter than the one before."""

from collections.abc import Mapping, Sequence
from enum import Enum

from service.initiatives.proof.before_after import is_bare
from service.initiatives.proof.foreseen import carried_on
from service.initiatives.proof.guards import ProofReason
from service.initiatives.proof.proving import Case, against_verdict, grade_of
from service.initiatives.proof.series import Cut, Windows, bucketed, cut
from service.initiatives.tables import EvidenceGrade, LooksEnded
from service.metrics.definitions import CONFIDENCE

FIRST_LOOK = 1
MOST_LOOKS = 3


class Cure(Enum):
    """Whether a longer window may cure what made a verdict inconclusive."""

    BY_TIME = "BY_TIME"
    BY_ENOUGH = "BY_ENOUGH"
    NEVER = "NEVER"


CURES: Mapping[ProofReason, Cure] = {
    # Too little may become enough, if it is the time after the change that lacks it.
    ProofReason.TOO_FEW_PERIODS: Cure.BY_ENOUGH,
    ProofReason.TOO_FEW_EVENTS: Cure.BY_ENOUGH,
    ProofReason.BEFORE_AFTER_ONLY: Cure.BY_ENOUGH,
    # More buckets narrow the interval, until it excludes 0 or lies within the threshold.
    ProofReason.WIDE_INTERVAL: Cure.BY_TIME,
    ProofReason.BELOW_THRESHOLD: Cure.BY_TIME,
    # The effect beside the comparison is an estimate of its own, whose sign is unsure while it is small.
    ProofReason.CONTROL_DISAGREES: Cure.BY_TIME,
    # A true effect grows in standard errors with its buckets and leaves the placebos behind.
    ProofReason.PLACEBO_RANK: Cure.BY_TIME,
    # What is missing, or was changed by others, stays in every longer window.
    ProofReason.DATA_GAP: Cure.NEVER,
    ProofReason.CONFOUNDED: Cure.NEVER,
    # These follow from the baseline or the plan, which never change.
    ProofReason.CONTROL_NOT_PARALLEL: Cure.NEVER,
    ProofReason.MANY_METRICS: Cure.NEVER,
    ProofReason.NO_FIT: Cure.NEVER,
}


def confidence_of(look: int) -> float:
    """Return the level of the intervals of a look, from 1: 0.95, 0.975, 0.9875.

    The chance to err is halved from look to look. Whatever the looks have in common, the chance that any of
    three errs is at most the sum, 8.75 % (Bonferroni's inequality), and of any number of them below 10 %.
    """
    return 1 - (1 - CONFIDENCE) * 0.5 ** (look - FIRST_LOOK)


def ended(case: Case, reason: ProofReason | None, look: int, each: Sequence[Windows]) -> LooksEnded | None:
    """Return why there is no look after this one; None where there is.

    `case` and `reason` are of this look, the reason None for a verdict; `each` are the windows of all looks.
    """
    if reason is None:
        return LooksEnded.JUDGED
    if look >= len(each):
        return LooksEnded.LAST_LOOK
    last, cure = _last(case, each), CURES[reason]
    if cure is Cure.NEVER or (cure is Cure.BY_ENOUGH and not _will_suffice(case, each[last - 1])):
        return LooksEnded.TIME_CANNOT_HELP
    return None if look < last else LooksEnded.BASELINE_TOO_SHORT


def _last(case: Case, each: Sequence[Windows]) -> int:
    """Return the last look that counts no more time after the change than before it.

    A trend is not carried on further than it was seen; randomised arms, which need none, may be watched on.
    """
    needs_trend = grade_of(case) is not EvidenceGrade.A
    fitting = [n for n, one in enumerate(each, start=1) if one.after <= one.before or not needs_trend]
    return max(fitting, default=FIRST_LOOK)


def _will_suffice(case: Case, last: Windows) -> bool:
    """Tell whether no guard would stop a verdict at the last look, if things went on as they have so far."""
    own = cut(case.series, case.windows)
    other = None if case.comparison is None else cut(case.comparison, case.windows)
    later = Cut(carried_on(own.series, _to_come(own, last)).series, own.before)
    return not is_bare(later) and not against_verdict(case, later, other)


def _to_come(own: Cut, last: Windows) -> int:
    """Return how many buckets the last look will have more, on those weekdays that were seen."""
    if not own.before:
        return 0
    starts = own.series.starts
    days = frozenset(day.weekday() for day in starts)
    every = bucketed({}, own.series.bucket, starts[0], last.evaluation_end, days=days)
    return cut(every, last).after - own.after
