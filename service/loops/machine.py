"""Which steps can recoveries, follow-ups and loops take? As machines, with what each step needs."""

from enum import StrEnum

from sqlalchemy import FromClause, and_, func, literal_column, not_, select, true

from service.ground.machine import Machine, Requirement, Step
from service.ground.reads import Condition, Expression, among, exists_in
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.initiatives.tables import ImpactEvaluation, Initiative, MeasurementPlan
from service.insights.tables import Evidence
from service.loops.gates import MAY_BE_TOLD
from service.loops.tables import (
    ActionDecision,
    ActionKind,
    Answer,
    FeedbackLoop,
    FollowUp,
    FollowUpStatus,
    LoopStatus,
    Recovery,
    RecoveryAction,
    RecoveryStatus,
)

REMEDIES = (ActionKind.APOLOGY, ActionKind.FIX, ActionKind.COMPENSATION, ActionKind.EXPLANATION)
"""The actions that may put something right; trying to reach the customer does not yet."""


def _is_given(_row: FromClause) -> Condition:
    """Hold for every row: the write itself refuses a request that lacks it."""
    return true()


def _has_remedy(row: FromClause) -> Condition:
    return exists_in(
        RecoveryAction,
        lambda act: and_(
            act.c.recovery_id == row.c.id,
            among(act.c.kind, REMEDIES),
            act.c.decision == literal_column(f"'{ActionDecision.GRANTED}'"),
        ),
    )


HAS_REASON = Requirement(
    "CONTACT_REASON", "The contact reason is named.", lambda row: row.c.contact_reason_id.is_not(None)
)
HAS_ROOT_CAUSE = Requirement(
    "ROOT_CAUSE", "The root cause is named.", lambda row: row.c.root_cause.is_not(None)
)
HAS_REMEDY = Requirement(
    "ACTION", "At least one apology, fix, compensation or explanation is recorded.", _has_remedy
)
SAID_YES = Requirement(
    "POSITIVE_ANSWER",
    "The customer's own positive answer is recorded; silence never counts as one.",
    lambda row: row.c.answer == Answer.POSITIVE,
)
WHY = Requirement("REASON", "A reason is given with the step.", _is_given)
TARGET = Requirement("DUPLICATE_OF", "The recovery it is a duplicate of is given with the step.", _is_given)

EVALUATED_AGAIN = "The effect is inconclusive so far; it is evaluated again on %s."
"""What a loop that cannot close is told of the next look."""

CLOSED_STATES = (
    RecoveryStatus.RECOVERED,
    RecoveryStatus.UNCONFIRMED,
    RecoveryStatus.DUPLICATE,
    RecoveryStatus.DISMISSED,
)
"""Where nothing is left to be done for a recovery."""

REOPENABLE = (RecoveryStatus.REMEDIED, RecoveryStatus.UNCONFIRMED, RecoveryStatus.RECOVERED)
"""Where it may turn out that the remedy did not help."""

UNDER_WAY = (
    RecoveryStatus.OPEN,
    RecoveryStatus.ACKNOWLEDGED,
    RecoveryStatus.IN_PROGRESS,
    RecoveryStatus.WAITING_CUSTOMER,
    RecoveryStatus.WAITING_INTERNAL,
    RecoveryStatus.REMEDIED,
    RecoveryStatus.REOPENED,
)
"""Where a recovery still has to be dealt with."""

TO_BE_REMEDIED = (
    RecoveryStatus.ACKNOWLEDGED,
    RecoveryStatus.IN_PROGRESS,
    RecoveryStatus.WAITING_INTERNAL,
    RecoveryStatus.REOPENED,
)
"""Where the time for a remedy is running; while the customer's turn lasts, it stands still."""

RECOVERIES = Machine(
    Recovery,
    (
        Step(RecoveryStatus.OPEN, RecoveryStatus.ACKNOWLEDGED),
        Step(RecoveryStatus.ACKNOWLEDGED, RecoveryStatus.IN_PROGRESS),
        Step(RecoveryStatus.IN_PROGRESS, RecoveryStatus.WAITING_CUSTOMER),
        Step(RecoveryStatus.IN_PROGRESS, RecoveryStatus.WAITING_INTERNAL),
        Step(RecoveryStatus.WAITING_CUSTOMER, RecoveryStatus.IN_PROGRESS),
        Step(RecoveryStatus.WAITING_INTERNAL, RecoveryStatus.IN_PROGRESS),
        Step(RecoveryStatus.REOPENED, RecoveryStatus.IN_PROGRESS),
        Step(RecoveryStatus.IN_PROGRESS, RecoveryStatus.REMEDIED, (HAS_REASON, HAS_ROOT_CAUSE, HAS_REMEDY)),
        Step(RecoveryStatus.REMEDIED, RecoveryStatus.RECOVERED, (SAID_YES,)),
        Step(RecoveryStatus.UNCONFIRMED, RecoveryStatus.RECOVERED, (SAID_YES,)),
        Step(RecoveryStatus.REMEDIED, RecoveryStatus.UNCONFIRMED, (WHY,)),
        *(Step(source, RecoveryStatus.REOPENED, (WHY,)) for source in REOPENABLE),
        *(Step(source, RecoveryStatus.DUPLICATE, (TARGET,)) for source in UNDER_WAY),
        *(Step(source, RecoveryStatus.DISMISSED, (WHY,)) for source in UNDER_WAY),
    ),
)

UNTOLD = (FollowUpStatus.OWED, FollowUpStatus.READY)
"""Where the customer has not been told yet."""

TOLD = (FollowUpStatus.SENT, FollowUpStatus.CONFIRMED, FollowUpStatus.DISPUTED, FollowUpStatus.NO_REPLY)
"""Where the customer has been told."""

SETTLED = (
    FollowUpStatus.CONFIRMED,
    FollowUpStatus.DISPUTED,
    FollowUpStatus.NO_REPLY,
    FollowUpStatus.SUPPRESSED,
    FollowUpStatus.WAIVED,
    FollowUpStatus.FOLDED,
)
"""Where nothing is left to be done for the follow-up."""

_FOLDED = FollowUpStatus.FOLDED

FOLLOW_UPS = Machine(
    FollowUp,
    (
        Step(FollowUpStatus.OWED, FollowUpStatus.READY, by_system=True),
        Step(FollowUpStatus.READY, FollowUpStatus.SENT, MAY_BE_TOLD),
        Step(FollowUpStatus.SENT, FollowUpStatus.CONFIRMED),
        Step(FollowUpStatus.SENT, FollowUpStatus.DISPUTED),
        Step(FollowUpStatus.SENT, FollowUpStatus.NO_REPLY),
        Step(FollowUpStatus.NO_REPLY, FollowUpStatus.CONFIRMED),
        Step(FollowUpStatus.NO_REPLY, FollowUpStatus.DISPUTED),
        *(Step(source, FollowUpStatus.SUPPRESSED) for source in UNTOLD),
        *(Step(source, FollowUpStatus.WAIVED, (WHY,)) for source in UNTOLD),
        *(
            Step(source, FollowUpStatus.FOLDED, by_system=True)
            for source in FollowUpStatus
            if source != _FOLDED
        ),
        *(Step(_FOLDED, target, by_system=True) for target in FollowUpStatus if target != _FOLDED),
    ),
)


def is_of_loop(follow_up: FromClause, loop: FromClause) -> Condition:
    """Tell whether a follow-up is owed because of a loop: its customer backs the loop's insight.

    Evidence that was unlinked later counts as well: somebody has to waive what was owed, and say why.
    """
    return and_(
        follow_up.c.initiative_id == loop.c.initiative_id,
        exists_in(
            Evidence,
            lambda one: and_(
                one.c.insight_id == loop.c.insight_id, one.c.customer_id == follow_up.c.customer_id
            ),
        ),
    )


def _has_shipped(loop: FromClause) -> Condition:
    return exists_in(
        Initiative, lambda one: and_(one.c.id == loop.c.initiative_id, one.c.shipped_at.is_not(None))
    )


def _is_evaluated(loop: FromClause) -> Condition:
    """Tell whether an evaluation stands that no further look is to follow."""
    final = exists_in(
        ImpactEvaluation, lambda one: and_(one.c.initiative_id == loop.c.initiative_id, one.c.is_final)
    )
    return and_(
        final,
        exists_in(
            Initiative, lambda one: and_(one.c.id == loop.c.initiative_id, one.c.next_evaluation_at.is_(None))
        ),
    )


def _when_evaluated_again(loop: FromClause) -> Expression:
    """Return a sentence with the day, in the plan's time zone, of the next look; null where there is none."""
    initiative, plan = table_of(Initiative).alias(), table_of(MeasurementPlan).alias()
    day = func.to_char(
        func.timezone(plan.c.time_zone, initiative.c.next_evaluation_at), literal_column("'YYYY-MM-DD'")
    )
    sentence = func.format(literal_column(f"'{EVALUATED_AGAIN}'"), day)
    return (
        select(sentence)
        .join_from(initiative, plan, plan.c.initiative_id == initiative.c.id)
        .where(initiative.c.tenant_id == TENANT, plan.c.tenant_id == TENANT)
        .where(initiative.c.id == loop.c.initiative_id, initiative.c.next_evaluation_at.is_not(None))
        .correlate_except(initiative, plan)
        .scalar_subquery()
    )


def _has_told_everybody(loop: FromClause) -> Condition:
    return not_(exists_in(FollowUp, lambda one: and_(is_of_loop(one, loop), ~among(one.c.status, SETTLED))))


CLOSING = (
    Requirement("SHIPPED", "The initiative has shipped.", _has_shipped),
    Requirement(
        "EVALUATED",
        "The evaluation of the initiative's effect is final.",
        _is_evaluated,
        _when_evaluated_again,
    ),
    Requirement(
        "TOLD",
        "Every follow-up of the loop is settled: confirmed, disputed, without reply, suppressed or waived.",
        _has_told_everybody,
    ),
)
"""What has to be true before a loop closes by itself; a sponsor may close it without, by giving a reason."""

LOOPS = Machine(FeedbackLoop, (Step(LoopStatus.OPEN, LoopStatus.CLOSED, CLOSING),))


def needs(machine: Machine, target: StrEnum, requirement: Requirement) -> bool:
    """Tell whether the steps to a state need this."""
    return any(step.target == target and requirement in step.requires for step in machine.steps)
