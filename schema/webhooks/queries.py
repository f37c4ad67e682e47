"""How are webhooks found? All of the tenant, the latest first."""

import strawberry

from schema.ground.connections import Connection
from schema.ground.fields import connection, extend, listed, where
from schema.ground.roots import Query
from schema.initiatives.types import Initiative
from schema.webhooks.types import Tracker, TrackerIssue, WebhookDelivery, WebhookEndpoint
from service.webhooks import reads, tables


@strawberry.input(description="Which deliveries; all fields that are given must hold.")
class WebhookDeliveryFilter:
    """A filter of deliveries."""

    status: list[tables.DeliveryStatus] | None = where("As far as one of these.")
    endpoint: strawberry.ID | None = where("Of this endpoint.", reads.by_endpoint)


@extend(Query)
class WebhookQueries:
    """Where reading webhooks begins."""

    webhook_endpoints: Connection[WebhookEndpoint] = connection(
        "Who is told of events, the latest registered first.", reads.ENDPOINTS
    )
    webhook_deliveries: Connection[WebhookDelivery] = connection(
        "What was told, or waits to be told, the latest first.",
        reads.DELIVERIES,
        filter_by=WebhookDeliveryFilter,
    )
    trackers: Connection[Tracker] = connection("Who reports what has shipped, by key.", reads.TRACKERS)


@extend(Initiative)
class InitiativeIssues:
    """What an initiative shows of trackers."""

    tracker_issues: list[TrackerIssue] = listed(
        "Under which issues trackers keep it, linked first first.", reads.issues_of_initiative
    )
