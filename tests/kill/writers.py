"""Who writes meanwhile? Clients that repeat every request until it is acknowledged, with or without keys."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.kill.stage import TENANT

LOG = """mutation Log($input: InteractionLogInput!) {
  interactionLog(input: $input) { interaction { id } userErrors { code } } }"""
ADD = """mutation Add($input: InteractionMessageAddInput!) {
  interactionMessageAdd(input: $input) { interaction { id } userErrors { code } } }"""
MESSAGES = 2
PAUSE_SECONDS = 0.02
PATIENCE_SECONDS = 120.0


@dataclass(slots=True)
class Matter:
    """One matter as its writer knows it: what was acknowledged, in order."""

    subject: str
    id: str | None = None
    messages: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """One request and the bytes that answered it."""

    body: Mapping[str, Any]
    answer: bytes


@dataclass(slots=True)
class Writers:
    """Several clients that open matters and write messages into them, until told to stop."""

    url: str
    keyed: bool
    run: str
    matters: list[Matter] = field(default_factory=list)
    acknowledged: list[Acknowledged] = field(default_factory=list)
    repeated: int = 0
    stopping: bool = False

    async def write(self, client: httpx.AsyncClient, number: int) -> None:
        """Open one matter after the other; the last one is finished."""
        count = 0
        while not self.stopping:
            count += 1
            matter = Matter(f"{self.run}-{number}-{count}")
            self.matters.append(matter)
            answer = await self._persist(client, LOG, matter.subject, channel="EMAIL", subject=matter.subject)
            matter.id = answer["interactionLog"]["interaction"]["id"]
            for place in range(MESSAGES):
                body = f"{matter.subject}-message-{place}"
                await self._persist(client, ADD, body, interactionId=matter.id, body=body)
                matter.messages.append(body)

    async def _persist(
        self, client: httpx.AsyncClient, source: str, name: str, **input_: object
    ) -> Mapping[str, Any]:
        """Send a request until it is acknowledged, and return its data."""
        if self.keyed:
            source = source.replace("(input: $input)", f'(input: $input) @idempotent(key: "request {name}")')
        body = {"query": source, "variables": {"input": input_}}
        while True:
            answer = await self._sent(client, body)
            if answer is not None:
                self.acknowledged.append(Acknowledged(body, answer.content))
                data: Mapping[str, Any] = answer.json()["data"]
                return data
            self.repeated += 1
            await asyncio.sleep(PAUSE_SECONDS)

    async def _sent(self, client: httpx.AsyncClient, body: Mapping[str, Any]) -> httpx.Response | None:
        """Return an acknowledgement, None for anything else."""
        try:
            answer = await client.post(f"{self.url}/graphql", json=body, headers={"x-cx-tenant": TENANT})
        except httpx.TransportError:
            return None
        if answer.status_code != httpx.codes.OK or "errors" in answer.json():
            return None
        [payload] = answer.json()["data"].values()
        return None if payload["userErrors"] else answer

    async def more(self, acknowledgements: int) -> None:
        """Wait until this many more requests were acknowledged; what was killed must come back for that."""
        enough = len(self.acknowledged) + acknowledgements
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.acknowledged) < enough:  # noqa: ASYNC110 - several clients append
                await asyncio.sleep(PAUSE_SECONDS)

    async def replayed(self, most: int) -> list[bool]:
        """Send the last requests again; tell of each whether it was answered with the same bytes."""
        async with httpx.AsyncClient(timeout=30) as client:
            found = [await self._sent(client, one.body) for one in self.acknowledged[-most:]]
        return [
            answer is not None and answer.content == one.answer
            for answer, one in zip(found, self.acknowledged[-most:], strict=True)
        ]


@asynccontextmanager
async def writing(url: str, run: str, *, keyed: bool, clients: int = 4) -> AsyncIterator[Writers]:
    """Let clients write during the block; at its end all that was begun is acknowledged."""
    writers = Writers(url, keyed, run)
    async with httpx.AsyncClient(timeout=30) as client:
        tasks = [asyncio.create_task(writers.write(client, number)) for number in range(clients)]
        try:
            yield writers
            writers.stopping = True
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
