"""What is to be done again and again? Keys of yesterday let go, old words emptied, the audit log sealed."""

from collections.abc import Awaitable, Callable

from infra.database import Database
from service.ground import idempotency, retention, seals
from service.ground.actor import Actor, ActorKind
from service.ground.scopes import EVERY
from service.ground.session import Session

Step = Callable[[Session], Awaitable[int]]


async def run(database: Database) -> dict[str, int]:
    """Tidies up every tenant; returns how many rows were emptied and how many entries sealed."""
    done = {"emptied": 0, "sealed": 0}
    for key, id_ in (await database.tenants()).items():
        actor = Actor(id_, key, "system", ActorKind.SYSTEM, EVERY)
        async with database.work(actor) as session:
            await idempotency.forget(session)
        done["emptied"] += await _until_nothing_is_left(database, actor, retention.apply)
        done["sealed"] += await _until_nothing_is_left(database, actor, seals.seal)
    return done


async def _until_nothing_is_left(database: Database, actor: Actor, step: Step) -> int:
    """Repeats a bounded step, each time in a transaction of its own."""
    total = 0
    while True:
        async with database.work(actor) as session:
            found = await step(session)
        if not found:
            return total
        total += found
