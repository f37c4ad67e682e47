"""Did it work? Computed evaluations are recorded, the final one becomes the verdict; people may annotate."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from service.ground.problems import Invalid
from service.ground.session import Session
from service.initiatives import projections
from service.initiatives.machine import INITIATIVE, VERDICTS
from service.initiatives.tables import (
    EffectScale,
    EvidenceGrade,
    ImpactEvaluation,
    Initiative,
    InitiativeStatus,
    LooksEnded,
    MeasurementPlan,
    ProofMethod,
    Verdict,
)
from service.metrics.definitions import CONFIDENCE

JUDGED = frozenset({InitiativeStatus.OBSERVING, *VERDICTS})
"""The states in which a final evaluation sets the verdict."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a computation found: effect and interval in the plan's metric, None where no number is shown.

    `reason_code` says why a verdict is INCONCLUSIVE. A bare before and after (grade D) is never IMPROVED.
    `confidence` is the level of the interval, that of the look; `looks_ended` says why none is to come.
    """

    verdict: Verdict
    evidence_grade: EvidenceGrade
    sample_size: int
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    reason_code: str | None = None
    is_final: bool = False
    confidence: float = CONFIDENCE
    look: int = 1
    next_evaluation_at: datetime | None = None
    looks_ended: LooksEnded | None = None

    def check(self) -> None:
        """Raise Invalid for a verdict that its own numbers do not allow."""
        if self.verdict is Verdict.IMPROVED and self.evidence_grade is EvidenceGrade.D:
            raise Invalid("verdict", reason="A bare before and after cannot show an improvement.")
        if self.verdict is Verdict.INCONCLUSIVE and self.reason_code is None:
            raise Invalid("reasonCode", reason="An inconclusive evaluation says why.")


@dataclass(frozen=True, slots=True)
class Basis:
    """What a computed evaluation rests on, kept in its row; None where it was not computed.

    The dates are half-open spans in the plan's time zone; what lies between them is ramp-up.
    """

    metric_id: str
    method: ProofMethod
    effect_scale: EffectScale
    threshold: float
    periods_before: int
    periods_after: int
    counted_from: date
    baseline_until: date
    resumed_at: date
    counted_until: date
    inputs_digest: str
    p_value: float | None = None
    dispersion: float | None = None
    autocorrelation: float | None = None
    comparison_estimate: float | None = None
    comparison_ci_low: float | None = None
    comparison_ci_high: float | None = None
    placebos_tried: int | None = None
    placebos_as_strong: int | None = None


async def record(
    session: Session, initiative_id: UUID, found: Evaluation, basis: Basis | None = None
) -> UUID:
    """Keep an evaluation beside the earlier ones; a final one is the verdict unless a sponsor overrode it.

    Raises NotFound, and Invalid without a locked plan, before shipping, or for a final one before the
    evaluation ends: there are no early verdicts.
    """
    found.check()
    initiative = await session.get(Initiative, initiative_id, "initiativeId", locked=True)
    await _refuse_early(session, initiative, found)
    earlier = await session.find(ImpactEvaluation, initiative_id=initiative_id)
    row = session.add(
        ImpactEvaluation(
            initiative_id=initiative_id,
            edition=1 + max((one.edition for one in earlier), default=0),
            computed_at=session.now,
            **asdict(found),
            **(asdict(basis) if basis else {}),
        )
    )
    session.emit("evaluation.recorded", row.id, initiative=str(initiative_id), verdict=found.verdict)
    if found.is_final:
        await _judge(session, initiative, found)
        await projections.refresh_of(session, initiative_id)
    return row.id


async def annotate(session: Session, evaluation_id: UUID, annotation: str | None) -> ImpactEvaluation:
    """Put a person's note beside an evaluation, whose numbers stay as they are; None removes the note."""
    row = await session.get(ImpactEvaluation, evaluation_id, "evaluationId", locked=True)
    author = session.actor.subject if annotation is not None else None
    await session.change(row, annotation=annotation, annotated_by=author)
    session.emit("evaluation.annotated", row.id, initiative=str(row.initiative_id))
    return row


def is_settled(initiative: Initiative) -> bool:
    """Tell whether a person has the last word: its sponsor overrode the verdict, or it is closed."""
    return initiative.status == InitiativeStatus.CLOSED or initiative.overridden_at is not None


async def _refuse_early(session: Session, initiative: Initiative, found: Evaluation) -> None:
    if initiative.shipped_at is None:
        raise Invalid("initiativeId", reason="What has not shipped has no effect to evaluate.")
    plans = await session.find(MeasurementPlan, initiative_id=initiative.id)
    if not plans or plans[0].locked_at is None:
        raise Invalid("initiativeId", reason="Without a locked measurement plan nothing can be proved.")
    if found.is_final and session.now < plans[0].evaluation_end:
        raise Invalid("isFinal", reason="The evaluation has not ended; there are no early verdicts.")


async def _judge(session: Session, initiative: Initiative, found: Evaluation) -> None:
    """Let a final evaluation set the verdict; a sponsor's override and a closed initiative stay."""
    if initiative.status == InitiativeStatus.SHIPPED:
        await INITIATIVE.move(session, initiative, InitiativeStatus.OBSERVING)
    if initiative.status not in JUDGED or is_settled(initiative):
        return
    await session.change(
        initiative,
        verdict=found.verdict,
        verdict_reason=found.reason_code,
        next_evaluation_at=found.next_evaluation_at,
    )
    state = InitiativeStatus(found.verdict)
    if initiative.status != state:
        await INITIATIVE.move(session, initiative, state, reason=found.reason_code)
