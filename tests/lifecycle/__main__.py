"""What happens on `python -m tests.lifecycle`? Twenty restarts under load, or half a minute of outage."""

import asyncio
import secrets
import signal
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import NoReturn

from infra.database import opened
from infra.embedded import running
from infra.migrations import steps
from infra.settings import load
from tests.lifecycle.outage import endure
from tests.lifecycle.replicas import roll

ALLOWED_SECONDS = 0.3


async def restarts(url: str, tenant: str, times: int) -> bool:
    """Restart so often, tell what clients got, and return whether they missed nothing."""
    seen = await roll(url, tenant, times)
    sys.stdout.write(f"{times} restarts, {seen.answered} answers, {len(seen.failures)} failures\n")
    sys.stdout.writelines(f"  {failure}\n" for failure in seen.failures[:5])
    return not seen.failures


async def outage(url: str, tenant: str, seconds: float) -> bool:
    """Take the database away for so long, tell what was seen, and return whether it is as promised."""
    seen = await endure(url, tenant, seconds)
    slowest = max(seen.seconds)
    sys.stdout.write(
        f"{seconds:.0f} s without a database: livez {seen.live}, readyz {seen.ready}, reads {seen.reads},"
        f" writes {seen.writes}, {len(seen.seconds)} answers, the slowest after {slowest * 1000:.0f} ms,"
        f" back after {seen.seconds_back:.2f} s\n"
    )
    refused = (seen.live, seen.ready, seen.reads, seen.writes) == ({200}, {503}, {503}, {503})
    return refused and slowest <= ALLOWED_SECONDS and seen.after == 200 and seen.same_process


async def _prepared(url: str) -> str:
    await steps.upgrade(url)
    tenant = f"tenant-{secrets.token_hex(6)}"
    async with opened(url, role=None, largest=1) as owner:
        await owner.add_tenant(tenant, tenant)
    return tenant


def main() -> int:
    """Run what was asked for, and return the process's exit status."""
    parser = ArgumentParser(prog="python -m tests.lifecycle", description=__doc__)
    parser.add_argument("what", choices=("restarts", "outage"))
    parser.add_argument("--times", type=int, default=20, help="how many restarts")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long the database is away")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="cxgraph-lifecycle-") as folder,
        running(Path(folder), given_url=load().database_url) as url,
    ):
        tenant = asyncio.run(_prepared(url))
        if arguments.what == "restarts":
            kept = asyncio.run(restarts(url, tenant, arguments.times))
        else:
            kept = asyncio.run(outage(url, tenant, arguments.seconds))
    return 0 if kept else 1


def _leave(number: int, _: FrameType | None) -> NoReturn:
    # Without this such a signal ends Python on the spot, and the replicas stay.
    raise SystemExit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)
    sys.exit(main())
