"""How is the application asked without a server? As a server would, but in this process."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.types import Message

from infra.app import Application
from infra.settings import Settings


@dataclass(frozen=True, slots=True)
class Reply:
    """What the application answered."""

    status: int
    body: bytes


@asynccontextmanager
async def living(settings: Settings, url: str) -> AsyncIterator[Application]:
    """Runs an application's lifespan as long as the block."""
    application = Application(settings, url)
    sent: asyncio.Queue[Message] = asyncio.Queue()
    heard: asyncio.Queue[Message] = asyncio.Queue()
    life = asyncio.create_task(
        application({"type": "lifespan", "app": application, "state": {}}, heard.get, sent.put)
    )
    heard.put_nowait({"type": "lifespan.startup"})
    assert (await sent.get())["type"] == "lifespan.startup.complete"
    yield application
    heard.put_nowait({"type": "lifespan.shutdown"})
    await life


async def asked(
    application: Application,
    body: bytes,
    headers: Mapping[bytes, bytes],
    *,
    method: str = "POST",
    query: bytes = b"",
) -> Reply:
    """Sends one request for GraphQL."""
    pieces: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    said: list[Message] = []

    async def receive() -> Message:
        return pieces.pop() if pieces else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        said.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": "/graphql",
        "query_string": query,
        "headers": list(headers.items()),
    }
    await application(scope, receive, send)
    return Reply(said[0]["status"], b"".join(part.get("body", b"") for part in said[1:]))
