"""Against what do the attacks run, and what did each cost? A service in a process of its own, watched."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.http.attacks.payloads import Attack

CONTINUE = 100
START_SECONDS = 60.0
ANSWER_SECONDS = 20.0
QUICK: Mapping[str, str] = {
    "CXGRAPH_HEADER_SECONDS": "1",
    "CXGRAPH_BODY_SECONDS": "1",
    "CXGRAPH_PERIODIC_WORK": "false",
    # The account of points must not hide what a request costs.
    "CXGRAPH_POINTS_PER_SECOND": "1e9",
    "CXGRAPH_POINTS_SAVED": "1000000000",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: no status where the connection was closed without a word."""

    status: int | None
    body: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """A running service."""

    pid: int
    port: int
    log: Path

    def cpu_seconds(self) -> float:
        """Returns the processor time that the service has used, to the nanosecond where the system tells."""
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def megabytes(self) -> float:
        """Returns the memory the service holds."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        (resident,) = (line.split()[1] for line in lines if line.startswith("VmRSS:"))
        return int(resident) / 1024

    async def send(self, attack: Attack) -> Reply:
        """Sends an attack on a connection of its own and returns the first answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(attack.sent)
            with contextlib.suppress(ConnectionError):
                if attack.ends:
                    await writer.drain()
                    return Reply(None, b"", b"")
                async with asyncio.timeout(ANSWER_SECONDS):
                    return await _reply(reader, bodiless=attack.sent.startswith(b"HEAD"))
            return Reply(None, b"", b"")
        finally:
            writer.close()


async def _reply(reader: asyncio.StreamReader, *, bodiless: bool) -> Reply:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as closed:
        return Reply(None, closed.partial, closed.partial)
    lines = head.decode("latin-1").lower().split("\r\n")
    status = int(lines[0].split()[1])
    if status == CONTINUE:
        return await _reply(reader, bodiless=bodiless)
    lengths = [int(line.partition(":")[2]) for line in lines if line.startswith("content-length:")]
    body = b""
    with contextlib.suppress(asyncio.IncompleteReadError):
        body = await reader.readexactly(lengths[0]) if lengths and not bodiless else b""
    return Reply(status, body, head + body)


@contextmanager
def target(database_url: str) -> Iterator[Target]:
    """Runs a service on a database as long as the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    more = {"DATABASE_URL": database_url, "CXGRAPH_PORT": str(port), **QUICK}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "infra", "serve"],
                env={**os.environ, **more},
                stdout=output,
                stderr=output,
            )
        try:
            _await(process, port, log)
            yield Target(process.pid, port, log)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(START_SECONDS)


def _await(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    raise TimeoutError(log.read_text())
