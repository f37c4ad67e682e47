"""The verb `timer`: do the periodic work in a process of its own, or what is due of it once."""

import asyncio
from argparse import ArgumentParser, Namespace

from infra.database import opened
from infra.embedded import running
from infra.jobs import JOBS
from infra.reports import report
from infra.settings import Settings
from infra.timer import Timer
from infra.verbs.verb import Verb


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="do what is due now, say so, and end")


def _run(settings: Settings, arguments: Namespace) -> int:
    with running(settings.state_dir, given_url=settings.database_url) as url:
        asyncio.run(_work(url, once=arguments.once))
    return 0


async def _work(url: str, *, once: bool) -> None:
    async with opened(url, largest=1 + len(JOBS)) as database:
        timer = Timer(database, JOBS, report)
        if not once:
            await timer.run()
        for tenant, job in await timer.once():
            print(f"{tenant}: {job}")


TIMER = Verb("timer", "do the periodic work without serving", _run, _options)
