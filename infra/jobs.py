"""Which work is done from time to time? The list of jobs, each for one tenant at a time."""

import asyncio
import sys
from dataclasses import dataclass
from datetime import timedelta

from infra import analyses, evaluations, roll_ups, silence, tidying
from infra.database import Database
from infra.everywhere import Work, until_nothing_is_left
from infra.telemetry import meters, names
from service.ground.actor import Actor
from service.ground.session import Session
from service.insights import runs
from service.interactions import clocks
from service.loops import overdue

AUDITED_HOURS = 100
"""How many hours of a tenant one audit looks at."""


class Untrue(Exception):
    """Roll-ups do not say what the rows say; `python -m infra metrics recount` repairs them."""


class Unfinished(Exception):
    """A process apart ended with an error, which it has told itself."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is due again so long after it was done; `name` is its name in the schedule.

    It is done again where a process ended in the middle, so what it did must show in the data it looks at.
    """

    name: str
    interval: timedelta
    run: Work[object]


async def fire_clocks(database: Database, system: Actor) -> int:
    """Measures the clocks whose time has come and tells of what is imminent or breached."""
    return await until_nothing_is_left(database, system, _fire)


async def _fire(session: Session) -> int:
    found = await clocks.fire(session)
    for event in session.events:
        meters.counter(names.CLOCKS_FIRED).add(1, event.type.partition(".")[2])
    # What stays due, because its rows contradict each other, is looked at in the next turn and not at once.
    return found if found == clocks.AT_ONCE else 0


async def tell_overdue(database: Database, system: Actor) -> int:
    """Tells of recoveries whose due time has passed."""
    return await until_nothing_is_left(database, system, overdue.tell)


async def audit_roll_ups(database: Database, system: Actor) -> None:
    """Counts random hours of the tenant anew; raises Untrue, which is reported, where one does not match."""
    wrong = await roll_ups.audit(database, system, AUDITED_HOURS)
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
    Job("metric-folding", timedelta(minutes=1), roll_ups.fold),
    Job("metric-audit", timedelta(days=1), audit_roll_ups),
    Job("analyses", timedelta(hours=1), analyse),
    Job("evaluations", timedelta(hours=1), evaluations.work),
    Job("silence", timedelta(hours=1), silence.work),
    Job("tidying", timedelta(minutes=1), tidying.work),
)
