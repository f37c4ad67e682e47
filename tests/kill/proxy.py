"""How is a connection cut at the very moment of COMMIT? By a proxy that reads PostgreSQL's protocol."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto

from sqlalchemy import make_url

SSL_REQUEST = 80877103
HEADER = 5
ENDED = (asyncio.IncompleteReadError, OSError)
QUERY, PARSE, BIND, COMPLETE, READY = b"Q", b"P", b"B", b"C", b"Z"
IDLE = b"I"


class Cut(Enum):
    """Where the next COMMIT is cut."""

    BEFORE = auto()
    """The server never hears of it."""

    AFTER = auto()
    """The server has committed, and the client never hears of that."""


@dataclass(slots=True)
class Commits:
    """What one connection says of its commits: by COMMIT, or by a statement that writes and stands alone."""

    writing: set[bytes] = field(default_factory=set)
    status: bytes = IDLE
    alone: bool = False

    def asks(self, kind: bytes, message: bytes) -> bool:
        """Tell whether a message of the client has something committed."""
        if kind == PARSE:
            name, text, _ = message[HEADER:].split(b"\0", 2)
            (self.writing.add if b"INSERT INTO" in text else self.writing.discard)(name)
        if kind == BIND:
            _, name, _ = message[HEADER:].split(b"\0", 2)
            self.alone = name in self.writing and self.status == IDLE
            return self.alone
        return kind == QUERY and b"COMMIT" in message

    def answers(self, kind: bytes, message: bytes) -> bool:
        """Tell whether a message of the server says that something was committed."""
        if kind == READY:
            self.status, done, self.alone = message[HEADER:], self.alone, False
            return done
        return kind == COMPLETE and message[HEADER:] == b"COMMIT\0"


class Proxy:
    """Stands between the service and PostgreSQL."""

    def __init__(self, host: str, port: int) -> None:
        """Pass everything on to a server; `lag` seconds pass between a COMMIT and its answer."""
        self._target = (host, port)
        self.planned: list[Cut] = []
        self.cuts = 0
        self.lag = 0.0
        self._open: set[asyncio.StreamWriter] = set()

    async def serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """Carry one connection until either side ends it, or it is cut."""
        try:
            server, to_server = await asyncio.open_connection(*self._target)
        except OSError:
            to_client.transport.abort()
            return
        both = {to_client, to_server}
        self._open |= both
        try:
            while await _greeted(client, to_client, server, to_server):
                pass
            commits = Commits()
            forwards = self._forwards(client, to_server, commits)
            await _first_of(forwards, self._backwards(server, to_client, commits))
        except ENDED:
            pass
        finally:
            for writer in both:
                writer.transport.abort()
            self._open -= both

    def cut_all(self) -> None:
        """Cut every connection where it is."""
        for writer in list(self._open):
            writer.transport.abort()

    async def _forwards(
        self, client: asyncio.StreamReader, server: asyncio.StreamWriter, commits: Commits
    ) -> None:
        """Pass on what the client says; end before a COMMIT that is to be cut before."""
        while True:
            kind, message = await _message(client)
            if commits.asks(kind, message) and self._takes(Cut.BEFORE):
                return
            server.write(message)
            await server.drain()

    async def _backwards(
        self, server: asyncio.StreamReader, client: asyncio.StreamWriter, commits: Commits
    ) -> None:
        """Pass on what the server says; end before the answer to a COMMIT that is to be cut after."""
        while True:
            kind, message = await _message(server)
            if commits.answers(kind, message):
                await asyncio.sleep(self.lag)
                if self._takes(Cut.AFTER):
                    return
            client.write(message)
            await client.drain()

    def _takes(self, cut: Cut) -> bool:
        if self.planned and self.planned[0] is cut:
            self.planned.pop(0)
            self.cuts += 1
            return True
        return False


@asynccontextmanager
async def between(url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """Stand in front of a database; yields the proxy and the address of the database behind it."""
    parsed = make_url(url)
    proxy = Proxy(parsed.host or "127.0.0.1", parsed.port or 5432)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield proxy, parsed.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
    finally:
        server.close()
        proxy.cut_all()


async def _greeted(
    client: asyncio.StreamReader,
    to_client: asyncio.StreamWriter,
    server: asyncio.StreamReader,
    to_server: asyncio.StreamWriter,
) -> bool:
    """Pass on a message of the beginning, which has no kind; tell whether another one follows."""
    size = await client.readexactly(4)
    body = await client.readexactly(int.from_bytes(size) - 4)
    to_server.write(size + body)
    if int.from_bytes(body[:4]) != SSL_REQUEST:
        return False
    to_client.write(await server.readexactly(1))
    return True


async def _message(stream: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await stream.readexactly(HEADER)
    return head[:1], head + await stream.readexactly(int.from_bytes(head[1:]) - 4)


async def _first_of(*ways: Coroutine[None, None, None]) -> None:
    """Run both ways until one ends."""
    tasks = [asyncio.create_task(way) for way in ways]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
