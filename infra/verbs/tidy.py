"""The verb `tidy`: what a service does again and again, once and now."""

import asyncio
from argparse import Namespace

from infra import tidying
from infra.database import opened
from infra.embedded import running
from infra.settings import Settings
from infra.verbs.verb import Verb


def _run(settings: Settings, _: Namespace) -> int:
    with running(settings.state_dir, given_url=settings.database_url) as url:
        done = asyncio.run(_tidied(url))
    print(f"{done['forgotten']} deliveries let go, {done['emptied']} rows emptied.")
    print(f"{done['sealed']} entries of the audit log sealed.")
    return 0


async def _tidied(url: str) -> dict[str, int]:
    async with opened(url, largest=1) as database:
        return await tidying.run(database)


TIDY = Verb("tidy", "let old keys and deliveries go, empty what is old enough, seal the audit log", _run)
