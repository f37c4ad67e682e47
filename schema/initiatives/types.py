"""How do initiatives look to a client? Changes, their reports, their plans and what came of them."""

from datetime import date, datetime

from schema.ground.connections import Connection
from schema.ground.fields import closed_set, column, connection, entity, one
from schema.ground.roots import Node
from schema.ground.transitions import AllowedTransition, StateChange, allowed_transitions, history
from schema.insights.types import Insight
from schema.touchpoints.types import Touchpoint
from service.initiatives import machine, reads, tables

closed_set(
    tables.InitiativeStatus,
    "How far an initiative has come.",
    PROPOSED="Somebody wants it.",
    APPROVED="Its sponsor, who is not its owner, stands behind it.",
    PLANNED="Its measurement plan is locked: it is settled how its effect will be judged.",
    ACTIVE="It is being worked on.",
    PAUSED="Work rests for now.",
    SHIPPED="The change is in effect.",
    OBSERVING="Its effect is being watched.",
    IMPROVED="Things have become better, by as much as the plan asked for.",
    NO_CHANGE="Things have stayed as they were, within the plan's threshold.",
    WORSENED="Things have become worse.",
    INCONCLUSIVE="It cannot be told; the reason says why.",
    CLOSED="Judged, and what was learned is written down.",
    CANCELLED="Given up before it shipped.",
)
closed_set(
    tables.InitiativeHealth,
    "How those who do it see the work going.",
    ON_TRACK="As planned.",
    AT_RISK="It may not go as planned.",
    OFF_TRACK="It does not go as planned.",
)
closed_set(
    tables.Verdict,
    "What an evaluation says of a change.",
    IMPROVED="The interval of the effect excludes 0 on the good side, and the effect matters.",
    NO_CHANGE="The interval of the effect lies within the threshold that matters, on both sides.",
    WORSENED="The interval of the effect excludes 0 on the bad side.",
    INCONCLUSIVE="None of these can be said; the reason code says why.",
)
closed_set(
    tables.EvidenceGrade,
    "How strong the method behind a verdict is.",
    A="Chance decided who got the change.",
    B="A time series that a comparison group confirms.",
    C="A time series alone: the effect is associated with the change.",
    D="A bare before and after; it never shows an improvement.",
)
closed_set(
    tables.WantedDirection,
    "Which way the primary metric should move.",
    INCREASE="Up.",
    DECREASE="Down.",
)
closed_set(
    tables.PlanBucket,
    "The span of time that gives one value of the series.",
    DAY="A day.",
    WEEK="A week, from Monday.",
    MONTH="A month.",
)
closed_set(
    tables.ComparisonKind,
    "Whom the change is compared with.",
    RANDOMISED="With customers whom chance left out.",
    STAGED_ROLLOUT="With customers who get it later.",
    COMPARISON_GROUP="With customers, reasons or places like those that get it.",
    NONE="With nobody: only the time before.",
)


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
    practical_threshold: float = column("The smallest effect that matters, in the metric's unit.")
    minimum_sample: int | None = column("With fewer observations than this there is no verdict.")
    baseline_start: datetime = column("From when on the time before counts.")
    baseline_end: datetime = column("Until when the time before counts.")
    starts_at: datetime = column("When the change is to come into effect.")
    ramp_up_days: int = column("How many days after that count for nothing.")
    evaluation_end: datetime = column("When the effect is judged; not before.")
    comparison_kind: tables.ComparisonKind = column("Whom the change is compared with.")
    comparison: str | None = column("Who that is, in words.")
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
    estimate: float | None = column("The effect, in the plan's metric; null where no number can be shown.")
    ci_low: float | None = column("The lower end of its 95 % interval.")
    ci_high: float | None = column("The upper end of its 95 % interval.")
    sample_size: int = column("How many observations it rests on.")
    evidence_grade: tables.EvidenceGrade = column("How strong its method is.")
    is_final: bool = column("Whether it sets the verdict; before the plan's end none does.")
    annotation: str | None = column("What a person notes beside it.")
    annotated_by: str | None = column("Who noted it.")
