"""Which tables hold promises of service? Calendars, policies, what applies to a matter, and its clocks."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
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

NEVER = "'9999-12-31 00:00:00+00'::timestamptz"
"""Stands in orders for the due time of a clock that has none."""


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


class ClockTarget(StrEnum):
    """What a customer is promised by a certain time."""

    FIRST_RESPONSE = "FIRST_RESPONSE"
    NEXT_RESPONSE = "NEXT_RESPONSE"
    FIRST_RESOLUTION = "FIRST_RESOLUTION"
    FULL_RESOLUTION = "FULL_RESOLUTION"
    UPDATE = "UPDATE"


class ClockState(StrEnum):
    """Where a clock stands."""

    PENDING = "PENDING"
    IMMINENT = "IMMINENT"
    BREACHED = "BREACHED"
    ACHIEVED = "ACHIEVED"
    CANCELLED = "CANCELLED"


class ClockReason(StrEnum):
    """Why a clock runs, waits or has stopped."""

    NOT_ANSWERED = "NOT_ANSWERED"
    NOT_RESOLVED = "NOT_RESOLVED"
    NOT_UPDATED = "NOT_UPDATED"
    WAITING_ON_CUSTOMER = "WAITING_ON_CUSTOMER"
    ON_HOLD = "ON_HOLD"
    ANSWERED = "ANSWERED"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"
    ABANDONED = "ABANDONED"
    NOT_PROMISED = "NOT_PROMISED"


class SlaCriterion(StrEnum):
    """What of a matter a policy looks at."""

    CHANNEL = "CHANNEL"
    PRIORITY = "PRIORITY"
    ORIGIN = "ORIGIN"
    REASON_KIND = "REASON_KIND"
    CONTACT_REASON = "CONTACT_REASON"
    TEAM = "TEAM"
    ACCOUNT_TIER = "ACCOUNT_TIER"


class BusinessCalendar(VersionedRow, table=True):
    """When the organisation is there to serve; its hours stand in its editions."""

    __tablename__ = "business_calendar"
    __table_args__ = (unique("key"),)

    key: str = Field(sa_type=SortedText)
    name: str
    edition: int = 1


class BusinessCalendarEdition(TenantRow, table=True):
    """The hours of a calendar from a moment on; never changed afterwards."""

    __tablename__ = "business_calendar_edition"
    __table_args__ = (
        unique("business_calendar_id", "edition"),
        belongs_to("business_calendar_id", "business_calendar", with_parent=True),
        holds("counted_from_one", "edition >= 1"),
    )

    business_calendar_id: UUID
    edition: int
    time_zone: str
    valid_from: datetime = moment()
    actor: str


class CalendarPeriod(TenantRow, table=True):
    """A span of every week in which a calendar is open, as local times such as 09:00 and 24:00."""

    __tablename__ = "calendar_period"
    __table_args__ = (
        unique("edition_id", "weekday", "opens"),
        belongs_to("edition_id", "business_calendar_edition", with_parent=True),
        one_of("weekday", Weekday),
        holds("opens_before_it_closes", "opens < closes"),
    )

    edition_id: UUID
    weekday: Weekday = Field(sa_type=SortedText)
    opens: str = Field(sa_type=SortedText)
    closes: str = Field(sa_type=SortedText)


class CalendarHoliday(TenantRow, table=True):
    """A day, such as 2026-12-25, on which a calendar does not open."""

    __tablename__ = "calendar_holiday"
    __table_args__ = (
        unique("edition_id", "day"),
        belongs_to("edition_id", "business_calendar_edition", with_parent=True),
    )

    edition_id: UUID
    day: str = Field(sa_type=SortedText)
    name: str | None = None


class SlaPolicy(VersionedRow, table=True):
    """What is promised for some matters; of several that match, the first in their order applies."""

    __tablename__ = "sla_policy"
    __table_args__ = (
        unique("key"),
        holds("counts_editions", "edition >= 1"),
        index("ix_sla_policy_position", "position", "id"),
    )

    key: str = Field(sa_type=SortedText)
    name: str
    position: int
    edition: int = 1
    retired_at: datetime | None = moment(nullable=True)


class SlaPolicyEdition(TenantRow, table=True):
    """What a policy promises, and for which matters; never changed afterwards."""

    __tablename__ = "sla_policy_edition"
    __table_args__ = (
        unique("sla_policy_id", "edition"),
        belongs_to("sla_policy_id", "sla_policy", with_parent=True),
        belongs_to("business_calendar_id", "business_calendar"),
        index("ix_sla_policy_edition_calendar", "business_calendar_id", "id"),
        holds("counted_from_one", "edition >= 1"),
    )

    sla_policy_id: UUID
    edition: int
    business_calendar_id: UUID | None = None
    actor: str
    recorded_at: datetime = moment()


class SlaCondition(TenantRow, table=True):
    """A value that a matter must have; values of one criterion are alternatives."""

    __tablename__ = "sla_condition"
    __table_args__ = (
        unique("edition_id", "criterion", "value"),
        belongs_to("edition_id", "sla_policy_edition", with_parent=True),
        one_of("criterion", SlaCriterion),
    )

    edition_id: UUID
    criterion: SlaCriterion = Field(sa_type=SortedText)
    value: str = Field(sa_type=SortedText)


class SlaTarget(TenantRow, table=True):
    """How soon something must happen, in seconds of open time, and what lets the clock wait."""

    __tablename__ = "sla_target"
    __table_args__ = (
        unique("edition_id", "target"),
        belongs_to("edition_id", "sla_policy_edition", with_parent=True),
        one_of("target", ClockTarget),
        holds("some_time", "seconds >= 1"),
        holds("warns_within", "imminent_seconds BETWEEN 0 AND seconds"),
    )

    edition_id: UUID
    target: ClockTarget = Field(sa_type=SortedText)
    seconds: int
    imminent_seconds: int
    pauses_on_customer: bool
    pauses_on_hold: bool


class SlaApplication(TenantRow, table=True):
    """Which promise applies to a matter from a moment on; without an edition: none any more."""

    __tablename__ = "sla_application"
    __table_args__ = (
        belongs_to("interaction_id", "interaction", with_parent=True),
        belongs_to("edition_id", "sla_policy_edition"),
        index("ix_sla_application_interaction", "interaction_id", "applied_at", "id"),
        index("ix_sla_application_edition", "edition_id", "interaction_id", "id"),
    )

    interaction_id: UUID
    edition_id: UUID | None = None
    applied_at: datetime = moment()


class Clock(TenantRow, table=True):
    """One promise of one matter, as its ledger, its policies and their calendars add up to it."""

    __tablename__ = "clock"
    __table_args__ = (
        unique("interaction_id", "target", "number"),
        belongs_to("interaction_id", "interaction", with_parent=True),
        belongs_to("policy_edition_id", "sla_policy_edition"),
        belongs_to("calendar_edition_id", "business_calendar_edition"),
        one_of("target", ClockTarget),
        one_of("state", ClockState),
        one_of("why", ClockReason),
        holds("counted_from_one", "number >= 1"),
        holds("breached_at_a_time", "(state = 'BREACHED') = (breached_at IS NOT NULL)"),
        index("ix_clock_due_at", text(f"coalesce(due_at, {NEVER})"), "id"),
        index("ix_clock_state", "state", text(f"coalesce(due_at, {NEVER})"), "id"),
        index("ix_clock_target", "target", text(f"coalesce(due_at, {NEVER})"), "id"),
        index("ix_clock_running", "running", text(f"coalesce(due_at, {NEVER})"), "id"),
        index("ix_clock_next_at", "next_at", "id", where=text("next_at IS NOT NULL")),
        index("ix_clock_policy_edition", "policy_edition_id", "id", where=text("running")),
    )

    interaction_id: UUID
    target: ClockTarget = Field(sa_type=SortedText)
    number: int
    latest: bool
    state: ClockState = Field(sa_type=SortedText)
    why: ClockReason = Field(sa_type=SortedText)
    running: bool
    paused: bool
    started_at: datetime = moment()
    due_at: datetime | None = moment(nullable=True)
    achieved_at: datetime | None = moment(nullable=True)
    breached_at: datetime | None = moment(nullable=True)
    cancelled_at: datetime | None = moment(nullable=True)
    target_seconds: int
    used_seconds: float
    paused_seconds: float
    measured_at: datetime = moment()
    next_at: datetime | None = moment(nullable=True)
    policy_edition_id: UUID
    calendar_edition_id: UUID | None = None
    imminent_told_at: datetime | None = moment(nullable=True)
    breach_told_at: datetime | None = moment(nullable=True)


class ClockPause(TenantRow, table=True):
    """A span in which a clock waited."""

    __tablename__ = "clock_pause"
    __table_args__ = (
        unique("clock_id", "began_at"),
        belongs_to("clock_id", "clock", with_parent=True),
        one_of("why", ClockReason),
    )

    clock_id: UUID
    began_at: datetime = moment()
    ended_at: datetime | None = moment(nullable=True)
    why: ClockReason = Field(sa_type=SortedText)
