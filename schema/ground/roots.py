"""Where do operations begin? The roots, which every chapter extends with its own fields."""

from datetime import datetime

import strawberry

from schema.ground.context import Info
from schema.ground.fields import closed_set, column, nodes_by_id, value
from service.ground.actor import ActorKind

closed_set(
    ActorKind,
    "What kind of subject acts.",
    HUMAN="A person, known to the tenant's identity provider.",
    INTEGRATION="A program of the tenant, known by its key.",
    CUSTOMER="A customer of the tenant, known by a signed link only.",
    SYSTEM="The service itself, because of something that happened.",
)


@strawberry.interface(description="A thing that can be read again by its id.")
class Node:
    """A node of the graph."""

    id: strawberry.ID = column("Names the thing, opaquely and for ever; no other thing of any type has it.")


@strawberry.type(description="Who asks, as the service understood it.")
class Viewer:
    """The authenticated subject."""

    subject: str = value("The subject's name at its identity provider.")
    tenant: str = value("The key of the tenant that everything is read from and written to.")
    kind: ActorKind = value("What kind of subject it is.")
    roles: list[str] = value("The roles that its identity provider gave it, sorted.")
    scopes: list[str] = value("What the subject may do, sorted.")


@strawberry.type(description="What the tenant may still ask for, in points; see the documentation on cost.")
class RateLimit:
    """The tenant's account of points in the process that answers."""

    limit: int = value("Points that can be saved up.")
    remaining: int = value("Points that are left, this operation already taken off.")
    cost: int = value("Points of this operation.")
    reset_at: datetime = value("When all points will be back, if nothing is asked until then.")


@strawberry.type(description="Everything that can be read. Each operation is answered by one SQL statement.")
class Query:
    """The root of reading."""

    node: Node | None = nodes_by_id(
        "Any one thing by its id; null where it does not exist.", "id", strawberry.ID, "Its id."
    )
    nodes: list[Node | None] = nodes_by_id(
        "Several things of any types, in the order of the ids, with null for those that do not exist.",
        "ids",
        list[strawberry.ID],
        "At most 100 ids.",
    )

    @strawberry.field(description="Who asks.")
    def viewer(self, info: Info) -> Viewer:
        """Return the subject of this request."""
        actor = info.context.actor
        return Viewer(
            subject=actor.subject,
            tenant=actor.tenant_key,
            kind=actor.kind,
            roles=sorted(actor.roles),
            scopes=sorted(actor.scopes),
        )

    @strawberry.field(description="What the tenant may still ask for; null where nobody keeps account.")
    def rate_limit(self, info: Info) -> RateLimit | None:
        """Return the tenant's account, after this operation."""
        context = info.context
        allowed = context.charge.allowance(context.actor)
        if allowed is None:
            return None
        limit, remaining = allowed.limit, allowed.remaining
        return RateLimit(limit=limit, remaining=remaining, cost=context.points, reset_at=allowed.reset_at)


@strawberry.type(description="Everything that can be changed. Each field is one transaction.")
class Mutation:
    """The root of writing."""
