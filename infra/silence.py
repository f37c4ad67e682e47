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
        actor = Actor(tenant_id, key, "system", ActorKind.SYSTEM, frozenset({"all"}))
        for kind, close in WAITING.items():
            while portion := await _close(database, actor, close):
                closed[kind] += portion
    return closed


async def _close(database: Database, actor: Actor, close: Closing) -> int:
    async with database.work(actor) as session:
        return await close(session)
