"""How much waits, of all tenants together? Counted every minute by each process that does periodic work.

Nothing is claimed for it, since nothing is changed: each of these processes tells the same.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from infra.database import Database
from infra.outbox import Relayed
from infra.telemetry import meters, names

COUNTING_SECONDS = 60.0
CLOSED = "feedback_loop.closed"

WAITING = """
    SELECT
        (SELECT count(*) FROM webhook_delivery WHERE tenant_id = $1 AND status = 'PENDING'),
        count(*),
        coalesce(extract(epoch FROM now() - min(opened_at)), 0)::float8,
        coalesce(extract(epoch FROM now() - (
            SELECT min(next_at) FROM clock WHERE tenant_id = $1 AND next_at <= now())), 0)::float8
    FROM feedback_loop WHERE tenant_id = $1 AND status = 'OPEN'
"""
AGES = """
    SELECT extract(epoch FROM closed_at - opened_at)::float8 FROM feedback_loop
    WHERE tenant_id = $1 AND id = ANY ($2) AND closed_at IS NOT NULL
"""

Report = Callable[[BaseException], str]


async def count(database: Database) -> None:
    """Counts what waits in every tenant."""
    pending = loops = 0
    oldest = latest = 0.0
    for tenant_id in (await database.tenants()).values():
        [(owed, opened, age, late)] = await database.within(tenant_id, WAITING, tenant_id)
        pending, loops = pending + owed, loops + opened
        oldest, latest = max(oldest, age), max(latest, late)
    meters.gauge(names.WEBHOOK_PENDING).set(pending)
    meters.gauge(names.LOOPS_OPEN).set(loops)
    meters.gauge(names.LOOP_OLDEST).set(oldest)
    meters.gauge(names.CLOCK_LAG).set(latest)


async def note_closed(database: Database, tenant_id: UUID, events: Sequence[Relayed]) -> None:
    """Takes note of how old the loops were whose closing these events tell."""
    closed = [event.subject_id for event in events if event.type == CLOSED]
    if closed:
        for row in await database.within(tenant_id, AGES, tenant_id, closed):
            meters.histogram(names.LOOP_AGE).record(row[0])


@asynccontextmanager
async def counting(database: Database, report: Report) -> AsyncIterator[None]:
    """Counts from time to time as long as the block lasts."""
    task = asyncio.create_task(_repeat(database, report))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _repeat(database: Database, report: Report) -> None:
    while True:
        try:
            await count(database)
        except Exception as error:  # noqa: BLE001 - figures that are missing must not end the counting
            report(error)
        await asyncio.sleep(COUNTING_SECONDS)
