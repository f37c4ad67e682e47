"""Where do operations begin? The roots, which every chapter extends with its own fields."""

import strawberry

from schema.ground.context import Info
from schema.ground.fields import column, nodes_by_id, value


@strawberry.interface(description="A thing that can be read again by its id.")
class Node:
    """A node of the graph."""

    id: strawberry.ID = column("Names the thing, opaquely and for ever; no other thing of any type has it.")


@strawberry.type(description="Who asks, as the service understood it.")
class Viewer:
    """The authenticated subject."""

    subject: str = value("The subject's name at its identity provider.")
    tenant: str = value("The key of the tenant that everything is read from and written to.")
    scopes: list[str] = value("What the subject may do, sorted.")


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
        return Viewer(subject=actor.subject, tenant=actor.tenant_key, scopes=sorted(actor.scopes))


@strawberry.type(description="Everything that can be changed. Each field is one transaction.")
class Mutation:
    """The root of writing."""
