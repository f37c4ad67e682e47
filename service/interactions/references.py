"""What does a new matter refer to? Customer, reason, team and touchpoint, found by one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ScalarSelect, Text, Uuid, bindparam, func, select
from sqlmodel import SQLModel

from service.customers.references import CustomerRef
from service.customers.tables import Customer, CustomerExternalId
from service.ground.problems import NotFound
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.interactions.tables import ContactReason, Team
from service.touchpoints.tables import Touchpoint


@dataclass(frozen=True, slots=True)
class Named:
    """Names a thing by its id or by its key; by neither: no thing."""

    id: UUID | None = None
    key: str | None = None


NOTHING = Named()


@dataclass(frozen=True, slots=True)
class Refs:
    """What a matter refers to, as it was named."""

    customer: CustomerRef | None = None
    reason: Named = NOTHING
    team: Named = NOTHING
    touchpoint: Named = NOTHING


@dataclass(frozen=True, slots=True)
class Found:
    """What a matter refers to, by id."""

    customer_id: UUID | None
    contact_reason_id: UUID | None
    team_id: UUID | None
    touchpoint_id: UUID | None


def _by_key(model: type[SQLModel], parameter: str) -> ScalarSelect[UUID]:
    table = table_of(model)
    wanted = (table.c.tenant_id == TENANT, table.c.key == bindparam(parameter, type_=Text))
    return select(table.c.id).where(*wanted).scalar_subquery()


def _by_name() -> ScalarSelect[UUID]:
    table = table_of(CustomerExternalId)
    system = table.c.system == bindparam("system", type_=Text)
    value = table.c.value == bindparam("value", type_=Text)
    return select(table.c.customer_id).where(table.c.tenant_id == TENANT, system, value).scalar_subquery()


def _by_email() -> ScalarSelect[UUID]:
    """Select the customer that changed last of those who share an address."""
    table = table_of(Customer)
    wanted = (table.c.tenant_id == TENANT, table.c.email == bindparam("email", type_=Text))
    latest = select(table.c.id).where(*wanted, table.c.merged_into_id.is_(None))
    return latest.order_by(table.c.updated_at.desc(), table.c.id.desc()).limit(1).scalar_subquery()


FINDING = Statement(
    select(
        func.coalesce(_by_name(), _by_email(), type_=Uuid).label("customer"),
        _by_key(ContactReason, "reason").label("reason"),
        _by_key(Team, "team").label("team"),
        _by_key(Touchpoint, "touchpoint").label("touchpoint"),
    )
)
"""Finds everything that is named by a key; a key that is null finds nothing and costs nothing."""


async def find(session: Session, refs: Refs) -> Found:
    """Return what is referred to; raises NotFound, placed at the reference, for a key that nothing has.

    What is named by its id is not looked up: the database refuses an unknown id when the matter is written.
    """
    customer = refs.customer or CustomerRef()
    name = customer.external_id
    keys = {"reason": refs.reason.key, "team": refs.team.key, "touchpoint": refs.touchpoint.key}
    sought = {**keys, "system": name and name.system, "value": name and name.value, "email": customer.email}
    rows: Mapping[str, UUID] = {}
    if any(value is not None for value in sought.values()):
        rows = await session.row(FINDING, **sought) or {}
    if (name or customer.email is not None) and rows.get("customer") is None:
        raise NotFound("customer", thing="customer", key=customer.key)
    return Found(
        customer_id=customer.id or rows.get("customer"),
        contact_reason_id=_one("contactReason", "contact reason", refs.reason, rows.get("reason")),
        team_id=_one("team", "team", refs.team, rows.get("team")),
        touchpoint_id=_one("touchpoint", "touchpoint", refs.touchpoint, rows.get("touchpoint")),
    )


def _one(field: str, thing: str, named: Named, found: UUID | None) -> UUID | None:
    if named.key is not None and found is None:
        raise NotFound(field, thing=thing, key="key")
    return named.id or found
