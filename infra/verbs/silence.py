"""The verb `silence`: close what customers did not answer in time."""

import asyncio
from argparse import Namespace

from infra import silence
from infra.database import opened
from infra.embedded import running
from infra.everywhere import totals
from infra.settings import Settings
from infra.verbs.verb import Verb


def _run(settings: Settings, _: Namespace) -> int:
    with running(settings.state_dir, given_url=settings.database_url) as url:
        for kind, number in asyncio.run(_close(url)).items():
            print(f"{number} {kind}")
    return 0


async def _close(url: str) -> dict[str, int]:
    async with opened(url, largest=1) as database:
        return await totals(database, silence.work)


SILENCE = Verb("silence", "close what customers did not answer in time", _run)
