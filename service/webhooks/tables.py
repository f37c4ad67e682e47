"""What is kept of webhooks? Who wants to be told, each telling with its attempts, and what others told us.

No secret and no payload is kept: secrets follow from a salt and a key of the settings, payloads are read
anew for each attempt.
"""

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


class EndpointStatus(StrEnum):
    """Whether an endpoint is told."""

    ENABLED = "ENABLED"
    PAUSED = "PAUSED"
    GONE = "GONE"


class DeliveryStatus(StrEnum):
    """How far a delivery has come."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


class ReceiptOutcome(StrEnum):
    """What a tracker's report did."""

    SHIPPED = "SHIPPED"
    ALREADY_SHIPPED = "ALREADY_SHIPPED"
    NOT_ACTIVE = "NOT_ACTIVE"
    UNKNOWN_ISSUE = "UNKNOWN_ISSUE"


class WebhookEndpoint(VersionedRow, table=True):
    """Where somebody wants to be told of events, with the document that says what."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = (
        one_of("status", EndpointStatus),
        holds("failures", "failures >= 0"),
        holds("previous_secret", "(previous_salt IS NULL) = (previous_until IS NULL)"),
        index("ix_webhook_endpoint_created_at", "created_at", "id"),
    )

    url: str
    description: str | None = None
    event_types: str
    document: str
    scopes: str
    registered_by: str
    status: EndpointStatus = Field(default=EndpointStatus.ENABLED, sa_type=SortedText)
    salt: bytes
    key_name: str
    previous_salt: bytes | None = None
    previous_key_name: str | None = None
    previous_until: datetime | None = moment(nullable=True)
    failures: int = 0
    open_until: datetime | None = moment(nullable=True)


class WebhookDelivery(VersionedRow, table=True):
    """One event that one endpoint is told of; its id is the message's, however often it is sent."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        unique("endpoint_id", "event_id"),
        belongs_to("endpoint_id", "webhook_endpoint", with_parent=True),
        one_of("status", DeliveryStatus),
        holds("attempts", "attempt_count >= 0"),
        index("ix_webhook_delivery_created_at", "created_at", "id"),
        index("ix_webhook_delivery_endpoint", "endpoint_id", "created_at", "id"),
        index("ix_webhook_delivery_status", "status", "created_at", "id"),
        index(
            "ix_webhook_delivery_waiting",
            "endpoint_id",
            "next_attempt_at",
            "id",
            where=text("status = 'PENDING'"),
        ),
        index(
            "ix_webhook_delivery_subject",
            "endpoint_id",
            "subject_id",
            "event_id",
            where=text("status = 'PENDING'"),
        ),
    )

    endpoint_id: UUID
    event_id: UUID
    event_type: str
    subject_id: UUID
    occurred_at: datetime = moment()
    traceparent: str | None = None
    status: DeliveryStatus = Field(default=DeliveryStatus.PENDING, sa_type=SortedText)
    attempt_count: int = 0
    next_attempt_at: datetime | None = moment(nullable=True)
    holder: str | None = None
    claimed_until: datetime | None = moment(nullable=True)
    response_code: int | None = None
    last_error: str | None = None
    delivered_at: datetime | None = moment(nullable=True)


class WebhookAttempt(TenantRow, table=True):
    """One attempt of a delivery, and how it went."""

    __tablename__ = "webhook_attempt"
    __table_args__ = (
        belongs_to("delivery_id", "webhook_delivery", with_parent=True),
        index("ix_webhook_attempt_delivery", "delivery_id", "attempted_at", "id"),
    )

    delivery_id: UUID
    attempted_at: datetime = moment()
    milliseconds: int
    response_code: int | None = None
    error: str | None = None


class Tracker(VersionedRow, table=True):
    """A system in which work is tracked, and which tells us what has shipped."""

    __tablename__ = "tracker"
    __table_args__ = (unique("key"), index("ix_tracker_key", "key", "id"))

    key: str = Field(sa_type=SortedText)
    name: str
    salt: bytes
    key_name: str
    previous_salt: bytes | None = None
    previous_key_name: str | None = None
    previous_until: datetime | None = moment(nullable=True)


class TrackerIssue(TenantRow, table=True):
    """What a tracker calls the work of an initiative."""

    __tablename__ = "tracker_issue"
    __table_args__ = (
        unique("tracker_id", "issue"),
        belongs_to("tracker_id", "tracker", with_parent=True),
        belongs_to("initiative_id", "initiative", with_parent=True),
        index("ix_tracker_issue_initiative", "initiative_id", "linked_at", "id"),
    )

    tracker_id: UUID
    issue: str = Field(sa_type=SortedText)
    initiative_id: UUID
    url: str | None = None
    linked_at: datetime = moment()


class TrackerReceipt(TenantRow, table=True):
    """One report of a tracker, by the id that the tracker gave it, and what it did."""

    __tablename__ = "tracker_receipt"
    __table_args__ = (
        unique("tracker_id", "receipt"),
        belongs_to("tracker_id", "tracker", with_parent=True),
        belongs_to("initiative_id", "initiative", with_parent=True),
        one_of("outcome", ReceiptOutcome),
        index("ix_tracker_receipt_tracker", "tracker_id", "received_at", "id"),
    )

    tracker_id: UUID
    receipt: str = Field(sa_type=SortedText)
    issue: str
    initiative_id: UUID | None = None
    outcome: ReceiptOutcome = Field(sa_type=SortedText)
    received_at: datetime = moment()
