"""How does a process stop? In five steps, the one story of SIGTERM.

1. Readiness turns red, so that nobody sends new clients here; liveness stays green.
2. A pause longer than a readiness probe's period. Requests are accepted and answered meanwhile, and each
   answer closes its connection, so that keep-alive clients go elsewhere.
3. What listens for long is told to go: sockets close in jittered batches, the relay ends its batch.
4. Nothing is accepted any more; requests under way finish, for at most `CXGRAPH_DRAIN_SECONDS`.
5. Periodic work gives its claims back, the pools close, and telemetry is sent last.

Steps 1 to 3 are here, 4 is the server's, and 5 is the order of the blocks in `infra/app.py`.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from math import ceil

from starlette.types import Message, Send

STEP_SECONDS = 0.1
Farewell = Callable[[], Awaitable[None]]


class Draining:
    """Whether a process is on its way out, and who must be told."""

    def __init__(self) -> None:
        """Begins in the middle of life."""
        self.begun = False
        self._farewells: list[Farewell] = []

    def tell(self, farewell: Farewell) -> None:
        """Calls somebody after the pause, before nothing is accepted any more."""
        self._farewells.append(farewell)

    async def drain(self, pause: float, hurry: Callable[[], bool] = lambda: False) -> None:
        """Goes through the first three steps; `hurry` tells that somebody does not want to wait."""
        self.begun = True
        for _ in range(ceil(pause / STEP_SECONDS)):
            if hurry():
                break
            await asyncio.sleep(STEP_SECONDS)
        await asyncio.gather(*(farewell() for farewell in self._farewells))


@contextmanager
def told_to_end(end: Callable[[], object]) -> Iterator[None]:
    """Lets a signal call `end`, for those who work without a server; who ends in order ends with 0."""
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, end)
    try:
        yield
    finally:
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(one)


def closing(send: Send) -> Send:
    """Returns what sends an answer that closes its connection."""

    async def send_and_close(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ()), (b"connection", b"close")]
            message = {**message, "headers": headers}
        await send(message)

    return send_and_close
