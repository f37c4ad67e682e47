"""Did it work? From a plan's series to a verdict: guards, effect, comparison, placebos, judgement."""

from dataclasses import dataclass
from datetime import date

from service.initiatives.evaluations import Evaluation
from service.initiatives.proof import guards
from service.initiatives.proof.before_after import difference, is_bare
from service.initiatives.proof.comparison import (
    effect,
    randomised_effect,
    relative_effect,
    slope_difference,
)
from service.initiatives.proof.guards import Circumstances, LevelKind, ProofReason
from service.initiatives.proof.placebo import Placebos, placebos
from service.initiatives.proof.power import ALPHA
from service.initiatives.proof.regression import Effect
from service.initiatives.proof.series import Cut, Series, Windows, cut
from service.initiatives.proof.verdict import PENDING, Finding, Judgement, Size, Support, judge, size_of
from service.initiatives.tables import ComparisonKind, EvidenceGrade, Verdict, WantedDirection
from service.metrics.definitions import CONFIDENCE


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a verdict rests on, as the plan registered it before the start.

    `threshold` is relative for counts (0.1 is 10 %) and in the metric's unit for levels, more than 0.
    The comparison has the buckets of the series. `survives` is False for a secondary metric that a correction
    for many metrics took out. `confidence` is the level of the look's intervals.
    """

    series: Series
    windows: Windows
    direction: WantedDirection
    threshold: float
    comparison_kind: ComparisonKind = ComparisonKind.NONE
    comparison: Series | None = None
    kind: LevelKind = LevelKind.MEAN
    minimum_sample: int = 0
    circumstances: Circumstances = guards.UNDISTURBED
    survives: bool = True
    confidence: float = CONFIDENCE


@dataclass(frozen=True, slots=True)
class Proof:
    """A judgement and all it rests on; None where it was not computed."""

    judgement: Judgement
    grade: EvidenceGrade
    sample_size: int
    effect: Effect | None = None
    size: Size | None = None
    relative: Effect | None = None
    placebos: Placebos | None = None

    def evaluation(self) -> Evaluation | None:
        """Return what is recorded: relative for counts, in the metric's unit for levels; None if pending."""
        if self.judgement.finding is Finding.PENDING:
            return None
        size = self.size
        return Evaluation(
            verdict=Verdict(self.judgement.finding),
            evidence_grade=self.grade,
            sample_size=self.sample_size,
            estimate=None if size is None else size.estimate,
            ci_low=None if size is None else size.interval.low,
            ci_high=None if size is None else size.interval.high,
            reason_code=self.judgement.reason,
            is_final=True,
        )


def prove(case: Case, today: date) -> Proof:
    """Return the proof as it stands on a day: PENDING before the evaluation ends."""
    own = cut(case.series, case.windows)
    other = None if case.comparison is None else cut(case.comparison, case.windows)
    grade = grade_of(case)
    sample = guards.sample_size(own)
    if today < case.windows.evaluation_end:
        return Proof(PENDING, grade, sample)
    if is_bare(own):
        bare = Judgement(Finding.INCONCLUSIVE, ProofReason.BEFORE_AFTER_ONLY)
        return Proof(bare, EvidenceGrade.D, sample, size=difference(own, case.confidence))
    if against := against_verdict(case, own, other):
        return Proof(Judgement(Finding.INCONCLUSIVE, against[0]), grade, sample)
    return judged(case, own, other)


def judged(case: Case, own: Cut, other: Cut | None) -> Proof:
    """Return the proof of what no guard stopped."""
    grade, measure, sample = grade_of(case), case.series.measure, guards.sample_size(own)
    found = _effect(own, other, grade)
    if found is None:
        return Proof(Judgement(Finding.INCONCLUSIVE, ProofReason.NO_FIT), grade, sample)
    relative = relative_effect(own, other) if grade is EvidenceGrade.B and other is not None else None
    in_time = placebos(own, found) if grade is not EvidenceGrade.A else None
    size = size_of(found, measure, case.confidence)
    support = Support(
        grade=grade,
        relative=None if relative is None else size_of(relative, measure, case.confidence),
        is_parallel=grade is not EvidenceGrade.B or other is None or _is_parallel(own, other),
        is_convincing=in_time is None or in_time.is_convincing,
        survives=case.survives,
    )
    judgement = judge(size, case.threshold, case.direction, support)
    return Proof(judgement, grade, sample, found, size, relative, in_time)


def against_verdict(case: Case, own: Cut, other: Cut | None) -> tuple[ProofReason, ...]:
    """Return what the guards say of the series; its comparison must be without gaps, too."""
    against = guards.reasons_against(
        own, case.circumstances, kind=case.kind, minimum_sample=case.minimum_sample
    )
    if other is not None and guards.has_gap(other) and ProofReason.DATA_GAP not in against:
        return (*against, ProofReason.DATA_GAP)
    return against


def _effect(own: Cut, other: Cut | None, grade: EvidenceGrade) -> Effect | None:
    if grade is EvidenceGrade.A and other is not None:
        return randomised_effect(own, other)
    return effect(own)


def _is_parallel(own: Cut, other: Cut) -> bool:
    slope = slope_difference(own, other)
    return slope is not None and slope.p >= ALPHA


def grade_of(case: Case) -> EvidenceGrade:
    """Return the strength of the method: randomised A, with a comparison B, a series alone C."""
    if case.comparison is None or case.comparison_kind is ComparisonKind.NONE:
        return EvidenceGrade.C
    return EvidenceGrade.A if case.comparison_kind is ComparisonKind.RANDOMISED else EvidenceGrade.B
