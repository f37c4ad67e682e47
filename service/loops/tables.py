"""Which tables close the loop? Recoveries, follow-ups, loops of insight and initiative, and huddles."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Field

from service.ground.personal import Sensitivity, personal
from service.ground.tables import (
    SortedText,
    TenantRow,
    VersionedRow,
    belongs_to,
    holds,
    index,
    moment,
    one_of,
    unique,
)
from service.touchpoints.tables import Channel


class RecoveryOrigin(StrEnum):
    """Who saw that a customer needs to be won back."""

    RULE = "RULE"
    AGENT = "AGENT"


class RecoveryTrigger(StrEnum):
    """What calls for a recovery; the last is no rule's business, because it always does."""

    DETRACTOR = "DETRACTOR"
    CSAT_LOW = "CSAT_LOW"
    CES_LOW = "CES_LOW"
    SLA_BREACH = "SLA_BREACH"
    ABANDONMENT = "ABANDONMENT"
    KEYWORD = "KEYWORD"
    FOLLOW_UP_DISPUTED = "FOLLOW_UP_DISPUTED"


class RecoveryStatus(StrEnum):
    """Where a recovery stands."""

    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    IN_PROGRESS = "IN_PROGRESS"
    WAITING_CUSTOMER = "WAITING_CUSTOMER"
    WAITING_INTERNAL = "WAITING_INTERNAL"
    REMEDIED = "REMEDIED"
    REOPENED = "REOPENED"
    RECOVERED = "RECOVERED"
    UNCONFIRMED = "UNCONFIRMED"
    DUPLICATE = "DUPLICATE"
    DISMISSED = "DISMISSED"


class Answer(StrEnum):
    """What a customer said when asked whether it is good now."""

    POSITIVE = "POSITIVE"
    NEGATIVE = "NEGATIVE"


class ActionKind(StrEnum):
    """What was done for a customer."""

    APOLOGY = "APOLOGY"
    FIX = "FIX"
    COMPENSATION = "COMPENSATION"
    EXPLANATION = "EXPLANATION"
    CONTACT_ATTEMPT = "CONTACT_ATTEMPT"


class ActionDecision(StrEnum):
    """Whether what was done for a customer may count."""

    GRANTED = "GRANTED"
    PROPOSED = "PROPOSED"
    REJECTED = "REJECTED"


NEVER_DUE = "'9999-12-31 00:00:00+00'::timestamptz"
"""Stands for the deadline of what has none, where rows are sorted."""


class Recovery(VersionedRow, table=True):
    """The inner loop: one customer for whom something went wrong, until that customer says it is good."""

    __tablename__ = "recovery"
    __table_args__ = (
        unique("feedback_id", "trigger"),
        unique("follow_up_id", "trigger"),
        belongs_to("customer_id", "customer"),
        belongs_to("feedback_id", "feedback"),
        belongs_to("interaction_id", "interaction"),
        belongs_to("touchpoint_event_id", "touchpoint_event"),
        belongs_to("follow_up_id", "follow_up"),
        belongs_to("contact_reason_id", "contact_reason"),
        belongs_to("duplicate_of_id", "recovery"),
        belongs_to("rule_id", "recovery_rule"),
        belongs_to("team_id", "team"),
        one_of("origin", RecoveryOrigin),
        one_of("trigger", RecoveryTrigger),
        one_of("status", RecoveryStatus),
        one_of("answer", Answer),
        holds("severity_in_bounds", "severity BETWEEN 1 AND 5"),
        holds("trigger_is_named", "(origin = 'RULE') = (trigger IS NOT NULL)"),
        holds("rule_has_its_trigger", "rule_id IS NULL OR trigger IS NOT NULL"),
        holds("waiting_is_recorded", "(status = 'WAITING_CUSTOMER') = (waiting_since IS NOT NULL)"),
        holds("answer_is_recorded", "(answer IS NULL) = (answered_at IS NULL)"),
        holds("not_a_duplicate_of_itself", "duplicate_of_id <> id"),
        index("ix_recovery_opened_at", "opened_at", "id"),
        index("ix_recovery_severity", "severity", "id"),
        index("ix_recovery_status", "status", "opened_at", "id"),
        index("ix_recovery_origin", "origin", "opened_at", "id"),
        index("ix_recovery_trigger", "trigger", "opened_at", "id"),
        index("ix_recovery_due_at", text(f"coalesce(due_at, {NEVER_DUE})"), "id"),
        index("ix_recovery_untold", "due_at", "id", where=text("due_at IS DISTINCT FROM told_due_at")),
        index("ix_recovery_rule", "rule_id", "opened_at", "id"),
        index("ix_recovery_team", "team_id", "opened_at", "id"),
        index("ix_recovery_owner", "owner", "opened_at", "id"),
        index("ix_recovery_customer", "customer_id", "opened_at", "id"),
        index("ix_recovery_feedback", "feedback_id", "opened_at", "id"),
        index("ix_recovery_interaction", "interaction_id", "opened_at", "id"),
        index("ix_recovery_touchpoint_event", "touchpoint_event_id", "opened_at", "id"),
        index("ix_recovery_contact_reason", "contact_reason_id", "opened_at", "id"),
        index("ix_recovery_duplicate_of", "duplicate_of_id", "opened_at", "id"),
    )

    customer_id: UUID
    origin: RecoveryOrigin = Field(sa_type=SortedText)
    trigger: RecoveryTrigger | None = Field(default=None, sa_type=SortedText)
    rule_id: UUID | None = None
    feedback_id: UUID | None = None
    interaction_id: UUID | None = None
    touchpoint_event_id: UUID | None = None
    follow_up_id: UUID | None = None
    severity: int
    owner: str | None = Field(default=None, sa_type=SortedText)
    team_id: UUID | None = None
    status: RecoveryStatus = Field(default=RecoveryStatus.OPEN, sa_type=SortedText)
    contact_reason_id: UUID | None = None
    root_cause: str | None = personal(Sensitivity.WORDS, default=None)
    duplicate_of_id: UUID | None = None
    opened_at: datetime = moment()
    acknowledged_at: datetime | None = moment(nullable=True)
    acknowledge_due_at: datetime | None = moment(nullable=True)
    remedied_at: datetime | None = moment(nullable=True)
    remedy_due_at: datetime | None = moment(nullable=True)
    recover_within_seconds: int | None = None
    waiting_since: datetime | None = moment(nullable=True)
    due_at: datetime | None = moment(nullable=True)
    told_due_at: datetime | None = moment(nullable=True)
    answer: Answer | None = Field(default=None, sa_type=SortedText)
    answer_words: str | None = personal(Sensitivity.WORDS, default=None)
    answered_at: datetime | None = moment(nullable=True)
    answer_recorded_by: str | None = None
    closed_at: datetime | None = moment(nullable=True)


class RecoveryAction(TenantRow, table=True):
    """Something that was done for the customer, or is to be once somebody with enough authority approves."""

    __tablename__ = "recovery_action"
    __table_args__ = (
        belongs_to("recovery_id", "recovery", with_parent=True),
        one_of("kind", ActionKind),
        one_of("decision", ActionDecision),
        holds(
            "decision_is_recorded",
            "(decision <> 'PROPOSED' OR decided_at IS NULL) "
            "AND (decision <> 'REJECTED' OR decided_at IS NOT NULL)",
        ),
        holds("decision_has_its_author", "(decided_at IS NULL) = (decided_by IS NULL)"),
        holds("money_has_a_currency", "(amount_minor IS NULL) = (currency IS NULL)"),
        holds("amount_is_positive", "amount_minor > 0"),
        index("ix_recovery_action_recovery", "recovery_id", "taken_at", "id"),
    )

    recovery_id: UUID
    kind: ActionKind = Field(sa_type=SortedText)
    note: str | None = personal(Sensitivity.WORDS, default=None)
    amount_minor: int | None = None
    currency: str | None = Field(default=None, sa_type=SortedText)
    actor: str
    taken_at: datetime = moment()
    decision: ActionDecision = Field(default=ActionDecision.GRANTED, sa_type=SortedText)
    decided_by: str | None = None
    decided_at: datetime | None = moment(nullable=True)
    decision_reason: str | None = personal(Sensitivity.WORDS, default=None)


class FollowUpStatus(StrEnum):
    """Where the telling of one customer about one initiative stands."""

    OWED = "OWED"
    READY = "READY"
    SENT = "SENT"
    CONFIRMED = "CONFIRMED"
    DISPUTED = "DISPUTED"
    NO_REPLY = "NO_REPLY"
    SUPPRESSED = "SUPPRESSED"
    WAIVED = "WAIVED"
    FOLDED = "FOLDED"


class News(StrEnum):
    """What there is to tell a customer who spoke up."""

    CHANGED = "CHANGED"
    DECLINED = "DECLINED"


class Suppression(StrEnum):
    """Why a customer must not be written to."""

    NO_CONSENT = "NO_CONSENT"
    OPTED_OUT = "OPTED_OUT"
    ERASED = "ERASED"


class FollowUp(VersionedRow, table=True):
    """What one customer, whose words moved an initiative, is owed: to be told what came of them.

    There is one for each customer and initiative, and that has to survive merges, which hand the column
    `customer_id` over to the survivor. So the unique pair is not that column's: `recorded_customer_id` keeps
    the customer as recorded when the follow-up was made, points nowhere and is never handed over. After a
    merge one person may hold two follow-ups of an initiative; the further one stays and the other is FOLDED
    into it, keeping in `folded_from` where it stood, so that undoing the merge puts it back there.
    """

    __tablename__ = "follow_up"
    __table_args__ = (
        unique("recorded_customer_id", "initiative_id"),
        belongs_to("customer_id", "customer"),
        belongs_to("initiative_id", "initiative"),
        belongs_to("evidence_id", "evidence"),
        belongs_to("folded_into_id", "follow_up"),
        one_of("status", FollowUpStatus),
        one_of("news", News),
        one_of("channel", Channel),
        one_of("suppressed_because", Suppression),
        one_of("folded_from", FollowUpStatus),
        holds("not_folded_into_itself", "folded_into_id <> id"),
        holds("folding_is_recorded", "(status = 'FOLDED') = (num_nonnulls(folded_into_id, folded_from) = 2)"),
        holds("suppression_has_its_reason", "status <> 'SUPPRESSED' OR suppressed_because IS NOT NULL"),
        index("ix_follow_up_owed_at", "owed_at", "id"),
        index("ix_follow_up_due_at", text(f"coalesce(due_at, {NEVER_DUE})"), "id"),
        index("ix_follow_up_sent_at", "customer_id", "sent_at", "id", where=text("sent_at IS NOT NULL")),
        index("ix_follow_up_status", "status", "owed_at", "id"),
        index("ix_follow_up_customer", "customer_id", "owed_at", "id"),
        index("ix_follow_up_initiative", "initiative_id", "owed_at", "id"),
        index("ix_follow_up_evidence", "evidence_id", "owed_at", "id"),
        index("ix_follow_up_folded_into", "folded_into_id", "owed_at", "id"),
    )

    customer_id: UUID
    recorded_customer_id: UUID
    initiative_id: UUID
    evidence_id: UUID | None = None
    status: FollowUpStatus = Field(default=FollowUpStatus.OWED, sa_type=SortedText)
    news: News | None = Field(default=None, sa_type=SortedText)
    message: str | None = personal(Sensitivity.WORDS, default=None)
    channel: Channel | None = Field(default=None, sa_type=SortedText)
    owed_at: datetime = moment()
    due_at: datetime | None = moment(nullable=True)
    sent_at: datetime | None = moment(nullable=True)
    sent_by: str | None = None
    answered_at: datetime | None = moment(nullable=True)
    answer_words: str | None = personal(Sensitivity.WORDS, default=None)
    answer_recorded_by: str | None = None
    suppressed_because: Suppression | None = Field(default=None, sa_type=SortedText)
    waived_by: str | None = None
    waived_because: str | None = personal(Sensitivity.WORDS, default=None)
    folded_into_id: UUID | None = None
    folded_from: FollowUpStatus | None = Field(default=None, sa_type=SortedText)


class LoopStatus(StrEnum):
    """Whether a feedback loop is closed."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class FeedbackLoop(VersionedRow, table=True):
    """The outer loop: one insight and the initiative that is to remove its cause, until everybody is told."""

    __tablename__ = "feedback_loop"
    __table_args__ = (
        unique("insight_id", "initiative_id"),
        belongs_to("insight_id", "insight"),
        belongs_to("initiative_id", "initiative"),
        one_of("status", LoopStatus),
        holds("closing_is_recorded", "(status = 'CLOSED') = (closed_at IS NOT NULL)"),
        index("ix_feedback_loop_opened_at", "opened_at", "id"),
        index("ix_feedback_loop_status", "status", "opened_at", "id"),
        index("ix_feedback_loop_insight", "insight_id", "opened_at", "id"),
        index("ix_feedback_loop_initiative", "initiative_id", "opened_at", "id"),
    )

    insight_id: UUID
    initiative_id: UUID
    name: str | None = None
    owner: str | None = Field(default=None, sa_type=SortedText)
    status: LoopStatus = Field(default=LoopStatus.OPEN, sa_type=SortedText)
    opened_at: datetime = moment()
    opened_by: str
    closed_at: datetime | None = moment(nullable=True)
    closed_by: str | None = None
    close_reason: str | None = None
    closed_despite: str | None = None


class HuddleDecisionKind(StrEnum):
    """What a team decided about something it looked at."""

    FIX_LOCALLY = "FIX_LOCALLY"
    ELEVATE = "ELEVATE"
    COACH = "COACH"
    NO_ACTION = "NO_ACTION"


class Huddle(TenantRow, table=True):
    """A team's regular look at what its customers said; never changed afterwards."""

    __tablename__ = "huddle"
    __table_args__ = (
        belongs_to("team_id", "team"),
        index("ix_huddle_held_at", "held_at", "id"),
        index("ix_huddle_team", "team_id", "held_at", "id"),
    )

    team_id: UUID
    held_at: datetime = moment()
    attendees: str | None = None
    notes: str | None = None
    recorded_by: str


class HuddleDecision(TenantRow, table=True):
    """One decision of a huddle."""

    __tablename__ = "huddle_decision"
    __table_args__ = (
        belongs_to("huddle_id", "huddle", with_parent=True),
        belongs_to("elevation_id", "elevation"),
        one_of("kind", HuddleDecisionKind),
        holds("only_elevating_names_an_elevation", "elevation_id IS NULL OR kind = 'ELEVATE'"),
        index("ix_huddle_decision_huddle", "huddle_id", "position", "id"),
        index("ix_huddle_decision_elevation", "elevation_id", "id"),
    )

    huddle_id: UUID
    position: int
    kind: HuddleDecisionKind = Field(sa_type=SortedText)
    note: str
    elevation_id: UUID | None = None
