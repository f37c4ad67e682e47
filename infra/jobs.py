"""Which work is done from time to time? The list of jobs, each for one tenant at a time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from infra import evaluations, silence
from infra.database import Database
from service.ground.actor import Actor
from service.interactions import clocks
from service.metrics import upkeep

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


async def fold_metrics(database: Database, actor: Actor) -> None:
    """Folds what transactions have changed of what is counted into the roll-ups."""
    folded = upkeep.MOST_CHANGES
    while folded == upkeep.MOST_CHANGES:
        async with database.work(actor) as session:
            folded = await upkeep.fold(session)


JOBS: tuple[Job, ...] = (
    Job("clocks", timedelta(seconds=5), fire_clocks),
    Job("evaluations", timedelta(hours=1), evaluations.work),
    Job("metrics", timedelta(minutes=1), fold_metrics),
    Job("silence", timedelta(hours=1), silence.work),
)
