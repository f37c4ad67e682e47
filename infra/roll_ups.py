"""Are the roll-ups of a tenant folded, and are they true? Portion by portion, hour by hour."""

from infra.database import Database
from infra.everywhere import until_nothing_is_left
from service.ground.actor import Actor
from service.metrics import upkeep


async def audit(database: Database, system: Actor, hours: int) -> list[str]:
    """Counts random hours of the tenant anew, and says what does not match."""
    async with database.work(system) as session:
        return [
            f"{system.tenant_key} {hour:%Y-%m-%d %H:%M} {one.key}: kept {one.kept}, counted {one.counted}"
            for hour in await upkeep.hours(session, hours)
            for one in await upkeep.audit(session, hour)
        ]


async def fold(database: Database, system: Actor) -> int:
    """Folds what has changed into the roll-ups; returns how many changes."""
    return await until_nothing_is_left(database, system, upkeep.fold)


async def recount(database: Database, system: Actor) -> None:
    """Forgets the roll-ups and counts every row anew."""
    async with database.work(system) as session:
        await upkeep.recount(session)
