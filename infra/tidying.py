"""What is to be done again and again? Old keys and deliveries go, old words too, the audit log is sealed."""

from infra.database import Database
from infra.everywhere import until_nothing_is_left
from service.ground import idempotency, retention, seals
from service.ground.actor import Actor
from service.webhooks import deliveries


async def work(database: Database, system: Actor) -> dict[str, int]:
    """Tidies up one tenant; returns how many rows were let go and emptied, and how many entries sealed."""
    async with database.work(system) as session:
        await idempotency.forget(session)
    return {
        "forgotten": await until_nothing_is_left(database, system, deliveries.forget),
        "emptied": await until_nothing_is_left(database, system, retention.apply),
        "sealed": await until_nothing_is_left(database, system, seals.seal),
    }
