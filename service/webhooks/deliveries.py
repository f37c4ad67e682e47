"""Which events are endpoints told of, in which order, and once more on request?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import bindparam, delete, func, literal_column, select, update

from service.ground.events import OutboxEvent
from service.ground.keys import uuid7
from service.ground.problems import Blocked, Invalid
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import Moment, table_of
from service.webhooks import subjects
from service.webhooks.endpoints import get
from service.webhooks.tables import DeliveryStatus, EndpointStatus, WebhookDelivery, WebhookEndpoint

MOST_REPLAYED = 10_000
"""Events that one replay sends again at most; the answer says from where to go on."""
KEPT_FOR = timedelta(days=30)
"""How long the log tells of a delivery that is over."""
FORGOTTEN_AT_ONCE = 1000


class Happened(Protocol):
    """What is needed of an event, whoever read it from the outbox."""

    @property
    def id(self) -> UUID:
        """Its id, by which it is told once."""

    @property
    def type(self) -> str:
        """What happened."""

    @property
    def subject_id(self) -> UUID:
        """What it happened to."""

    @property
    def occurred_at(self) -> datetime:
        """When it happened."""

    @property
    def traceparent(self) -> str | None:
        """The trace in which it happened."""


_delivery = table_of(WebhookDelivery)
_event = table_of(OutboxEvent)
SINCE = Statement(
    select(_event.c.id, _event.c.type, _event.c.subject_id, _event.c.occurred_at, _event.c.traceparent)
    .where(_event.c.tenant_id == TENANT, _event.c.occurred_at >= bindparam("since", type_=Moment()))
    .order_by(_event.c.id)
    .limit(MOST_REPLAYED)
)
_AGAIN = {
    "status": literal_column(f"'{DeliveryStatus.PENDING}'"),
    "next_attempt_at": func.now(),
    "attempt_count": 0,
    "delivered_at": None,
    "version": _delivery.c.version + 1,
    "updated_at": func.now(),
}
REDELIVER_SINCE = Statement(
    update(_delivery)
    .values(_AGAIN)
    .where(
        _delivery.c.tenant_id == TENANT,
        _delivery.c.endpoint_id == bindparam("endpoint"),
        _delivery.c.occurred_at >= bindparam("since", type_=Moment()),
        _delivery.c.status != literal_column(f"'{DeliveryStatus.PENDING}'"),
    )
    .returning(_delivery.c.id)
)
SAMPLE = Statement(
    select(_event.c.id, _event.c.type, _event.c.subject_id, _event.c.occurred_at, _event.c.traceparent)
    .where(_event.c.tenant_id == TENANT, _event.c.type == bindparam("type"))
    .order_by(_event.c.id.desc())
    .limit(1)
)


_over = (
    select(_delivery.c.id)
    .where(
        _delivery.c.tenant_id == TENANT,
        _delivery.c.status != literal_column(f"'{DeliveryStatus.PENDING}'"),
        _delivery.c.created_at < bindparam("limit", type_=Moment()),
        _delivery.c.updated_at < bindparam("limit", type_=Moment()),
    )
    .limit(FORGOTTEN_AT_ONCE)
)
FORGETTING = Statement(
    delete(_delivery)
    .where(_delivery.c.tenant_id == TENANT, _delivery.c.id.in_(_over))
    .returning(_delivery.c.id)
)


async def accept(session: Session, events: Sequence[Happened]) -> int:
    """Let every endpoint that wants these events be told of them; return how many deliveries are new.

    The same event twice changes nothing: a delivery is named by its endpoint and its event.
    """
    endpoints = [one for one in await session.find(WebhookEndpoint) if one.status != EndpointStatus.GONE]
    return sum([await _owe(session, one, events) for one in endpoints])


async def test(session: Session, endpoint_id: UUID) -> UUID:
    """Send an endpoint a message that tells of nothing; return the delivery. Raises NotFound, Blocked."""
    endpoint = await _alive(session, endpoint_id)
    return session.enter(
        WebhookDelivery,
        endpoint_id=endpoint.id,
        event_id=uuid7(),
        event_type=subjects.TEST,
        subject_id=endpoint.id,
        occurred_at=session.now,
        next_attempt_at=session.now,
    )


async def redeliver(session: Session, delivery_id: UUID) -> UUID:
    """Send one delivery again, under its own id; one that waits is sent now. Raises NotFound, Blocked."""
    delivery = await session.get(WebhookDelivery, delivery_id, "deliveryId", locked=True)
    await _alive(session, delivery.endpoint_id)
    await session.change(
        delivery,
        status=DeliveryStatus.PENDING,
        next_attempt_at=session.now,
        attempt_count=0,
        delivered_at=None,
    )
    return delivery.id


async def replay(session: Session, endpoint_id: UUID, since: datetime) -> tuple[int, datetime | None]:
    """Tell an endpoint everything since a time once more, also what happened before it was registered.

    Returns how many deliveries wait because of that, and from when on to go on where there was too much.
    Raises NotFound, Blocked, and Invalid for a time to come.
    """
    if since > session.now:
        raise Invalid("since", reason="What is yet to come cannot be told again.")
    endpoint = await _alive(session, endpoint_id)
    again = await session.rows(REDELIVER_SINCE, endpoint=endpoint.id, since=since)
    rows = await session.rows(SINCE, since=since)
    new = await _owe(session, endpoint, [_Row(**dict(row)) for row in rows])
    return len(again) + new, rows[-1]["occurred_at"] if len(rows) == MOST_REPLAYED else None


async def forget(session: Session) -> int:
    """Let the next deliveries go that were over long ago; return how many, 0 when nothing is left to do."""
    return len(await session.rows(FORGETTING, limit=session.now - KEPT_FOR))


async def sample(session: Session, type_: str) -> Happened | None:
    """Return the newest event of a type, None where there never was one."""
    row = await session.row(SAMPLE, type=type_)
    return _Row(**dict(row)) if row else None


@dataclass(frozen=True, slots=True)
class _Row:
    """An event as the outbox keeps it."""

    id: UUID
    type: str
    subject_id: UUID
    occurred_at: datetime
    traceparent: str | None


async def _owe(session: Session, endpoint: WebhookEndpoint, events: Iterable[Happened]) -> int:
    wanted = endpoint.event_types.split()
    rows = [
        {
            "id": uuid7(),
            "version": 1,
            "created_at": session.now,
            "updated_at": session.now,
            "endpoint_id": endpoint.id,
            "event_id": event.id,
            "event_type": event.type,
            "subject_id": event.subject_id,
            "occurred_at": event.occurred_at,
            "traceparent": event.traceparent,
            "status": DeliveryStatus.PENDING,
            "attempt_count": 0,
            "next_attempt_at": session.now,
        }
        for event in events
        if subjects.matches(wanted, event.type)
    ]
    return len(await session.insert_new(WebhookDelivery, rows, ("endpoint_id", "event_id")))


async def _alive(session: Session, endpoint_id: UUID) -> WebhookEndpoint:
    endpoint = await get(session, endpoint_id)
    if endpoint.status == EndpointStatus.GONE:
        raise Blocked("endpointId", reasons=["The endpoint said that it is gone: resume it first."])
    return endpoint
