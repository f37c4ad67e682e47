"""Which step of the migrations makes a request wait, and for how long? Printed; fails over the limit."""

import asyncio
import secrets
import sys
from pathlib import Path

import asyncpg

from infra.embedded import running
from tests.migrations.traffic import LONGEST_SECONDS, apart, measure


def _shown(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


async def _measured(url: str) -> bool:
    name = f"cxgraph_migrations_{secrets.token_hex(4)}"
    connection = await asyncpg.connect(url)
    await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        waits = await measure(f"{url.rpartition('/')[0]}/{name}", apart)
    finally:
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await connection.close()
    for one in waits:
        sys.stdout.write(
            f"{one.revision}: longest answer {_shown(one.before)} before, {_shown(one.during)} meanwhile\n"
        )
    return all(one.added <= LONGEST_SECONDS for one in waits)


if __name__ == "__main__":
    with running(Path(".run")) as url:
        sys.exit(0 if asyncio.run(_measured(url)) else 1)
