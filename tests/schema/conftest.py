"""Which customers do the facts about reading speak of? A few whose names, ties and gaps are known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from infra.database import Database
from service.customers.tables import (
    Account,
    Customer,
    CustomerExternalId,
    LifecycleChange,
    LifecycleStage,
    Segment,
    SegmentMembership,
)
from service.ground.actor import Actor
from service.ground.keys import uuid7
from service.ground.session import Session
from service.ground.tables import TenantRow

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
T = TypeVar("T", bound=TenantRow)
OLDEST_FIRST = "orderBy:{field:CREATED_AT,direction:ASC}"


@dataclass(frozen=True, slots=True)
class People:
    """The public ids of what `people` laid into the tenant."""

    ada: str
    bob: str
    eve: str
    acme: str
    gold: str


@pytest.fixture
async def people(database: Database, actor: Actor) -> People:
    """Ada and Bob of Acme, of whom Ada is a gold customer, and Eve, of whom nothing is known."""
    return await settle(database, actor)


async def settle(database: Database, actor: Actor) -> People:
    """Lay the same people into an actor's tenant."""
    # Bob and Eve came at the same moment: their ids break the tie.
    one, two, three = sorted(uuid7() for _ in range(3))
    async with database.work(actor) as session:
        acme = session.add(_made(Account, session, {"name": 'Acme "Söhne"', **_day(0)}))
        firm = {"account_id": acme.id}
        known = {"display_name": "Ada", "email": "ada@x.org"}
        ada = session.add(_made(Customer, session, {"id": one, **_day(1), **firm, **known}))
        odd = {"display_name": 'Bob "\\\\" Ümläut 😀', "attributes": {"tier": [1, None, "é"]}}
        session.add(_made(Customer, session, {"id": two, **_day(2), **firm, **odd}))
        gone = {"lifecycle_stage": LifecycleStage.CHURNED}
        session.add(_made(Customer, session, {"id": three, **_day(2), **gone}))
        gold = _tell(session, ada)
    return People(f"cus_{one}", f"cus_{two}", f"cus_{three}", f"acc_{acme.id}", f"seg_{gold.id}")


def _tell(session: Session, ada: Customer) -> Segment:
    """Give Ada two segments, of which she left one, external ids, a lifecycle; return the one she is in."""
    gold = session.add(_made(Segment, session, {"key": "gold", "name": "Gold"}))
    old = session.add(_made(Segment, session, {"key": "old", "name": "Old"}))
    hers = {"customer_id": ada.id}
    for segment, left in ((gold, None), (old, BEGINNING)):
        stay = {"segment_id": segment.id, "joined_at": BEGINNING, "left_at": left}
        session.add(_made(SegmentMembership, session, {**hers, **stay}))
    for system in ("zendesk", "crm"):
        session.add(_made(CustomerExternalId, session, {**hers, "system": system, "value": f"{system}-1"}))
    for days, stage in ((0, LifecycleStage.PROSPECT), (5, LifecycleStage.ACTIVE)):
        step = {"stage": stage, "actor": "crm", "changed_at": BEGINNING + timedelta(days=days)}
        session.add(_made(LifecycleChange, session, {**hers, **step}))
    return gold


def _made(model: type[T], session: Session, values: Mapping[str, object]) -> T:
    return model.model_validate({"tenant_id": session.tenant_id, **values})


def _day(number: int) -> Mapping[str, datetime]:
    """Return the times of a row that came into being some days after the beginning."""
    at = BEGINNING + timedelta(days=number)
    return {"created_at": at, "updated_at": at}
