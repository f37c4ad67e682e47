"""How does a write name reasons and teams? By id or key; the inputs become the service's own references."""

import strawberry

from schema.customers.queries import CustomerRef
from schema.customers.references import customer_ref
from schema.ground import ids
from schema.ground.fields import value
from service import interactions
from service.ground.reads import Entity
from service.interactions import reads


@strawberry.input(one_of=True, description="Names one contact reason.")
class ContactReasonRef:
    """A reference to a contact reason."""

    id: strawberry.Maybe[strawberry.ID] = value("By id.")
    key: strawberry.Maybe[str] = value("By key.")


@strawberry.input(one_of=True, description="Names one team.")
class TeamRef:
    """A reference to a team."""

    id: strawberry.Maybe[strawberry.ID] = value("By id.")
    key: strawberry.Maybe[str] = value("By key.")


def refs(
    customer: CustomerRef | None = None,
    contact_reason: ContactReasonRef | None = None,
    team: TeamRef | None = None,
    touchpoint_key: str | None = None,
) -> interactions.Refs:
    """Return what a matter is said to refer to; raises Invalid for an id of another type."""
    return interactions.Refs(
        customer=None if customer is None else customer_ref(customer, "customer"),
        reason=reason_ref(contact_reason, "contactReason"),
        team=_named(team, reads.TEAM, "team"),
        touchpoint=interactions.Named(key=touchpoint_key),
    )


def reason_ref(sent: ContactReasonRef | None, *field: str | int) -> interactions.Named:
    """Return the reason that is named; raises Invalid, placed at `field`, for an id of another type."""
    return _named(sent, reads.CONTACT_REASON, *field)


def _named(sent: ContactReasonRef | TeamRef | None, entity: Entity, *field: str | int) -> interactions.Named:
    if sent is None:
        return interactions.NOTHING
    if sent.id:
        return interactions.Named(id=ids.decode(str(sent.id.value), entity, *field, "id"))
    return interactions.Named(key=sent.key.value if sent.key else None)
