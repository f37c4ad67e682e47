"""Which work is done from time to time? The list of jobs, each for one tenant at a time."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from infra import analyses, evaluations, silence, tidying
from infra.database import Database
from infra.telemetry import meters, names
from infra.verbs import metrics
from service.ground.actor import Actor
from service.insights import runs
from service.interactions import clocks
from service.loops import overdue
from service.metrics import upkeep

AUDITED_HOURS = 100
"""How many hours of a tenant one audit looks at."""


class Untrue(Exception):
    """Roll-ups do not say what the rows say; `python -m infra metrics recount` repairs them."""


class Unfinished(Exception):
    """A process apart ended with an error, which it has told itself."""


Work = Callable[[Database, Actor], Awaitable[None]]
"""Does a job for the tenant of the actor, which is the system itself.

It is done again where a process ended in the middle, so what it did must show in the data it looks at.
"""


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is due again so long after it was done; `name` is its name in the schedule."""

    name: str
    interval: timedelta
    run: Work


async def fire_clocks(database: Database, actor: Actor) -> None:
    """Measures the clocks whose time has come and tells of what is imminent or breached."""
    found = clocks.AT_ONCE
    while found == clocks.AT_ONCE:
        async with database.work(actor) as session:
            found = await clocks.fire(session)
            for event in session.events:
                meters.counter(names.CLOCKS_FIRED).add(1, event.type.partition(".")[2])


async def tell_overdue(database: Database, system: Actor) -> None:
    """Tells of recoveries whose due time has passed."""
    told = overdue.AT_ONCE
    while told == overdue.AT_ONCE:
        async with database.work(system) as session:
            told = await overdue.tell(session)


async def fold_roll_ups(database: Database, system: Actor) -> None:
    """Folds what transactions have changed of what is counted into the roll-ups."""
    folded = upkeep.MOST_CHANGES
    while folded == upkeep.MOST_CHANGES:
        async with database.work(system) as session:
            folded = await upkeep.fold(session)


async def audit_roll_ups(database: Database, system: Actor) -> None:
    """Counts random hours of the tenant anew; raises Untrue, which is reported, where one does not match."""
    wrong = await metrics.audit(database, AUDITED_HOURS, system.tenant_key)
    if wrong:
        raise Untrue("\n".join(wrong))


async def analyse(database: Database, system: Actor) -> None:
    """Looks for what hurts and what emerges once a day, where anything came in since."""
    async with database.work(system) as session:
        wanted = await runs.are_due(session)
    if wanted:
        await _analyse_apart(system)


async def _analyse_apart(system: Actor) -> None:
    """Runs the light analyses in a process apart: they compute for seconds."""
    command = ("-m", "infra", "analyse", *analyses.LIGHT, "--tenant", system.tenant_key)
    process = await asyncio.create_subprocess_exec(sys.executable, *command)
    try:
        if await process.wait():
            raise Unfinished(" ".join(command))
    finally:
        if process.returncode is None:
            process.terminate()


JOBS: tuple[Job, ...] = (
    Job("clocks", timedelta(seconds=5), fire_clocks),
    Job("recoveries", timedelta(seconds=5), tell_overdue),
    Job("metric-folding", timedelta(minutes=1), fold_roll_ups),
    Job("metric-audit", timedelta(days=1), audit_roll_ups),
    Job("analyses", timedelta(hours=1), analyse),
    Job("evaluations", timedelta(hours=1), evaluations.work),
    Job("silence", timedelta(hours=1), silence.work),
    Job("tidying", timedelta(minutes=1), tidying.work),
)
