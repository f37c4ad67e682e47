"""How does a proof look to a client? What a plan treats and asks, and every number an evaluation saw."""

from datetime import date

from schema.customers.types import Segment
from schema.ground.fields import column, one, record
from schema.interactions.types import ContactReason, Team
from schema.touchpoints.types import Touchpoint
from service.initiatives import proof_reads, proof_tables, tables
from service.initiatives.proof.guards import ProofReason


@record(
    proof_tables.PlanScope,
    description="One thing that a side of a plan consists of; exactly one of the fields is not null.",
)
class PlanScope:
    """A part of a scope."""

    contact_reason: ContactReason | None = one(
        "Contacts for this reason, and for all beneath it.", proof_reads.reason_of_scope
    )
    touchpoint: Touchpoint | None = one("What happens at this touchpoint.", proof_reads.touchpoint_of_scope)
    team: Team | None = one("What this team does.", proof_reads.team_of_scope)
    segment: Segment | None = one("The customers who are in this segment.", proof_reads.segment_of_scope)


@record(proof_tables.PlanMetric, description="A metric that a plan looks at beside the primary one.")
class PlanMetric:
    """A further metric."""

    metric_id: str = column("The metric, by its id in the registry.")
    metric_version: int = column("The version of its definition.")
    direction: tables.WantedDirection = column("Which way it should move.")
    practical_threshold: float = column("The smallest effect that matters, on the threshold's scale.")
    threshold_scale: tables.EffectScale = column("What the practical threshold is measured in.")


@record(proof_tables.ProofGuard, description="Whether a guard lets a verdict pass.")
class ProofGuard:
    """A guard."""

    reason: ProofReason = column("What the guard looks for.")
    passed: bool = column("Whether it found nothing of the kind.")


@record(
    proof_tables.EvaluationPoint,
    description="One bucket of an evaluation's series; counts as they are, everything else in its unit.",
)
class EvaluationPoint:
    """A bucket."""

    starts_on: date = column("Its first day, in the plan's time zone.")
    phase: proof_tables.PointPhase = column("When it lies, seen from the change.")
    value: float | None = column("What was seen; null where it is missing or nobody answered.")
    weight: float = column("The exposure of a count, the answers behind everything else.")
    expected: float | None = column(
        "What the model expects without the change; null in the ramp-up and where nothing could be fitted."
    )
    comparison_value: float | None = column("What was seen of the comparison; null without one.")
    comparison_weight: float | None = column("The exposure or the answers of that.")


@record(
    proof_tables.EvaluationMetric,
    description="What an evaluation found of a metric beside the primary one; it sets no verdict.",
)
class EvaluationMetric:
    """A further finding."""

    metric_id: str = column("The metric, by its id in the registry.")
    verdict: tables.Verdict = column("What is said of it.")
    reason_code: str | None = column("Why it is inconclusive.")
    effect_scale: tables.EffectScale = column("What estimate and interval are measured in.")
    estimate: float | None = column("The effect; null where no number can be shown.")
    ci_low: float | None = column("The lower end of its interval, at the evaluation's confidence.")
    ci_high: float | None = column("The upper end of its interval, at the evaluation's confidence.")
    p_value: float | None = column("How likely so strong an effect is without any, 0 to 1.")
    survives: bool = column("Whether it survives the correction for many metrics (Benjamini and Hochberg).")
    sample_size: int = column("How many observations it rests on.")
