"""Who never answered? What waits for customers is closed when its window is over, tenant by tenant."""

from collections.abc import Awaitable, Callable

from infra.database import Database
from service import loops
from service.ground.actor import Actor, ActorKind
from service.ground.session import Session

Closing = Callable[[Session], Awaitable[int]]

WAITING: dict[str, Closing] = {
    "recoveries unconfirmed": loops.recoveries.close_silent,
    "follow-ups without reply": loops.follow_ups.close_silent,
}
"""What waits for customers, each with what ends the waiting; one transaction closes a portion of it."""


async def run(database: Database) -> dict[str, int]:
    """Closes what customers of any tenant did not answer in time; returns how many of each kind."""
    closed = dict.fromkeys(WAITING, 0)
    for key, tenant_id in (await database.tenants()).items():
        system = Actor(tenant_id, key, "system", ActorKind.SYSTEM, frozenset())
        for kind, number in (await _close_for(database, system)).items():
            closed[kind] += number
    return closed


async def work(database: Database, system: Actor) -> None:
    """Closes what the customers of one tenant did not answer: the job that is due every hour."""
    await _close_for(database, system)


async def _close_for(database: Database, system: Actor) -> dict[str, int]:
    closed = dict.fromkeys(WAITING, 0)
    for kind, close in WAITING.items():
        while portion := await _close(database, system, close):
            closed[kind] += portion
    return closed


async def _close(database: Database, system: Actor, close: Closing) -> int:
    async with database.work(system) as session:
        return await close(session)
