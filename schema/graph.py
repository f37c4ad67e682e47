"""What does the whole schema consist of? The roots, and every chapter that extends them."""

from functools import cache

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
from schema.federation import Service, subgraph
from schema.ground import audit
from schema.ground.fields import extend
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


@extend(Query)
class Subgraph:
    """The field by which a gateway learns what this graph has."""

    @strawberry.field(name="_service", description="This graph, as a part of a larger one.")
    def service(self) -> Service:
        """Return the definition that a gateway composes."""
        return Service(sdl=_sdl())


@cache
def _sdl() -> str:
    return subgraph(build()._schema)  # noqa: SLF001 - strawberry shows the core schema nowhere else
