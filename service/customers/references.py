"""Which customer is meant? References by id, by another system's name, or by e-mail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, bindparam, select
from sqlalchemy.dialects.postgresql import distinct_on

from service.customers.tables import Customer, CustomerExternalId
from service.ground.problems import NotFound
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of

_customer = table_of(Customer)
LATEST_BY_EMAIL = Statement(
    select(_customer.c.email, _customer.c.id)
    .ext(distinct_on(_customer.c.email))
    .where(_customer.c.tenant_id == TENANT, _customer.c.merged_into_id.is_(None))
    .where(_customer.c.email == any_(bindparam("emails", type_=ARRAY(Text()))))
    .order_by(_customer.c.email, _customer.c.updated_at.desc(), _customer.c.id.desc())
)


@dataclass(frozen=True, slots=True)
class ExternalName:
    """The name another system gave to a thing."""

    system: str
    value: str


@dataclass(frozen=True, slots=True)
class CustomerRef:
    """Names a customer in exactly one of three ways."""

    id: UUID | None = None
    external_id: ExternalName | None = None
    email: str | None = None

    @property
    def key(self) -> str:
        """How the customer is named, for messages."""
        if self.id:
            return "id"
        return "external id" if self.external_id else "e-mail address"


async def find(session: Session, ref: CustomerRef) -> UUID | None:
    """Return the id of the customer that is meant, or None; a merged one means its survivor."""
    return (await find_all(session, [ref]))[0]


async def require(session: Session, ref: CustomerRef, *field: str | int) -> UUID:
    """Return the id of the customer that is meant; raises NotFound, placed at `field`."""
    found = await find(session, ref)
    if found is None:
        raise NotFound(*field, thing="customer", key=ref.key)
    return found


async def find_all(session: Session, refs: Sequence[CustomerRef]) -> list[UUID | None]:
    """Return the ids of the customers that are meant, in order; one look-up for each way of naming."""
    names = [(ref.external_id.system, ref.external_id.value) for ref in refs if ref.external_id]
    by_name = await session.lookup(CustomerExternalId, ("system", "value"), names, ("customer_id",))
    by_id = await session.lookup(
        Customer, ("id",), [(ref.id,) for ref in refs if ref.id], ("merged_into_id",)
    )
    by_email = await _by_email(session, [ref.email for ref in refs if not (ref.external_id or ref.id)])
    found: list[UUID | None] = []
    for ref in refs:
        if ref.external_id:
            row = by_name.get((ref.external_id.system, ref.external_id.value))
            found.append(row["customer_id"] if row else None)
        elif ref.id:
            known = by_id.get((ref.id,))
            found.append((known["merged_into_id"] or ref.id) if known else None)
        else:
            found.append(by_email.get(ref.email))
    return found


async def _by_email(session: Session, emails: Sequence[str | None]) -> Mapping[str | None, UUID]:
    """Return the customer who changed last of each address, all in one look-up."""
    if not emails:
        return {}
    rows = await session.rows(LATEST_BY_EMAIL, emails=list(set(emails)))
    return {row["email"]: row["id"] for row in rows}
