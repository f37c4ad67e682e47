"""Which step of the migrations makes a request wait, and for how long? Printed; fails over the limit."""

import asyncio
import secrets
import sys
from pathlib import Path

import asyncpg

from infra.embedded import running
from tests.migrations.traffic import LONGEST_SECONDS, measure


async def _measured(url: str) -> bool:
    name = f"cxgraph_migrations_{secrets.token_hex(4)}"
    connection = await asyncpg.connect(url)
    await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        waits = await measure(f"{url.rpartition('/')[0]}/{name}")
    finally:
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await connection.close()
    for one in waits:
        milliseconds = (1000 * one.before, 1000 * one.during, 1000 * one.added)
        print(
            "{}: longest answer {:.0f} ms before, {:.0f} ms meanwhile, {:.0f} ms more".format(
                one.revision, *milliseconds
            )
        )
    return all(one.added <= LONGEST_SECONDS for one in waits)


if __name__ == "__main__":
    with running(Path(".run")) as url:
        sys.exit(0 if asyncio.run(_measured(url)) else 1)
