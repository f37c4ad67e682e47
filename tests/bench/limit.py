"""How fast is PostgreSQL itself? Statements written by hand under pgbench, and COPY for the batch.

A statement returns the whole response body, which says the same as the service's. It is what somebody would
write who knows PostgreSQL and needs nothing else: the limit that the service is compared with.
"""

import asyncio
import itertools
import re
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from string import Template
from tempfile import NamedTemporaryFile

import asyncpg

from infra.embedded.binaries import find_binaries
from tests.bench.load import LoadFailed
from tests.bench.operations import BATCH, Operation
from tests.bench.series import TENANT_ID, Population

STATEMENTS = Path(__file__).parent / "statements"
GRACE_SECONDS = 60
RATE = re.compile(r"^tps = ([0-9.]+) \(without initial connection time\)", re.MULTILINE)
FAILED = re.compile(r"^number of failed transactions: ([0-9]+)", re.MULTILINE)
COPIED = (
    "tenant_id",
    "id",
    "source",
    "key",
    "type",
    "channel",
    "customer_id",
    "touchpoint_id",
    "properties",
    "occurred_at",
    "recorded_at",
)

_moments = itertools.count(time.time_ns() // 1_000_000)


def of(operation: Operation, population: Population, url: str, *, connections: int, seconds: int) -> float:
    """Returns how often a second PostgreSQL alone can do what the operation asks."""
    written = statement(operation, population)
    if written is None:
        return asyncio.run(_copies(population, url, connections, seconds))
    with NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(f"\\set n random(1, {operation.things(population)})\n{written};\n")
        file.flush()
        return _pgbench(file.name, url, connections, seconds)


def statement(operation: Operation, population: Population) -> str | None:
    """Returns the statement that pgbench runs, with `:n` for the number of the thing; None for the batch."""
    path = STATEMENTS / f"{operation.name}.sql"
    if not path.exists():
        return None
    customer = population.customers.id_sql(":n")
    return Template(path.read_text()).substitute(tenant=f"'{TENANT_ID}'::uuid", customer=customer).strip()


def _pgbench(script: str, url: str, connections: int, seconds: int) -> float:
    program = str(find_binaries() / "pgbench")
    options = [
        "--no-vacuum",
        "--protocol=prepared",
        f"--client={connections}",
        "--jobs=1",
        f"--time={seconds}",
    ]
    done = subprocess.run(
        [program, *options, "--random-seed=1", f"--file={script}", url],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + GRACE_SECONDS,
    )
    rate, failed = RATE.search(done.stdout), FAILED.search(done.stdout)
    if done.returncode != 0 or rate is None or (failed and int(failed[1])):
        raise LoadFailed(f"pgbench ended with status {done.returncode}:\n{done.stdout}{done.stderr}")
    return float(rate[1])


async def _copies(population: Population, url: str, connections: int, seconds: int) -> float:
    """Copies batches in a transaction each, on every connection at once, and returns how many a second."""
    pieces = _batch(population)
    opened = [await asyncpg.connect(url) for _ in range(connections)]
    try:
        begun = time.monotonic()
        counts = [_copy_until(one, pieces, begun + seconds) for one in opened]
        done = sum(await asyncio.gather(*counts))
        return done / (time.monotonic() - begun)
    finally:
        for one in opened:
            await one.close()


async def _copy_until(
    connection: "asyncpg.Connection[asyncpg.Record]", pieces: list[bytes], end: float
) -> int:
    done = 0
    while time.monotonic() < end:
        rows = f"{next(_moments):012x}".encode().join(pieces)
        await connection.copy_to_table("touchpoint_event", source=_once(rows), columns=COPIED)
        done += 1
    return done


async def _once(rows: bytes) -> AsyncIterator[bytes]:
    yield rows


def _batch(population: Population) -> list[bytes]:
    """Returns a batch as the text that COPY reads, cut where twelve hexadecimal digits make it a new one.

    So the client has next to nothing to do. The digits count up from now in milliseconds: the ids are UUIDv7
    and grow as those of the service do.
    """
    mark = "\u0001"
    rows = []
    for number in range(BATCH):
        at = "2025-12-31 10:00:00+00"
        row = (
            str(TENANT_ID),
            f"{mark}7{number:03x}8000000000000000",
            "limit",
            f"{mark}-{number:04d}",
            "page_viewed",
            "WEB",
            str(population.customers.id(1 + number * 37 % population.customers.count)),
            str(population.touchpoints.id(1 + number % population.touchpoints.count)),
            "{}",
            at,
            at,
        )
        rows.append("\t".join(row))
    return [piece.encode() for piece in ("\n".join(rows) + "\n").split(mark)]
