"""What is to be done again and again? Keys of yesterday let go, old words emptied, the audit log sealed."""

from infra.database import Database
from infra.everywhere import until_nothing_is_left
from service.ground import idempotency, retention, seals
from service.ground.actor import Actor


async def work(database: Database, system: Actor) -> dict[str, int]:
    """Tidies up one tenant; returns how many rows were emptied and how many entries sealed."""
    async with database.work(system) as session:
        await idempotency.forget(session)
    return {
        "emptied": await until_nothing_is_left(database, system, retention.apply),
        "sealed": await until_nothing_is_left(database, system, seals.seal),
    }
