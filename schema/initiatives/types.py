"""How do initiatives look to a client? Changes, their reports, their plans and what came of them."""

from datetime import date, datetime

from schema.customers.types import Customer
from schema.ground.connections import Connection
from schema.ground.fields import column, connection, entity, listed, one
from schema.ground.roots import Node
from schema.ground.transitions import AllowedTransition, StateChange, allowed_transitions, history
from schema.initiatives.proofs import EvaluationMetric, EvaluationPoint, PlanMetric, PlanScope, ProofGuard
from schema.insights.types import Insight
from schema.touchpoints.types import Touchpoint
from service.initiatives import machine, proof_reads, reads, tables


@entity(reads.INITIATIVE, description="A funded change that is to make an experience better.")
class Initiative(Node):
    """An initiative."""

    name: str = column("Its name.")
    hypothesis: str | None = column("What it is expected to do, and why.")
    owner: str = column("The person or function that does it.")
    sponsor: str | None = column("Who stands behind it; someone else than the owner once it is approved.")
    status: tables.InitiativeStatus = column("How far it has come.")
    health: tables.InitiativeHealth = column("How the work goes, as last reported.")
    cost_minor: int | None = column("What it costs, in the currency's smallest unit.")
    currency: str | None = column("The currency of the cost, as ISO 4217 writes it.")
    goal: str | None = column("The outcome it serves.")
    target_metric: str | None = column("The metric it is to move, by its id in the registry.")
    planned_start: date | None = column("The day the work is planned to begin.")
    planned_end: date | None = column("The day the work is planned to end.")
    approved_by: str | None = column("Who recorded the approval.")
    approved_at: datetime | None = column("When it was approved.")
    started_at: datetime | None = column("When the work began.")
    untold_count: int = column(
        "How many customers whose words led to it are still to be told, or to be heard once more."
    )
    plan_locked_at: datetime | None = column("When its measurement plan was locked.")
    shipped_at: datetime | None = column("When the change came into effect.")
    shipped_scope: str | None = column("For whom the change came into effect.")
    change_reference: str | None = column("What names the change elsewhere, such as a release.")
    verdict: tables.Verdict | None = column("The verdict that stands; null before there is one.")
    verdict_reason: str | None = column("The reason code of the computed verdict.")
    next_evaluation_at: datetime | None = column(
        "When an effect that is inconclusive so far is evaluated again; null where it is judged for good."
    )
    overridden_by: str | None = column(
        "The sponsor who overrode the computed verdict; null where nobody did."
    )
    override_reason: str | None = column("Why the sponsor did.")
    overridden_at: datetime | None = column("When the sponsor did.")
    learning_note: str | None = column("What was learned.")
    version: int = column("Counts the changes of this initiative, from 1.")
    created_at: datetime = column("When it was proposed.")
    updated_at: datetime = column("When it last changed.")
    insights: Connection[Insight] = connection(
        "The insights it answers, linked last first.", reads.insights_of_initiative
    )
    touchpoints: Connection[Touchpoint] = connection(
        "The touchpoints it changes, linked last first.", reads.touchpoints_of_initiative
    )
    updates: Connection["InitiativeUpdate"] = connection(
        "The reports of how the work goes, latest first.", reads.updates_of_initiative
    )
    plan: "MeasurementPlan | None" = one("How its effect will be judged.", reads.plan_of_initiative)
    evaluations: Connection["ImpactEvaluation"] = connection(
        "What was computed of its effect, latest first.", reads.evaluations_of_initiative
    )
    allowed_transitions: list[AllowedTransition] = allowed_transitions(machine.INITIATIVE)
    history: list[StateChange] = history()


@entity(reads.INITIATIVE_UPDATE, description="A dated report of how the work goes; never changed afterwards.")
class InitiativeUpdate(Node):
    """A report."""

    initiative: Initiative = one("The initiative it is about.", reads.initiative_of_update)
    health: tables.InitiativeHealth = column("How the work goes.")
    note: str = column("What there is to say.")
    author: str = column("Who says it.")
    reported_at: datetime = column("Of when it is.")


@entity(
    reads.MEASUREMENT_PLAN,
    description="How an effect will be judged; once locked it never changes.",
)
class MeasurementPlan(Node):
    """A plan."""

    initiative: Initiative = one("The initiative it is for.", reads.initiative_of_plan)
    metric_id: str = column("The one metric that sets the verdict, by its id in the registry.")
    metric_version: int = column("The version of that metric's definition.")
    direction: tables.WantedDirection = column("Which way the metric should move.")
    bucket: tables.PlanBucket = column("The span of time that gives one value of the series.")
    practical_threshold: float = column("The smallest effect that matters, on the threshold's scale.")
    threshold_scale: tables.EffectScale = column("What the practical threshold is measured in.")
    minimum_sample: int | None = column("With fewer observations than this there is no verdict.")
    baseline_start: datetime = column("From when on the time before counts.")
    baseline_end: datetime = column("Until when the time before counts.")
    starts_at: datetime = column("When the change is to come into effect.")
    ramp_up_days: int = column("How many days after that count for nothing.")
    evaluation_end: datetime = column("When the effect is judged; not before.")
    comparison_kind: tables.ComparisonKind = column("Whom the change is compared with.")
    comparison: str | None = column("Who that is, in words.")
    time_zone: str = column("The IANA time zone in which its days, weeks and months begin.")
    population: tables.Population = column("Whose signals are counted where the change is made.")
    exposure: tables.Exposure = column("What the number of contacts is seen in proportion to.")
    treated: list[PlanScope] = listed(
        "What gets the change; empty in a draft: what the initiative is about; empty in a locked one: all.",
        proof_reads.treated_of_plan,
    )
    compared: list[PlanScope] = listed(
        "What it is compared with; empty for everything that is not treated.", proof_reads.compared_of_plan
    )
    secondary_metrics: list[PlanMetric] = listed(
        "The metrics that are looked at beside the primary one; they set no verdict.",
        proof_reads.metrics_of_plan,
    )
    detectable_effect: float | None = column(
        "The smallest effect that would be found in 80 % of such windows, foreseen when it was last drafted "
        "or locked: a share (0.3 is 30 %) of counts and durations, else in the metric's unit; null where "
        "nothing can be said."
    )
    detectable_windows: int | None = column(
        "How many stretches of its own past that was tried on; 0 where it follows from the model alone."
    )
    baseline_periods: int | None = column("How many whole buckets lay in the baseline then.")
    baseline_sample: int | None = column("How many contacts or answers lay in them.")
    foreseen_at: datetime | None = column("When this was foreseen.")
    guards: list[ProofGuard] = listed(
        "Which guards would let a verdict pass, if things went on as before.", proof_reads.guards_of_plan
    )
    cohort: Connection[Customer] = connection(
        "The customers whose signals led to the initiative, as frozen when it was locked; newest first.",
        proof_reads.cohort_of_plan,
    )
    locked_at: datetime | None = column("When it was locked; null while it is a draft.")
    locked_by: str | None = column("Who locked it.")
    locked_in_time: bool = column(
        "Whether it was locked before the change was to start: then it cannot be fitted to the outcome.",
        reads.locked_in_time,
    )
    cohort_size: int | None = column("How many customers' signals led to the initiative when it was locked.")
    cohort_members_known: int = column(
        "How many different customers of the cohort are known now: fewer after erasures and merges.",
        reads.members_left,
    )
    version: int = column("Counts the changes of this plan, from 1.")
    created_at: datetime = column("When it was first drafted.")
    updated_at: datetime = column("When it last changed.")


@entity(
    reads.IMPACT_EVALUATION,
    description="One computation of an initiative's effect; later ones leave it alone.",
)
class ImpactEvaluation(Node):
    """An evaluation."""

    initiative: Initiative = one("The initiative it is of.", reads.initiative_of_evaluation)
    edition: int = column("Counts the evaluations of this initiative, from 1.")
    computed_at: datetime = column("When it was computed.")
    verdict: tables.Verdict = column("What it says.")
    reason_code: str | None = column("Why it is inconclusive.")
    estimate: float | None = column("The effect on the effect's scale; null where no number can be shown.")
    ci_low: float | None = column("The lower end of its interval.")
    ci_high: float | None = column("The upper end of its interval.")
    confidence: float = column(
        "The level of all its intervals: 0.95 at the first look, 0.975 at the second, 0.9875 at the third."
    )
    sample_size: int = column("How many observations it rests on.")
    evidence_grade: tables.EvidenceGrade = column("How strong its method is.")
    is_final: bool = column("Whether it sets the verdict; before the plan's end none does.")
    look: int = column(
        "Which look it belongs to, from 1 to 3; each counts a longer window and asks for a stricter level."
    )
    next_evaluation_at: datetime | None = column(
        "When it left the next look to be due; null where there was to be none."
    )
    looks_ended: tables.LooksEnded | None = column("Why none was to be; null where there was one.")
    metric_id: str | None = column("The metric it judges by, by its id in the registry; null where unknown.")
    method: tables.ProofMethod | None = column("How it was computed.")
    effect_scale: tables.EffectScale | None = column("What estimate, interval and threshold are measured in.")
    threshold: float | None = column("The smallest effect that matters, on the effect's scale.")
    p_value: float | None = column("How likely so strong an effect is without any, 0 to 1.")
    dispersion: float | None = column(
        "How much more the buckets vary than chance, 1 or more for counts; the variance of one answer else."
    )
    autocorrelation: float | None = column("How much neighbouring buckets resemble each other, 0 to 0.8.")
    comparison_estimate: float | None = column("The effect seen beside the comparison; null without one.")
    comparison_ci_low: float | None = column("The lower end of its interval.")
    comparison_ci_high: float | None = column("The upper end of its interval.")
    placebos_tried: int | None = column("How many dates before the change were tried as if it were theirs.")
    placebos_as_strong: int | None = column("At how many of them the effect was at least as strong.")
    periods_before: int | None = column("How many buckets before the change it rests on.")
    periods_after: int | None = column("How many buckets after the change it rests on.")
    counted_from: date | None = column("The first day of the baseline.")
    baseline_until: date | None = column("The first day that is not in the baseline any more.")
    resumed_at: date | None = column("The first day after the change and its ramp-up.")
    counted_until: date | None = column("The first day that does not count any more.")
    inputs_digest: str | None = column("Names everything it was computed from: equal inputs, equal name.")
    points: list[EvaluationPoint] = listed(
        "Every bucket as it was seen then, with what was expected without the change, earliest first.",
        proof_reads.points_of_evaluation,
    )
    secondary_metrics: list[EvaluationMetric] = listed(
        "What was found of the metrics beside the primary one.", proof_reads.metrics_of_evaluation
    )
    guards: list[ProofGuard] = listed("Which guards let a verdict pass.", proof_reads.guards_of_evaluation)
    overlapping: list[Initiative] = listed(
        "Other initiatives that changed the same thing in the same days.",
        proof_reads.overlapping_of_evaluation,
    )
    annotation: str | None = column("What a person notes beside it.")
    annotated_by: str | None = column("Who noted it.")
