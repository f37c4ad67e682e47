"""Do those who work without a server end in order, too?"""

import asyncio
import os
import signal
import sys

import pytest

from infra.database import Database
from service.ground.actor import Actor, ActorKind
from service.ground.scopes import EVERY
from tests.ground import add_tenant, watched
from tests.infra.relaying import tell

PATIENCE_SECONDS = 60.0
CARRIED = "SELECT EXISTS (SELECT FROM outbox_relay WHERE sent = position AND holder IS NULL)"
WORKED = "SELECT count(*) >= 5 FROM periodic_job WHERE finished_at IS NOT NULL"
CLAIMS = """SELECT (SELECT count(*) FROM outbox_relay WHERE holder IS NOT NULL)
    + (SELECT count(*) FROM periodic_job WHERE holder IS NOT NULL)"""


async def until(database: Database, sql: str) -> None:
    """Wait until something is the case."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if await database.pool.fetchval(sql):
                return
            await asyncio.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize(("verb", "done"), [("relay", CARRIED), ("timer", WORKED)])
async def test_who_is_told_to_end_gives_claims_back_and_ends_with_0(
    own_database_url: str, verb: str, done: str
) -> None:
    async with watched(own_database_url) as database:
        here = Actor(await add_tenant(database, "here"), "here", "someone", ActorKind.HUMAN, EVERY)
        await tell(database, here, "team.created")
        environment = {**os.environ, "DATABASE_URL": own_database_url}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "infra", verb, env=environment, stdout=asyncio.subprocess.DEVNULL
        )
        await until(database, done)
        process.send_signal(signal.SIGTERM)

        assert await asyncio.wait_for(process.wait(), PATIENCE_SECONDS) == 0
        assert await database.pool.fetchval(CLAIMS) == 0
