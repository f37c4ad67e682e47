"""What is to be done again and again? Old keys and deliveries go, old words too, the audit log is sealed."""

from collections.abc import Awaitable, Callable

from infra.database import Database
from service.ground import idempotency, retention, seals
from service.ground.actor import Actor, ActorKind
from service.ground.scopes import EVERY
from service.ground.session import Session
from service.webhooks import deliveries

Step = Callable[[Session], Awaitable[int]]


async def run(database: Database) -> dict[str, int]:
    """Tidies up every tenant; returns how many rows were let go and emptied, and how many entries sealed."""
    done = {"forgotten": 0, "emptied": 0, "sealed": 0}
    for key, id_ in (await database.tenants()).items():
        system = Actor(id_, key, "system", ActorKind.SYSTEM, EVERY)
        for name, number in (await _tidied(database, system)).items():
            done[name] += number
    return done


async def work(database: Database, system: Actor) -> None:
    """Tidies up one tenant: the job that is due every minute."""
    await _tidied(database, system)


async def _tidied(database: Database, system: Actor) -> dict[str, int]:
    async with database.work(system) as session:
        await idempotency.forget(session)
    return {
        "forgotten": await _until_nothing_is_left(database, system, deliveries.forget),
        "emptied": await _until_nothing_is_left(database, system, retention.apply),
        "sealed": await _until_nothing_is_left(database, system, seals.seal),
    }


async def _until_nothing_is_left(database: Database, actor: Actor, step: Step) -> int:
    """Repeats a bounded step, each time in a transaction of its own."""
    total = 0
    while True:
        async with database.work(actor) as session:
            found = await step(session)
        if not found:
            return total
        total += found
