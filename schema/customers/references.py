"""How does a write name a customer? The input becomes the service's own reference."""

import strawberry

from schema.customers.queries import CustomerRef
from schema.ground import ids
from schema.ground.inputs import ExternalIdInput
from service import customers
from service.customers import reads


def external_name(given: ExternalIdInput) -> customers.ExternalName:
    """Return the name another system gave."""
    return customers.ExternalName(given.system, given.value)


def customer_ref(ref: CustomerRef, *field: str | int) -> customers.CustomerRef:
    """Return the service's reference; raises Invalid, placed at `field`, for an id of another type."""
    if ref.id is not None and ref.id is not strawberry.UNSET:
        return customers.CustomerRef(id=ids.decode(str(ref.id.value), reads.CUSTOMER, *field, "id"))
    if ref.external_id is not None and ref.external_id is not strawberry.UNSET:
        return customers.CustomerRef(external_id=external_name(ref.external_id.value))
    return customers.CustomerRef(email=ref.email.value if ref.email else None)
