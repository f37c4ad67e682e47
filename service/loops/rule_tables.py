"""Which tables say how customers are won back and told? Rules, terms, authority, and links for replies."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field

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
from service.loops.tables import RecoveryTrigger
from service.touchpoints.tables import Channel


class RuleStatus(StrEnum):
    """Whether an edition of a rule opens recoveries."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"


class RecoveryRule(VersionedRow, table=True):
    """One edition of a rule that opens recoveries; what it says never changes, a new edition says it anew.

    Conditions that are null hold for every signal. `keywords` holds one word or phrase a line. `worst_part`
    is the share of the scale, from its bad end, in which an answer lies; null is the usual one. Its times run
    in the open hours of its calendar; without one, by that of the tenant's terms.
    """

    __tablename__ = "recovery_rule"
    __table_args__ = (
        unique("key", "edition"),
        belongs_to("survey_id", "survey"),
        belongs_to("touchpoint_id", "touchpoint"),
        belongs_to("contact_reason_id", "contact_reason"),
        belongs_to("segment_id", "segment"),
        belongs_to("team_id", "team"),
        belongs_to("business_calendar_id", "business_calendar"),
        one_of("status", RuleStatus),
        one_of("trigger", RecoveryTrigger),
        one_of("channel", Channel),
        holds("edition", "edition >= 1"),
        holds("severity_in_bounds", "severity BETWEEN 1 AND 5"),
        holds("worst_part_is_a_share", "worst_part > 0 AND worst_part <= 1"),
        holds("keywords_are_for_words", "(trigger = 'KEYWORD') = (keywords IS NOT NULL)"),
        holds("times_are_positive", "acknowledge_within_seconds > 0 AND recover_within_seconds > 0"),
        holds("quiet_days_count", "quiet_days >= 0"),
        index("ix_recovery_rule_place", "place", "id"),
        index("ix_recovery_rule_status", "status", "place", "id"),
        index("ix_recovery_rule_survey", "survey_id", "id"),
        index("ix_recovery_rule_touchpoint", "touchpoint_id", "id"),
        index("ix_recovery_rule_contact_reason", "contact_reason_id", "id"),
        index("ix_recovery_rule_segment", "segment_id", "id"),
        index("ix_recovery_rule_team", "team_id", "id"),
        index("ix_recovery_rule_calendar", "business_calendar_id", "id"),
        index("ix_recovery_rule_trigger", "trigger", "place", "id"),
    )

    key: str = Field(sa_type=SortedText)
    edition: int
    name: str
    status: RuleStatus = Field(default=RuleStatus.DRAFT, sa_type=SortedText)
    trigger: RecoveryTrigger = Field(sa_type=SortedText)
    place: int
    worst_part: float | None = None
    survey_id: UUID | None = None
    touchpoint_id: UUID | None = None
    contact_reason_id: UUID | None = None
    segment_id: UUID | None = None
    channel: Channel | None = Field(default=None, sa_type=SortedText)
    keywords: str | None = None
    severity: int | None = None
    owner: str | None = None
    team_id: UUID | None = None
    business_calendar_id: UUID | None = None
    acknowledge_within_seconds: int | None = None
    recover_within_seconds: int | None = None
    quiet_days: int = 0
    activated_at: datetime | None = moment(nullable=True)
    retired_at: datetime | None = moment(nullable=True)


class ConsentBasis(StrEnum):
    """Whether customers are told unless they objected, or only where they agreed."""

    OPT_OUT = "OPT_OUT"
    OPT_IN = "OPT_IN"


class LoopPolicy(TenantRow, table=True):
    """One edition of the terms on which a tenant closes its loops; the latest counts, none ever changes.

    Recoveries whose rule names no calendar, and those that no rule opened, are due by this one's open hours;
    without it in plain hours.
    """

    __tablename__ = "loop_policy"
    __table_args__ = (
        unique("edition"),
        belongs_to("business_calendar_id", "business_calendar"),
        index("ix_loop_policy_calendar", "business_calendar_id", "id"),
        one_of("consent_basis", ConsentBasis),
        holds("times_are_positive", "acknowledge_within_seconds > 0 AND recover_within_seconds > 0"),
        holds(
            "windows_are_positive",
            "answer_window_days > 0 AND same_reason_days > 0 AND reply_window_days > 0 "
            "AND tell_within_days > 0",
        ),
        holds("quiet_days_count", "quiet_days >= 0"),
    )

    edition: int
    acknowledge_within_seconds: int
    recover_within_seconds: int
    answer_window_days: int
    same_reason_days: int
    reply_window_days: int
    tell_within_days: int
    quiet_days: int
    consent_basis: ConsentBasis = Field(sa_type=SortedText)
    business_calendar_id: UUID | None = None
    set_by: str
    set_at: datetime = moment()


class HolderKind(StrEnum):
    """To whom an authority limit is given."""

    AGENT = "AGENT"
    ROLE = "ROLE"


class AuthorityLimit(VersionedRow, table=True):
    """How much one agent, or everybody in a role, may grant one customer for one recovery."""

    __tablename__ = "authority_limit"
    __table_args__ = (
        unique("currency", "holder_kind", "holder"),
        one_of("holder_kind", HolderKind),
        holds("limit_is_no_debt", "amount_minor >= 0"),
        holds("currency_code", "currency ~ '^[A-Z]{3}$'"),
        index("ix_authority_limit_holder", "holder", "id"),
    )

    holder_kind: HolderKind = Field(sa_type=SortedText)
    holder: str = Field(sa_type=SortedText)
    currency: str = Field(sa_type=SortedText)
    amount_minor: int


class ReplyLink(TenantRow, table=True):
    """A signed link by which one customer answers one question, once and without signing in.

    It asks about the remedy of `remedied_at`: a later remedy asks anew, by a link of its own.
    """

    __tablename__ = "reply_link"
    __table_args__ = (
        belongs_to("customer_id", "customer"),
        belongs_to("recovery_id", "recovery"),
        belongs_to("follow_up_id", "follow_up"),
        one_of("channel", Channel),
        holds("asks_one_question", "num_nonnulls(recovery_id, follow_up_id) = 1"),
        holds("expires_after_it_was_made", "asked_at < expires_at"),
        index("ix_reply_link_customer", "customer_id", "asked_at", "id"),
        index("ix_reply_link_recovery", "recovery_id", "asked_at", "id"),
        index("ix_reply_link_follow_up", "follow_up_id", "asked_at", "id"),
    )

    customer_id: UUID
    recovery_id: UUID | None = None
    follow_up_id: UUID | None = None
    channel: Channel = Field(sa_type=SortedText)
    remedied_at: datetime | None = moment(nullable=True)
    asked_at: datetime = moment()
    asked_by: str
    expires_at: datetime = moment()
    answered_at: datetime | None = moment(nullable=True)
    answer: str | None = None
