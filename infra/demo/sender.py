"""How does the demo come in? Through the public mutations of a running service; again, it changes nothing."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
from tqdm import tqdm

from infra.demo.journeys import design
from infra.demo.requests import Call, calls
from infra.demo.story import STORIES
from infra.demo.teller import tell
from infra.demo.tenants import Kind, Tenant, tenants

TENANT_HEADER = "x-cx-tenant"
AT_ONCE = 2
PATIENCE_SECONDS = 60.0
COUNTED = """{ customers { totalCount } interactions { totalCount } feedback { totalCount }
  }"""


class DemoRefused(Exception):
    """The service refused a part of the demo; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends the requests of one tenant."""

    client: httpx.AsyncClient
    tenant: str

    async def ask(self, document: str, **variables: object) -> dict[str, Any]:
        """Returns the data of an operation; raises DemoRefused for any error."""
        body = orjson.dumps({"query": document, "variables": variables})
        headers = {"content-type": "application/json", TENANT_HEADER: self.tenant}
        response = await self.client.post("/graphql", content=body, headers=headers)
        answer: dict[str, Any] = orjson.loads(response.content)
        if "errors" in answer:
            raise DemoRefused(f"{self.tenant}: {answer['errors'][0]['message']}")
        data: dict[str, Any] = answer["data"]
        return data

    async def send(self, call: Call) -> None:
        """Sends one mutation; raises DemoRefused where any row of it is refused."""
        payload = (await self.ask(call.document, input=call.sent))[call.field]
        rows = payload.get("results") or ()
        for error in (*payload["userErrors"], *(error for row in rows for error in row["userErrors"])):
            raise DemoRefused(f"{self.tenant}: {call.field}: {error['message']} (at {error['field']})")


async def load(url: str) -> None:
    """Brings both tenants into the service at `url`, each story after its data."""
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as client:
        for tenant in tenants():
            await _load(Sender(client, tenant.key), tenant)


async def _load(sender: Sender, tenant: Tenant) -> None:
    if await is_loaded(sender, tenant):
        return
    total = sum(load.total for load in tenant.loads)
    with tqdm(total=total, desc=f"Loading {tenant.key}", unit=" rows", unit_scale=True) as progress:
        for load in tenant.loads:
            if load.kind is Kind.JOURNEY:
                await design(sender.ask, load.rows())
            else:
                await _send_all(sender, load.kind, calls(load.kind, load.rows()), progress)
    for story in STORIES:
        if story.tenant == tenant.key:
            await tell(sender.ask, story)


async def _send_all(sender: Sender, kind: Kind, requests: Iterable[Call], progress: "tqdm[Any]") -> None:
    """Sends the requests of one kind, a few at once where their order does not matter."""
    at_once = AT_ONCE if kind in {Kind.CUSTOMER, Kind.INTERACTION, Kind.FEEDBACK} else 1
    free = asyncio.Semaphore(at_once)
    async with asyncio.TaskGroup() as group:
        for call in requests:
            await free.acquire()
            group.create_task(_send_one(sender, call, free, progress))


async def _send_one(sender: Sender, call: Call, free: asyncio.Semaphore, progress: "tqdm[Any]") -> None:
    try:
        await sender.send(call)
        progress.update(call.rows)
    finally:
        free.release()


async def is_loaded(sender: Sender, tenant: Tenant) -> bool:
    """Whether the service has all rows of a tenant, and its story to the end."""
    found = await sender.ask(COUNTED)
    wanted = {
        "customers": _total(tenant, Kind.CUSTOMER),
        "interactions": _total(tenant, Kind.INTERACTION),
        "feedback": _total(tenant, Kind.FEEDBACK),
    }
    return all(found[name]["totalCount"] >= number for name, number in wanted.items())


def _total(tenant: Tenant, kind: Kind) -> int:
    return sum(load.total for load in tenant.loads if load.kind is kind)
