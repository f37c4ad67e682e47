"""Is the process alive, and can it take requests? Liveness never asks the database; readiness does."""

import asyncio
from dataclasses import dataclass, field

import asyncpg
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from infra.database import Database
from infra.draining import Draining

PATIENCE_SECONDS = 1.0


@dataclass(slots=True)
class Health:
    """What the probes are told."""

    database: Database | None = None
    draining: Draining = field(default_factory=Draining)

    def routes(self) -> list[Route]:
        """Returns the probes' routes."""
        return [Route("/livez", self.livez, methods=["GET"]), Route("/readyz", self.readyz, methods=["GET"])]

    async def livez(self, _: Request) -> PlainTextResponse:
        """Answers as long as the event loop turns."""
        return PlainTextResponse("alive\n")

    async def readyz(self, _: Request) -> PlainTextResponse:
        """Answers 200 while requests can be served: not draining, and the database answers."""
        if self.draining.begun or self.database is None:
            return PlainTextResponse("not serving\n", 503)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.database.answers()
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return PlainTextResponse("the database does not answer\n", 503)
        return PlainTextResponse("ready\n")
