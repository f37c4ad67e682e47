"""How does the demo come in? Through the public mutations of a running service; again, it changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import httpx
from tqdm import tqdm

from infra.demo.asking import Ask, Asker, accepted
from infra.demo.journeys import design
from infra.demo.promises import open_by, promise
from infra.demo.requests import Call, calls
from infra.demo.rows import Row
from infra.demo.teller import is_told, tell
from infra.demo.tenants import Kind, Tenant, tenants

AT_ONCE = 2
ANY_ORDER = frozenset({Kind.CUSTOMER, Kind.INTERACTION, Kind.FEEDBACK})
"""The kinds whose rows name nothing of their own kind, so that a few requests can be on their way at once."""
Make = Callable[[Ask, Any], Awaitable[None]]
MAKERS: Mapping[Kind, Make] = {Kind.JOURNEY: design, Kind.CALENDAR: open_by, Kind.POLICY: promise}
"""What is made one by one, unless it is there."""

PATIENCE_SECONDS = 60.0
COUNTED = "{ customers { totalCount } interactions { totalCount } feedback { totalCount } }"


async def load(url: str, wanted: Sequence[Tenant] | None = None) -> int:
    """Brings tenants, by default both, into the service unless they are there; returns the rows sent."""
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as client:
        sent = 0
        for tenant in tenants() if wanted is None else wanted:
            ask = Asker(client, tenant.key).ask
            sent += 0 if await is_loaded(ask, tenant) else await bring(ask, tenant)
        return sent


async def is_loaded(ask: Ask, tenant: Tenant) -> bool:
    """Whether the service has all rows of a tenant, and its story to the end."""
    if not await is_told(ask, tenant.story):
        return False
    found = await ask(COUNTED)
    wanted = {
        "customers": _total(tenant, Kind.CUSTOMER),
        "interactions": _total(tenant, Kind.INTERACTION),
        "feedback": _total(tenant, Kind.FEEDBACK),
    }
    return all(found[name]["totalCount"] >= number for name, number in wanted.items())


async def bring(ask: Ask, tenant: Tenant) -> int:
    """Sends all rows of a tenant, there or not, then tells its story; returns how many were sent."""
    with tqdm(total=tenant.total, desc=f"Loading {tenant.key}", unit=" rows", unit_scale=True) as progress:
        for load in tenant.loads:
            if make := MAKERS.get(load.kind):
                await _make_all(ask, make, load.rows(), progress)
            else:
                at_once = AT_ONCE if load.kind in ANY_ORDER else 1
                await _send_all(ask, calls(load.kind, load.rows()), at_once, progress)
        await tell(ask, tenant.story)
        return int(progress.n)


def _total(tenant: Tenant, kind: Kind) -> int:
    return sum(load.total for load in tenant.loads if load.kind is kind)


async def _make_all(ask: Ask, make: Make, rows: Iterable[Row], progress: "tqdm[Any]") -> None:
    for row in rows:
        await make(ask, row)
        progress.update(1)


async def _send_all(ask: Ask, requests: Iterable[Call], at_once: int, progress: "tqdm[Any]") -> None:
    free = asyncio.Semaphore(at_once)
    try:
        async with asyncio.TaskGroup() as group:
            for call in requests:
                await free.acquire()
                group.create_task(_send(ask, call, free, progress))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _send(ask: Ask, call: Call, free: asyncio.Semaphore, progress: "tqdm[Any]") -> None:
    try:
        accepted((await ask(call.document, input=call.sent))[call.field], call.field)
        progress.update(call.rows)
    finally:
        free.release()
