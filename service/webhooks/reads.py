"""How are webhooks read? Newest first; nothing by which somebody could sign is among what is shown."""

from sqlalchemy import ARRAY, FromClause, Text, cast, func, literal_column

from service.ground.reads import (
    Entity,
    Expression,
    OfRow,
    Order,
    Where,
    all_of,
    column,
    to_many,
    to_one,
)
from service.initiatives.tables import Initiative
from service.webhooks.tables import (
    Tracker,
    TrackerIssue,
    TrackerReceipt,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)

WEBHOOK_ENDPOINT = Entity(WebhookEndpoint, "whe")
WEBHOOK_DELIVERY = Entity(WebhookDelivery, "whd")
TRACKER = Entity(Tracker, "trk")
BY_CREATION = {"CREATED_AT": Order(column("created_at"))}
ENDPOINTS = all_of(WebhookEndpoint, BY_CREATION)
DELIVERIES = all_of(WebhookDelivery, BY_CREATION)
TRACKERS = all_of(Tracker, {"KEY": Order(column("key"))}, descending=False)
deliveries_of_endpoint = to_many(WebhookDelivery, "endpoint_id", BY_CREATION)
endpoint_of_delivery = to_one(WebhookEndpoint, "endpoint_id")
attempts_of_delivery = to_many(
    WebhookAttempt, "delivery_id", {"ATTEMPTED_AT": Order(column("attempted_at"))}, descending=False
)
issues_of_initiative = to_many(
    TrackerIssue, "initiative_id", {"LINKED_AT": Order(column("linked_at"))}, descending=False
)
receipts_of_tracker = to_many(TrackerReceipt, "tracker_id", {"RECEIVED_AT": Order(column("received_at"))})
tracker_of = to_one(Tracker, "tracker_id")
initiative_of = to_one(Initiative, "initiative_id")
by_endpoint = Where(column("endpoint_id"), names=WebhookEndpoint)


def words(name: str) -> OfRow:
    """Return how a column of words, kept with spaces between, is read as a list."""

    def read(row: FromClause) -> Expression:
        return cast(func.string_to_array(row.c[name], literal_column("' '")), ARRAY(Text))

    return read
