"""How are events taken from the outbox? Counted in the order they are seen, by one process at a time.

The ids of events do not follow the order of commits. The relay therefore gives each event a position when it
sees it: whoever reads on from a position misses nothing, however late an event with a smaller id commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from infra.database import Database
from service.events import THINGS
from service.ground.tables import columns_of, table_of

LEASE = timedelta(seconds=15)
"""How long a claim lasts that nobody renews: after so long another process carries on."""
BATCH = 500

SHOWN = "id, position, type, subject_id, customer_id, actor, occurred_at, traceparent"


@dataclass(frozen=True, slots=True)
class Relayed:
    """An event with its position: what a bus carries. What was said or changed is read where it is kept."""

    tenant_id: UUID
    id: UUID
    position: int
    type: str
    subject_id: UUID
    customer_id: UUID | None
    actor: str
    occurred_at: datetime
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Carried:
    """A claim on a tenant's events: counted to `position`, sent to `sent`; the next was tried so often."""

    position: int
    sent: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Lag:
    """What has not been sent yet, of all tenants; `dead` were put aside."""

    events: int
    oldest_seconds: float
    dead: int


def _customer() -> str:
    """Return whom an event of any kind concerns, in SQL over the event `e`."""
    concerned = [
        f"WHEN '{name}' THEN (SELECT customer_id FROM {table_of(thing.node.model).name}"  # noqa: S608 - our own names
        " WHERE tenant_id = $1 AND id = e.subject_id)"
        for name, thing in THINGS.items()
        if thing.node and "customer_id" in columns_of(thing.node.model)
    ]
    said = "coalesce(e.payload ->> 'customer', e.payload ->> 'customer_id')"
    otherwise = f"CASE WHEN {said} ~ '^[0-9a-f-]{{36}}$' THEN ({said})::uuid END"
    kinds = " ".join(["WHEN 'customer' THEN e.subject_id", *concerned])
    return f"coalesce(CASE split_part(e.type, '.', 1) {kinds} END, {otherwise})"


WORKING = """
    SELECT tenant.id FROM tenant
    LEFT JOIN outbox_relay AS relay ON relay.tenant_id = tenant.id
    WHERE (relay.claimed_until IS NULL OR relay.claimed_until <= now() OR relay.holder = $1)
      AND (relay.sent < relay.position OR EXISTS (
        SELECT FROM outbox_event AS e WHERE e.tenant_id = tenant.id AND e.position = 0))
"""
BEGIN = """
    INSERT INTO outbox_relay (tenant_id, id, position, sent, attempts) VALUES ($1, $1, 0, 0, 0)
    ON CONFLICT DO NOTHING
"""
# A row that was counted meanwhile is looked at again by UPDATE, and left alone: then a position stays unused.
CLAIM = f"""
    WITH claim AS (
        SELECT position FROM outbox_relay
        WHERE tenant_id = $1 AND (claimed_until IS NULL OR claimed_until <= now() OR holder = $2)
        FOR UPDATE SKIP LOCKED
    ), waiting AS (
        SELECT id, row_number() OVER (ORDER BY id) AS number FROM (
            SELECT id FROM outbox_event
            WHERE tenant_id = $1 AND position = 0 AND EXISTS (SELECT FROM claim) ORDER BY id LIMIT $4
        ) AS first
    ), counted AS (
        UPDATE outbox_event AS e SET position = claim.position + waiting.number, customer_id = {_customer()}
        FROM waiting, claim WHERE e.tenant_id = $1 AND e.id = waiting.id AND e.position = 0
    )
    UPDATE outbox_relay AS relay
    SET holder = $2, claimed_until = now() + $3, position = claim.position + (SELECT count(*) FROM waiting)
    FROM claim WHERE relay.tenant_id = $1
    RETURNING relay.position, relay.sent, relay.attempts
"""  # noqa: S608 - our own names
SENT = """
    UPDATE outbox_relay SET sent = $3, attempts = 0, claimed_until = now() + $4
    WHERE tenant_id = $1 AND holder = $2 RETURNING true
"""
FAILED = """
    UPDATE outbox_relay
    SET sent = $3, attempts = CASE WHEN sent = $3 THEN attempts + 1 ELSE 1 END
    WHERE tenant_id = $1 AND holder = $2 RETURNING attempts
"""
RELEASE = """
    UPDATE outbox_relay SET holder = NULL, claimed_until = NULL WHERE tenant_id = $1 AND holder = $2
"""
PARK = """
    INSERT INTO dead_letter (tenant_id, id, reason, attempts, parked_at) VALUES ($1, $2, $3, $4, now())
    ON CONFLICT (tenant_id, id)
    DO UPDATE SET reason = $3, attempts = dead_letter.attempts + $4, parked_at = now()
"""
AFTER = f"SELECT {SHOWN} FROM outbox_event WHERE tenant_id = $1 AND position > $2 ORDER BY position LIMIT $3"  # noqa: S608
DEAD = f"""
    SELECT {SHOWN} FROM outbox_event WHERE tenant_id = $1
        AND id IN (SELECT id FROM dead_letter WHERE tenant_id = $1) ORDER BY position LIMIT $2
"""  # noqa: S608 - our own names
BURY = "DELETE FROM dead_letter WHERE tenant_id = $1 AND id = $2"
REWIND = """
    UPDATE outbox_relay SET sent = least(sent, (
        SELECT position FROM outbox_event WHERE tenant_id = $1 AND id = $2 AND 0 < position))
    WHERE tenant_id = $1 AND claimed_until IS NULL
      AND EXISTS (SELECT FROM outbox_event WHERE tenant_id = $1 AND id = $2 AND 0 < position)
    RETURNING position - sent AS again
"""
POSITION = "SELECT position FROM outbox_event WHERE tenant_id = $1 AND id = $2"
LAST = "SELECT coalesce(max(position), 0) AS position FROM outbox_event WHERE tenant_id = $1"
LAG = """
    SELECT count(*) AS events, coalesce(extract(epoch FROM now() - min(occurred_at)), 0)::float8 AS oldest
    FROM (
        SELECT occurred_at FROM outbox_event WHERE position = 0
        UNION ALL
        SELECT e.occurred_at FROM outbox_relay AS relay JOIN outbox_event AS e
            ON e.tenant_id = relay.tenant_id AND relay.sent < e.position AND e.position <= relay.position
        WHERE relay.sent < relay.position
    ) AS waiting
"""


class Outbox:
    """The outbox of every tenant, over a pool whose role may see which tenants have events."""

    def __init__(self, database: Database) -> None:
        """Work over this database."""
        self._database = database

    async def working(self, holder: str) -> list[UUID]:
        """Returns the tenants that have something to be sent and that nobody else carries."""
        return [row["id"] for row in await self._database.pool.fetch(WORKING, holder)]

    async def claim(self, tenant_id: UUID, holder: str, most: int = BATCH) -> Carried | None:
        """Claims a tenant's events and counts those that nobody counted; None where another has them."""
        for attempt in range(2):
            rows = await self._database.within(tenant_id, CLAIM, tenant_id, holder, LEASE, most)
            if rows or attempt:
                break
            await self._database.within(tenant_id, BEGIN, tenant_id)
        return Carried(*rows[0]) if rows else None

    async def after(self, tenant_id: UUID, position: int, most: int = BATCH) -> list[Relayed]:
        """Returns the events that follow a position, in order."""
        return await after(self._database, tenant_id, position, most)

    async def sent(self, tenant_id: UUID, holder: str, position: int) -> bool:
        """Records how far events were sent, and renews the claim; tells whether it was still held."""
        return bool(await self._database.within(tenant_id, SENT, tenant_id, holder, position, LEASE))

    async def failed(self, tenant_id: UUID, holder: str, sent: int) -> int:
        """Records how far events were sent; returns how often the one after them has been tried."""
        rows = await self._database.within(tenant_id, FAILED, tenant_id, holder, sent)
        return rows[0]["attempts"] if rows else 0

    async def release(self, tenant_id: UUID, holder: str) -> None:
        """Gives a claim back."""
        await self._database.within(tenant_id, RELEASE, tenant_id, holder)

    async def park(self, event: Relayed, reason: str, attempts: int) -> None:
        """Puts an event aside that no bus takes."""
        await self._database.within(event.tenant_id, PARK, event.tenant_id, event.id, reason, attempts)

    async def dead(self, tenant_id: UUID, most: int = BATCH) -> list[Relayed]:
        """Returns the events that were put aside."""
        return _events(tenant_id, await self._database.within(tenant_id, DEAD, tenant_id, most))

    async def bury(self, event: Relayed) -> None:
        """Forgets that an event was put aside: it was sent after all."""
        await self._database.within(event.tenant_id, BURY, event.tenant_id, event.id)

    async def rewind(self, tenant_id: UUID, event_id: UUID) -> int | None:
        """Lets everything after an event be sent again; returns how much, None where that is not possible.

        It is not while a process carries the tenant's events, or where there is no such event.
        """
        rows = await self._database.within(tenant_id, REWIND, tenant_id, event_id)
        return rows[0]["again"] if rows else None

    async def lag(self) -> Lag:
        """Returns how much waits to be sent, and for how long."""
        waiting = await self._database.pool.fetchrow(LAG)
        dead = await self._database.pool.fetchval("SELECT count(*) FROM dead_letter")
        return Lag(waiting["events"], waiting["oldest"], dead)


async def after(database: Database, tenant_id: UUID, position: int, most: int = BATCH) -> list[Relayed]:
    """Returns the events of a tenant that follow a position, in order."""
    return _events(tenant_id, await database.within(tenant_id, AFTER, tenant_id, position, most))


async def position_of(database: Database, tenant_id: UUID, event_id: UUID) -> int | None:
    """Returns an event's position, 0 before it was counted, None where there is no such event."""
    rows = await database.within(tenant_id, POSITION, tenant_id, event_id)
    return rows[0]["position"] if rows else None


async def last_position(database: Database, tenant_id: UUID) -> int:
    """Returns the position of a tenant's newest event."""
    rows = await database.within(tenant_id, LAST, tenant_id)
    position: int = rows[0]["position"]
    return position


def _events(tenant_id: UUID, rows: Sequence[Any]) -> list[Relayed]:
    return [Relayed(tenant_id, *row) for row in rows]
