"""The verb `evaluate`: judge what has shipped, and watch what was resolved."""

import asyncio
from argparse import Namespace

from infra import evaluations
from infra.database import opened
from infra.embedded import running
from infra.everywhere import for_each
from infra.settings import Settings
from infra.verbs.verb import Verb

LONGEST_STATEMENT_SECONDS = 120.0


def _run(settings: Settings, _: Namespace) -> int:
    with running(settings.state_dir, given_url=settings.database_url) as url:
        found = asyncio.run(_evaluated(url))
    for key, done in found.items():
        print(f"{key}: {done}")
        for id_, why in done.refused.items():
            print(f"{key}: {id_}: {why}")
    return 0


async def _evaluated(url: str) -> dict[str, evaluations.Found]:
    async with opened(url, largest=1, statement_timeout_seconds=LONGEST_STATEMENT_SECONDS) as database:
        return await for_each(database, evaluations.work)


EVALUATE = Verb(
    "evaluate", "judge what has shipped whose window has ended, and watch what was resolved", _run
)
