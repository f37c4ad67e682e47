"""How is a server driven? By wrk where it is installed, else by autocannon: answered, it asks again.

Both send the same bodies in the same order, and both run on the cores that the server does not have.
"""

import itertools
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from tests.bench.node import PACKAGES, node
from tests.bench.processes import Server
from tests.bench.series import TENANT_KEY

HERE = Path(__file__).parent
TIMEOUT_SECONDS = 30
_runs = itertools.count(1)


class LoadFailed(Exception):
    """The load generator could not do its work; the message holds what it printed."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run gave; of PostgreSQL alone only the rate is known."""

    requests_per_second: float
    p50_ms: float | None = None
    p99_ms: float | None = None
    cpu_us: float | None = None
    """CPU time of the server's process for one request, in microseconds."""
    failed: int = 0


@contextmanager
def bodies_file(bodies: Sequence[bytes]) -> Iterator[Path]:
    """Keeps request bodies where a load generator can read them, one a line."""
    with TemporaryDirectory(prefix="cxgraph-bench-") as folder:
        path = Path(folder) / "bodies"
        path.write_bytes(b"\n".join(bodies))
        yield path


def generator() -> str:
    """Returns the name of the load generator that will be used."""
    return "wrk" if shutil.which("wrk") else "autocannon"


def drive(server: Server, bodies: Path, *, connections: int, seconds: int) -> Measured:
    """Sends the bodies again and again for some seconds, and returns what was measured."""
    command = _wrk if generator() == "wrk" else _autocannon
    before = server.cpu_seconds()
    words = command(server.url, bodies, connections, seconds, f"{next(_runs):06d}")
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=seconds + TIMEOUT_SECONDS
    )
    after = server.cpu_seconds()
    # The load generator leaves in the middle of its last requests; the next contender must not pay for them.
    server.await_rest()
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        raise LoadFailed(f"{words[0]} ended with status {done.returncode}:\n{done.stdout}{done.stderr}")
    return _measured(orjson.loads(lines[-1]), before, after)


def _measured(found: dict[str, float], before: float | None, after: float | None) -> Measured:
    requests = found["requests"]
    used = None if before is None or after is None or not requests else (after - before) / requests * 1e6
    return Measured(
        requests_per_second=requests / found["seconds"],
        p50_ms=found["p50_ms"],
        p99_ms=found["p99_ms"],
        cpu_us=used,
        failed=int(found["failed"]),
    )


def _wrk(url: str, bodies: Path, connections: int, seconds: int, first: str) -> list[str]:
    script = str(HERE / "load.lua")
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", f"{TIMEOUT_SECONDS}s", "--latency"]
    return ["wrk", *options, "-s", script, url, "--", str(bodies), TENANT_KEY, first]


def _autocannon(url: str, bodies: Path, connections: int, seconds: int, first: str) -> list[str]:
    script = str(PACKAGES / "load.mjs")
    return [node(), script, url, str(bodies), TENANT_KEY, first, str(connections), str(seconds)]
