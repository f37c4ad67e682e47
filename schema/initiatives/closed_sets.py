"""What do the states, verdicts and choices of initiatives mean to a client?"""

from schema.ground.fields import closed_set
from service.initiatives import proof_tables, tables
from service.initiatives.proof.guards import ProofReason

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
    tables.LooksEnded,
    "Why an effect is not looked at again.",
    JUDGED="There is a verdict.",
    TIME_CANNOT_HELP="The reason stays, however long one waits. The sponsor may override the verdict.",
    BASELINE_TOO_SHORT="A longer window would outlast the baseline, and no trend is carried on that far. The "
    "sponsor may override the verdict.",
    LAST_LOOK="Three looks have not told, and more would be fooled too often. The sponsor may override the "
    "verdict.",
    SETTLED="Its sponsor had overridden the verdict, or the initiative was closed.",
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
    tables.Population,
    "Whose signals are counted where the change is made.",
    EVERYBODY="Everybody's.",
    COHORT="Those of the customers whose words led to it; they complained, so they will do so less anyway.",
)
closed_set(
    tables.Exposure,
    "What the number of contacts is seen in proportion to.",
    TIME="Time: contacts a bucket.",
    CUSTOMERS="The customers known by the end of the bucket.",
    TOUCHPOINT_EVENTS="What happened at the treated touchpoints in the bucket.",
)
closed_set(
    tables.EffectScale,
    "What an effect is measured in.",
    RELATIVE="As a part of what it was: -0.3 is 30 % less.",
    METRIC_UNIT="In the metric's unit.",
)
closed_set(
    tables.ProofMethod,
    "How an effect was computed.",
    INTERRUPTED_SERIES="The step of a series at the change, beside its trend and season.",
    RANDOMISED_ARMS="The difference of two arms that chance made, after the start.",
)
closed_set(
    tables.ComparisonKind,
    "Whom the change is compared with.",
    RANDOMISED="With customers whom chance left out.",
    STAGED_ROLLOUT="With customers who get it later.",
    COMPARISON_GROUP="With customers, reasons or places like those that get it.",
    NONE="With nobody: only the time before.",
)
closed_set(
    proof_tables.PointPhase,
    "When a bucket lies, seen from the change.",
    BEFORE="In the baseline.",
    RAMP_UP="Between the baseline and the end of the ramp-up; it counts for nothing.",
    AFTER="After the change.",
)
closed_set(
    ProofReason,
    "Why a verdict is inconclusive.",
    TOO_FEW_PERIODS="Fewer than 24 buckets before the change, or fewer than 8 after it.",
    TOO_FEW_EVENTS="Too few contacts or answers to tell anything.",
    DATA_GAP="Buckets are missing, or the source or the metric's definition is younger than the series.",
    CONFOUNDED="Another initiative changed the same thing in the same days.",
    BEFORE_AFTER_ONLY="There is a number before and one after, and no series.",
    CONTROL_NOT_PARALLEL="What it is compared with went another way already before the change.",
    CONTROL_DISAGREES="Beside the comparison the effect points the other way.",
    PLACEBO_RANK="Dates without any change look as strong too often.",
    MANY_METRICS="Among so many metrics, one like this is expected by chance.",
    BELOW_THRESHOLD="There is an effect, but it may be smaller than what matters.",
    WIDE_INTERVAL="The interval is too wide to say anything.",
    NO_FIT="The model cannot be fitted.",
)
