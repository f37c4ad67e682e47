"""Who is told, in tests? A small real server that fails in every way, and keeps what it took."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

import orjson
from standardwebhooks import Webhook


class Way(StrEnum):
    """How a receiver answers."""

    TAKE = "TAKE"
    FAIL = "FAIL"
    RESET = "RESET"
    REDIRECT = "REDIRECT"
    SILENCE = "SILENCE"
    SLOW_BODY = "SLOW_BODY"
    CUT_SHORT = "CUT_SHORT"
    LATE = "LATE"
    GONE = "GONE"
    BUSY = "BUSY"


FAILURES = (Way.FAIL, Way.RESET, Way.REDIRECT, Way.SILENCE, Way.SLOW_BODY, Way.CUT_SHORT, Way.LATE)
ANSWERS = {
    Way.TAKE: b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n",
    Way.FAIL: b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    Way.GONE: b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    Way.BUSY: b"HTTP/1.1 503 Busy\r\nretry-after: 3600\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    Way.SLOW_BODY: b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\nconnection: close\r\n\r\n",
    Way.CUT_SHORT: b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\nabc",
}


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came in."""

    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> dict[str, object]:
        """What it says."""
        found: dict[str, object] = orjson.loads(self.body)
        return found


@dataclass(slots=True)
class Receiver:
    """Keeps what came in, and what of it was taken: by its own account, whatever the sender thinks."""

    way: Callable[[], Way] = lambda: Way.TAKE
    port: int = 0
    heard: list[Message] = field(default_factory=list)
    taken: list[Message] = field(default_factory=list)
    first: asyncio.Event = field(default_factory=asyncio.Event)
    trap_hits: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request in one of the ways."""
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        finally:
            self._open.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        if " /trap " in head[0]:
            self.trap_hits += 1
            return
        headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in head[1:])}
        message = Message(headers, await reader.readexactly(int(headers["content-length"])))
        self.heard.append(message)
        self.first.set()
        way = self.way()
        if way in {Way.TAKE, Way.LATE}:
            self.taken.append(message)
        await self._leave(way, writer)

    async def _leave(self, way: Way, writer: asyncio.StreamWriter) -> None:
        match way:
            case Way.RESET:
                writer.transport.abort()
            case Way.SILENCE | Way.LATE:
                await asyncio.sleep(60)
            case Way.REDIRECT:
                where = f"http://127.0.0.1:{self.port}/trap"
                writer.write(f"HTTP/1.1 307 There\r\nlocation: {where}\r\ncontent-length: 0\r\n\r\n".encode())
            case Way.SLOW_BODY:
                writer.write(ANSWERS[way])
                for _ in range(600):
                    await writer.drain()
                    await asyncio.sleep(0.1)
                    writer.write(b"x")
            case _:
                writer.write(ANSWERS[way])
                await writer.drain()

    def verified(self, *secrets: str) -> list[dict[str, object]]:
        """Return what every taken message says, after the public library verified it with one of these."""
        return [
            Webhook(secret).verify(message.body, message.headers)
            for message in self.taken
            for secret in secrets
        ]

    def end(self) -> None:
        """Leave every conversation."""
        for task in self._open:
            task.cancel()


def failing(share: float, seed: int) -> Callable[[], Way]:
    """Return ways of which this share are failures, of every kind alike."""
    chance = random.Random(seed)  # noqa: S311 - faults, not secrets
    return lambda: chance.choice(FAILURES) if chance.random() < share else Way.TAKE


@asynccontextmanager
async def listening(way: Callable[[], Way] = lambda: Way.TAKE) -> AsyncIterator[Receiver]:
    """Listen on a free port of this machine."""
    receiver = Receiver(way)
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0, backlog=512)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.end()
        server.close()
