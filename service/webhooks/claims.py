"""Who sends which delivery now, and what came of it? Claimed for a while, settled once.

Of one endpoint and one subject only the earliest delivery that waits can be claimed, so what happened later
to a subject is told later, however often the earlier telling fails.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Interval,
    String,
    Uuid,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from service.ground.keys import uuid7
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.webhooks.signing import Salted
from service.webhooks.tables import (
    DeliveryStatus,
    EndpointStatus,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)

LEASE = timedelta(minutes=2)
"""How long a claim lasts: longer than a batch, whose every attempt has its own limit, can take."""


@dataclass(frozen=True, slots=True)
class Due:
    """An endpoint that has something to be sent; `failures` is how many attempts failed in a row."""

    id: UUID
    url: str
    document: str
    scopes: frozenset[str]
    secrets: tuple[Salted, ...]
    failures: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to send; `attempts` were made before."""

    id: UUID
    event_type: str
    subject_id: UUID
    occurred_at: datetime
    traceparent: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt; `wait` is None where there is no further one."""

    delivery_id: UUID
    milliseconds: int
    response_code: int | None
    error: str | None
    wait: timedelta | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.error is None


@dataclass(frozen=True, slots=True)
class Circuit:
    """What the attempts say of the endpoint: failures in a row, a rest where they are many, or its end."""

    failures: int
    rest: timedelta | None = None
    gone: bool = False


_endpoint = table_of(WebhookEndpoint)
_delivery = table_of(WebhookDelivery)
_waiting, _earlier = _delivery.alias("waiting"), _delivery.alias("earlier")
PENDING: ColumnElement[str] = literal_column(f"'{DeliveryStatus.PENDING}'")
# The database's own clock decides, so that processes whose clocks differ agree.
_now = func.now()
ENDPOINT = bindparam("endpoint", type_=Uuid())
HOLDER = bindparam("claimant", type_=String())
LASTING = bindparam("lasting", type_=Interval())

DUE = Statement(
    select(_endpoint)
    .where(
        _endpoint.c.tenant_id == TENANT,
        _endpoint.c.status == literal_column(f"'{EndpointStatus.ENABLED}'"),
        or_(_endpoint.c.open_until.is_(None), _endpoint.c.open_until <= _now),
        exists(
            select(1).where(
                _delivery.c.tenant_id == TENANT,
                _delivery.c.endpoint_id == _endpoint.c.id,
                _delivery.c.status == PENDING,
                _delivery.c.next_attempt_at <= _now,
            )
        ),
    )
    .order_by(_endpoint.c.id)
)
_behind_another = exists(
    select(1).where(
        _earlier.c.tenant_id == TENANT,
        _earlier.c.endpoint_id == _waiting.c.endpoint_id,
        _earlier.c.subject_id == _waiting.c.subject_id,
        _earlier.c.status == PENDING,
        _earlier.c.event_id < _waiting.c.event_id,
    )
)
_heads = (
    select(_waiting.c.id)
    .where(
        _waiting.c.tenant_id == TENANT,
        _waiting.c.endpoint_id == ENDPOINT,
        _waiting.c.status == PENDING,
        _waiting.c.next_attempt_at <= _now,
        or_(_waiting.c.claimed_until.is_(None), _waiting.c.claimed_until <= _now),
        ~_behind_another,
    )
    .order_by(_waiting.c.next_attempt_at, _waiting.c.id)
    .limit(bindparam("most", type_=Integer()))
    .with_for_update(skip_locked=True, of=_waiting)
    .cte("heads")
)
CLAIMING = Statement(
    update(_delivery)
    .values(holder=HOLDER, claimed_until=_now + LASTING)
    .where(_delivery.c.tenant_id == TENANT, _delivery.c.id == _heads.c.id)
    .returning(
        _delivery.c.id,
        _delivery.c.event_type,
        _delivery.c.subject_id,
        _delivery.c.occurred_at,
        _delivery.c.traceparent,
        _delivery.c.attempt_count.label("attempts"),
    )
)
SETTLING = Statement(
    update(_delivery)
    .values(
        status=bindparam("state", type_=String()),
        attempt_count=_delivery.c.attempt_count + 1,
        next_attempt_at=_now + LASTING,
        delivered_at=bindparam("done", type_=_delivery.c.delivered_at.type),
        response_code=bindparam("code", type_=Integer()),
        last_error=bindparam("why", type_=String()),
        holder=None,
        claimed_until=None,
        version=_delivery.c.version + 1,
        updated_at=_now,
    )
    .where(
        _delivery.c.tenant_id == TENANT, _delivery.c.id == bindparam("delivery"), _delivery.c.holder == HOLDER
    )
)
RELEASING = Statement(
    update(_delivery)
    .values(holder=None, claimed_until=None)
    .where(_delivery.c.tenant_id == TENANT, _delivery.c.endpoint_id == ENDPOINT, _delivery.c.holder == HOLDER)
)
JUDGING = Statement(
    update(_endpoint)
    .values(failures=bindparam("failing", type_=Integer()), open_until=_now + LASTING)
    .where(_endpoint.c.tenant_id == TENANT, _endpoint.c.id == ENDPOINT)
)
ENDING = Statement(
    update(_endpoint)
    .values(status=EndpointStatus.GONE)
    .where(_endpoint.c.tenant_id == TENANT, _endpoint.c.id == ENDPOINT)
)


async def due(session: Session) -> list[Due]:
    """Return the endpoints that have something to be sent now."""
    return [_due(session.now, WebhookEndpoint(**dict(row))) for row in await session.rows(DUE)]


async def claim(session: Session, endpoint_id: UUID, holder: str, most: int) -> list[Claimed]:
    """Claim deliveries of an endpoint: of each subject the earliest, if it is due and nobody has it."""
    rows = await session.rows(CLAIMING, endpoint=endpoint_id, claimant=holder, lasting=LEASE, most=most)
    return [Claimed(**dict(row)) for row in rows]


async def release(session: Session, endpoint_id: UUID, holder: str) -> None:
    """Give back unsent what was claimed of an endpoint."""
    await session.run(RELEASING, endpoint=endpoint_id, claimant=holder)


async def settle(
    session: Session, endpoint_id: UUID, holder: str, outcomes: Sequence[Outcome], circuit: Circuit
) -> None:
    """Write down what came of attempts, and what they say of their endpoint."""
    for outcome in outcomes:
        await session.run(
            SETTLING,
            delivery=outcome.delivery_id,
            claimant=holder,
            state=_state(outcome),
            done=session.now if outcome.delivered else None,
            code=outcome.response_code,
            why=outcome.error,
            lasting=outcome.wait,
        )
    session.insert(WebhookAttempt, [_attempt(session.now, outcome) for outcome in outcomes])
    await session.run(JUDGING, endpoint=endpoint_id, failing=circuit.failures, lasting=circuit.rest)
    if circuit.gone:
        await session.run(ENDING, endpoint=endpoint_id)
        session.emit("webhook_endpoint.gone", endpoint_id)


def secrets_of(
    salt: bytes, key_name: str, previous: tuple[bytes | None, str | None, datetime | None], now: datetime
) -> tuple[Salted, ...]:
    """Return the secrets in use: the newest, and the one before it until its time is over."""
    old_salt, old_key, until = previous
    newest = Salted(salt, key_name)
    if old_salt is None or old_key is None or until is None or until <= now:
        return (newest,)
    return newest, Salted(old_salt, old_key)


def _due(now: datetime, row: WebhookEndpoint) -> Due:
    previous = (row.previous_salt, row.previous_key_name, row.previous_until)
    return Due(
        row.id,
        row.url,
        row.document,
        frozenset(row.scopes.split()),
        secrets_of(row.salt, row.key_name, previous, now),
        row.failures,
    )


def _state(outcome: Outcome) -> DeliveryStatus:
    if outcome.delivered:
        return DeliveryStatus.DELIVERED
    return DeliveryStatus.DEAD if outcome.wait is None else DeliveryStatus.PENDING


def _attempt(now: datetime, outcome: Outcome) -> dict[str, object]:
    return {
        "id": uuid7(),
        "delivery_id": outcome.delivery_id,
        "attempted_at": now - timedelta(milliseconds=outcome.milliseconds),
        "milliseconds": outcome.milliseconds,
        "response_code": outcome.response_code,
        "error": outcome.error,
    }
