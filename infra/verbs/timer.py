"""The verb `timer`: do the periodic work in a process of its own, or what is due of it once."""

import asyncio
from argparse import ArgumentParser, Namespace
from contextlib import suppress

from infra.database import opened
from infra.draining import told_to_end
from infra.embedded import running
from infra.jobs import JOBS
from infra.reports import report
from infra.settings import Settings
from infra.timer import Timer
from infra.verbs.verb import Verb
from infra.webhooks.terms import job, terms_of
from schema.execution import Graph
from schema.graph import build
from service.webhooks.endpoints import Terms


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="do what is due now, say so, and end")


def _run(settings: Settings, arguments: Namespace) -> int:
    with running(settings.state_dir, given_url=settings.database_url) as url:
        asyncio.run(_work(url, terms_of(settings), once=arguments.once))
    return 0


async def _work(url: str, terms: Terms, *, once: bool) -> None:
    async with opened(url, largest=2 + len(JOBS)) as database:
        jobs = (*JOBS, job(Graph(build(), database, report), terms))
        timer = Timer(database, jobs, report)
        if not once:
            await _run_until_told(timer)
            return
        for tenant, name in await timer.once():
            print(f"{tenant}: {name}")


async def _run_until_told(timer: Timer) -> None:
    """Works until a signal comes; what is under way is called off and its claim given back."""
    work = asyncio.create_task(timer.run())
    with told_to_end(work.cancel), suppress(asyncio.CancelledError):
        await work


TIMER = Verb("timer", "do the periodic work without serving", _run, _options)
