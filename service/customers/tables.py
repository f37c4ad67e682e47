"""Which tables hold customers? Persons, organisations, external ids, segments, lifecycle, merges."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from service.ground.personal import Sensitivity, personal
from service.ground.tables import (
    SortedText,
    TenantRow,
    VersionedRow,
    belongs_to,
    free_attributes,
    holds,
    index,
    moment,
    one_of,
    unique,
)


class Tenant(SQLModel, table=True):
    """An organisation that uses the service; everything else belongs to one."""

    __tablename__ = "tenant"

    id: UUID = Field(primary_key=True)
    key: str = Field(unique=True)
    name: str


class LifecycleStage(StrEnum):
    """Where a customer stands in the relationship."""

    PROSPECT = "PROSPECT"
    ONBOARDING = "ONBOARDING"
    ACTIVE = "ACTIVE"
    AT_RISK = "AT_RISK"
    CHURNED = "CHURNED"
    WON_BACK = "WON_BACK"


class Account(VersionedRow, table=True):
    """An organisation that customers belong to."""

    __tablename__ = "account"
    __table_args__ = (
        index("ix_account_name", "name", "id"),
        index("ix_account_created_at", "created_at", "id"),
    )

    name: str = Field(sa_type=SortedText)
    tier: str | None = None


class Customer(VersionedRow, table=True):
    """A person known by at least one name: an external id, an e-mail address, or only our own id."""

    __tablename__ = "customer"
    __table_args__ = (
        belongs_to("account_id", "account"),
        belongs_to("merged_into_id", "customer"),
        one_of("lifecycle_stage", LifecycleStage),
        holds("not_merged_into_itself", "merged_into_id <> id"),
        index("ix_customer_created_at", "created_at", "id"),
        index("ix_customer_updated_at", "updated_at", "id"),
        index("ix_customer_name", text("coalesce(display_name, '')"), "id"),
        index("ix_customer_email", "email"),
        index("ix_customer_account", "account_id", "created_at", "id"),
        index("ix_customer_lifecycle_stage", "lifecycle_stage", "created_at", "id"),
        index("ix_customer_merged_into", "merged_into_id", where=text("merged_into_id IS NOT NULL")),
    )

    display_name: str | None = personal(Sensitivity.NAME, default=None, sa_type=SortedText)
    email: str | None = personal(Sensitivity.CONTACT, default=None, sa_type=SortedText)
    phone: str | None = personal(Sensitivity.CONTACT, default=None)
    locale: str | None = personal(Sensitivity.TRAITS, default=None)
    time_zone: str | None = personal(Sensitivity.TRAITS, default=None)
    lifecycle_stage: LifecycleStage = Field(default=LifecycleStage.ACTIVE, sa_type=SortedText)
    attributes: dict[str, Any] = personal(Sensitivity.TRAITS, default_factory=dict, sa_type=JSONB)
    account_id: UUID | None = None
    merged_into_id: UUID | None = None


class CustomerExternalId(TenantRow, table=True):
    """The name another system gave to a customer."""

    __tablename__ = "customer_external_id"
    __table_args__ = (
        unique("system", "value"),
        belongs_to("customer_id", "customer", with_parent=True),
        index("ix_customer_external_id_customer", "customer_id", "system", "id"),
    )

    customer_id: UUID
    system: str = Field(sa_type=SortedText)
    value: str = personal(Sensitivity.REFERENCE, sa_type=SortedText)
    url: str | None = personal(Sensitivity.REFERENCE, default=None)
    synced_at: datetime | None = moment(nullable=True)


class AccountExternalId(TenantRow, table=True):
    """The name another system gave to an account."""

    __tablename__ = "account_external_id"
    __table_args__ = (
        unique("system", "value"),
        belongs_to("account_id", "account", with_parent=True),
        index("ix_account_external_id_account", "account_id", "system", "id"),
    )

    account_id: UUID
    system: str = Field(sa_type=SortedText)
    value: str = Field(sa_type=SortedText)
    url: str | None = None
    synced_at: datetime | None = moment(nullable=True)


class Segment(TenantRow, table=True):
    """A named group of customers."""

    __tablename__ = "segment"
    __table_args__ = (unique("key"),)

    key: str = Field(sa_type=SortedText)
    name: str


class SegmentMembership(TenantRow, table=True):
    """One stay of a customer in a segment."""

    __tablename__ = "segment_membership"
    __table_args__ = (
        belongs_to("segment_id", "segment"),
        belongs_to("customer_id", "customer", with_parent=True),
        index("ix_segment_membership_customer", "customer_id", "joined_at", "segment_id"),
        index(
            "ix_segment_membership_segment",
            "segment_id",
            "joined_at",
            "customer_id",
            where=text("left_at IS NULL"),
        ),
    )

    segment_id: UUID
    customer_id: UUID
    joined_at: datetime = moment()
    left_at: datetime | None = moment(nullable=True)


class LifecycleChange(TenantRow, table=True):
    """One step of a customer's lifecycle; never changed afterwards."""

    __tablename__ = "lifecycle_change"
    __table_args__ = (
        belongs_to("customer_id", "customer", with_parent=True),
        one_of("stage", LifecycleStage),
        index("ix_lifecycle_change_customer", "customer_id", "changed_at", "id"),
    )

    customer_id: UUID
    stage: LifecycleStage = Field(sa_type=SortedText)
    actor: str
    changed_at: datetime = moment()


class ConsentPurpose(StrEnum):
    """What a customer may agree to."""

    FEEDBACK = "FEEDBACK"
    MARKETING = "MARKETING"
    ANALYTICS = "ANALYTICS"


class ConsentStatus(StrEnum):
    """What a customer said to a purpose."""

    GRANTED = "GRANTED"
    DENIED = "DENIED"
    REVOKED = "REVOKED"


class CustomerConsent(TenantRow, table=True):
    """What a customer said to one purpose at one time; the latest word counts, none is ever changed."""

    __tablename__ = "customer_consent"
    __table_args__ = (
        belongs_to("customer_id", "customer", with_parent=True),
        one_of("purpose", ConsentPurpose),
        one_of("status", ConsentStatus),
        index("ix_customer_consent_customer", "customer_id", "given_at", "id"),
        index("ix_customer_consent_purpose", "customer_id", "purpose", "given_at", "id"),
    )

    customer_id: UUID
    purpose: ConsentPurpose = Field(sa_type=SortedText)
    status: ConsentStatus = Field(sa_type=SortedText)
    source: str | None = personal(Sensitivity.WORDS, default=None)
    proof: str | None = personal(Sensitivity.REFERENCE, default=None)
    given_at: datetime = moment()
    recorded_at: datetime = moment()
    recorded_by: str


class MergedRow(TenantRow, table=True):
    """A row that a merge handed to the survivor, so that it can be handed back."""

    __tablename__ = "merged_row"
    __table_args__ = (
        belongs_to("merge_id", "customer_merge", with_parent=True),
        index("ix_merged_row_merge", "merge_id", "table_name", "id"),
    )

    merge_id: UUID
    table_name: str
    row_id: UUID


class CustomerMerge(TenantRow, table=True):
    """The record that two customers turned out to be one; undone by `unmerged_at`."""

    __tablename__ = "customer_merge"
    __table_args__ = (
        belongs_to("survivor_id", "customer"),
        belongs_to("merged_id", "customer"),
        index("ix_customer_merge_survivor", "survivor_id", "merged_at", "id"),
        index("ix_customer_merge_merged", "merged_id", "merged_at", "id"),
    )

    survivor_id: UUID
    merged_id: UUID
    reason: str = personal(Sensitivity.WORDS)
    actor: str
    merged_at: datetime = moment()
    unmerged_at: datetime | None = moment(nullable=True)


class Erasure(TenantRow, table=True):
    """The receipt of an erasure: how many rows of each kind no longer tell of the person."""

    __tablename__ = "erasure"
    __table_args__ = (
        belongs_to("customer_id", "customer"),
        index("ix_erasure_customer", "customer_id", "erased_at", "id"),
        index("ix_erasure_erased_at", "erased_at", "id"),
    )

    customer_id: UUID
    actor: str
    rows: dict[str, Any] = free_attributes()
    erased_at: datetime = moment()
