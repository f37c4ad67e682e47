"""How do webhooks and trackers look to a client? Everything but what would let somebody sign."""

from datetime import datetime

import strawberry

from schema.ground.connections import Connection
from schema.ground.fields import closed_set, column, connection, entity, listed, one, record
from schema.ground.roots import Node
from schema.initiatives.types import Initiative
from service.webhooks import reads, tables

closed_set(
    tables.EndpointStatus,
    "Whether an endpoint is told.",
    ENABLED="What happens is sent.",
    PAUSED="What happens waits until the endpoint is resumed.",
    GONE="The receiver answered 410: it wants to hear no more, and nothing waits for it.",
)
closed_set(
    tables.DeliveryStatus,
    "How far a delivery has come.",
    PENDING="It waits for its first attempt, for the next one, or for an earlier event of the same subject.",
    DELIVERED="The receiver took it.",
    DEAD="All attempts failed; it is sent again on request only.",
)
closed_set(
    tables.ReceiptOutcome,
    "What a tracker's report did.",
    SHIPPED="The initiative has shipped because of it.",
    ALREADY_SHIPPED="The initiative had shipped before.",
    NOT_ACTIVE="The initiative is not active, so it cannot ship; a person has to look.",
    UNKNOWN_ISSUE="No initiative is linked to the issue.",
)


@record(
    tables.WebhookAttempt,
    name="WebhookAttempt",
    description="One attempt to deliver, and how it went.",
)
class WebhookAttempt:
    """An attempt."""

    attempted_at: datetime = column("When it began.")
    milliseconds: int = column("How long it took, in milliseconds.")
    response_code: int | None = column("The status that the receiver answered; null where it did not.")
    error: str | None = column("Why it failed; null where it did not.")


@entity(reads.WEBHOOK_DELIVERY, description="One event that one endpoint is told of.")
class WebhookDelivery(Node):
    """A delivery; its id is the `webhook-id` of its message, however often it is sent."""

    endpoint: "WebhookEndpoint" = one("Who is told.", reads.endpoint_of_delivery)
    event_id: strawberry.ID = column("The event, as the outbox names it.")
    event_type: str = column("What happened, such as `feedback.submitted`.")
    subject_id: strawberry.ID = column("The UUID of what it happened to.")
    occurred_at: datetime = column("When it happened.")
    status: tables.DeliveryStatus = column("How far it has come.")
    attempt_count: int = column("How many attempts were made since it was last asked for.")
    next_attempt_at: datetime | None = column(
        "The earliest time of the next attempt; null where none is due."
    )
    response_code: int | None = column("What the receiver answered last; null where it did not.")
    last_error: str | None = column("Why the last attempt failed; null where it did not.")
    delivered_at: datetime | None = column("When the receiver took it.")
    created_at: datetime = column("When the delivery was made from the event.")
    attempts: list[WebhookAttempt] = listed("All attempts, the first one first.", reads.attempts_of_delivery)


@entity(reads.WEBHOOK_ENDPOINT, description="Where another system is told of events, and what it is told.")
class WebhookEndpoint(Node):
    """An endpoint."""

    url: str = column("Where messages go.")
    description: str | None = column("What it is for.")
    event_types: list[str] = column("What it is told of, sorted.", reads.words("event_types"))
    document: str = column("The query whose answer is a message's data; its variable is the subject's id.")
    scopes: list[str] = column(
        "What its messages may show: what who registered it might read then.", reads.words("scopes")
    )
    registered_by: str = column("Who registered or last changed it.")
    status: tables.EndpointStatus = column("Whether it is told.")
    failures: int = column("How many attempts failed in a row.")
    open_until: datetime | None = column("Until when nothing is tried, because too many attempts failed.")
    previous_until: datetime | None = column("Until when the secret before the newest one signs as well.")
    version: int = column("Counts the changes of this endpoint, from 1.")
    created_at: datetime = column("When it was registered.")
    updated_at: datetime = column("When it last changed.")
    deliveries: Connection[WebhookDelivery] = connection(
        "What it was told, the latest first.", reads.deliveries_of_endpoint
    )


@record(
    tables.TrackerReceipt,
    name="TrackerReceipt",
    description="One report of a tracker that an issue shipped.",
)
class TrackerReceipt:
    """A report."""

    receipt: str = column("The id that the tracker gave it.")
    issue: str = column("The issue.")
    outcome: tables.ReceiptOutcome = column("What it did.")
    received_at: datetime = column("When it came in.")
    initiative: Initiative | None = one("The initiative that the issue stands for.", reads.initiative_of)


@entity(reads.TRACKER, description="A system in which work is tracked and which reports what has shipped.")
class Tracker(Node):
    """A tracker."""

    key: str = column("Its key, as it stands in the address of its reports.")
    name: str = column("Its name.")
    previous_until: datetime | None = column("Until when the secret before the newest one is accepted.")
    created_at: datetime = column("When it was registered.")
    receipts: Connection[TrackerReceipt] = connection(
        "Its reports, the latest first.", reads.receipts_of_tracker
    )


@record(
    tables.TrackerIssue, name="TrackerIssue", description="What a tracker calls the work of an initiative."
)
class TrackerIssue:
    """An issue."""

    tracker: Tracker = one("The tracker.", reads.tracker_of)
    issue: str = column("The issue, as the tracker names it.")
    url: str | None = column("Where people read it.")
    linked_at: datetime = column("When it was linked.")
