"""What does the whole schema consist of? The roots, and every chapter that extends them."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema import (
    access,
    customers,
    events,
    feedback,
    initiatives,
    insights,
    interactions,
    journeys,
    loops,
    metrics,
    touchpoints,
    webhooks,
)
from schema.ground import audit
from schema.ground.idempotent import idempotent
from schema.ground.roots import Mutation, Query
from schema.ground.scalars import SCALARS

BESIDE = (access, audit, events, webhooks)
"""What is no chapter of the story and has types all the same."""
CHAPTERS = (customers, journeys, touchpoints, interactions, feedback, metrics, insights, initiatives, loops)


def build() -> strawberry.Schema:
    """Return the schema of the service."""
    config = StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True)
    return strawberry.Schema(
        Query, Mutation, events.subscriptions.Subscription, directives=[idempotent], config=config
    )
