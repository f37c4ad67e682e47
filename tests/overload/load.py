"""How is a service asked at a given rate, whether it answers or not? Nobody waits for anybody else."""

import asyncio
import contextlib
import statistics
import time
from dataclasses import dataclass, field

import orjson

PATIENCE_SECONDS = 1.0
"""An answer that takes longer is worth nothing to the one who asked."""
MOST_CONNECTIONS = 600
OK = 200


@dataclass(slots=True)
class Outcome:
    """What became of the requests of one kind."""

    seconds: float
    answered: list[float] = field(default_factory=list)
    """How long each useful answer took."""
    refused: list[float] = field(default_factory=list)
    late: int = 0

    @property
    def rate(self) -> float:
        """Useful answers a second."""
        return len(self.answered) / self.seconds

    @property
    def p99(self) -> float:
        """The time within which 99 of 100 useful answers came, in milliseconds."""
        times = sorted(self.answered)
        return 1000 * times[int(len(times) * 0.99)] if times else float("inf")

    def told(self) -> str:
        """Returns a line of numbers."""
        middle = 1000 * statistics.median(self.refused) if self.refused else 0.0
        return (
            f"{self.rate:7.0f}/s answered, p99 {self.p99:6.0f} ms; {len(self.refused)} refused"
            f" (median {middle:.0f} ms), {self.late} late"
        )


@dataclass(slots=True)
class Client:
    """Sends one request again and again, on as many connections as are needed."""

    port: int
    request: bytes
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)
    opened: int = 0

    async def ask(self) -> int:
        """Sends the request and returns the status of its answer."""
        reader, writer = self.idle.pop() if self.idle else await self._open()
        done = False
        try:
            writer.write(self.request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
            done = True
            return int(head.split(maxsplit=2)[1])
        finally:
            if done:
                self.idle.append((reader, writer))
            else:
                self.opened -= 1
                writer.close()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.opened >= MOST_CONNECTIONS:
            raise ConnectionError
        self.opened += 1
        return await asyncio.open_connection("127.0.0.1", self.port)

    def close(self) -> None:
        """Closes the connections."""
        for _, writer in self.idle:
            writer.close()


def request(document: str, tenant: str) -> bytes:
    """Returns the bytes that ask a document."""
    body = orjson.dumps({"query": document})
    head = f"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-cx-tenant: {tenant}\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


PROBE = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n"


async def closed(client: Client, seconds: float, together: int) -> Outcome:
    """Asks as fast as answers come, so many at a time."""
    outcome = Outcome(seconds)
    end = time.monotonic() + seconds

    async def one() -> None:
        while time.monotonic() < end:
            await _ask(client, outcome)

    await asyncio.gather(*(one() for _ in range(together)))
    return outcome


async def open_loop(client: Client, seconds: float, rate: float) -> Outcome:
    """Asks at a rate, whether the answers come or not."""
    outcome = Outcome(seconds)
    begun = time.monotonic()
    tasks: set[asyncio.Task[None]] = set()
    sent = 0
    while (elapsed := time.monotonic() - begun) < seconds:
        while sent < elapsed * rate:
            task = asyncio.create_task(_ask(client, outcome))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            sent += 1
        await asyncio.sleep(0.002)
    await asyncio.gather(*tasks)
    return outcome


async def _ask(client: Client, outcome: Outcome) -> None:
    begun = time.monotonic()
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            status = await client.ask()
        (outcome.answered if status == OK else outcome.refused).append(time.monotonic() - begun)
        return
    outcome.late += 1
