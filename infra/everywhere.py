"""How is work done by nobody's hand? As the system itself, tenant by tenant, in bounded steps."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from infra.database import Database
from service.ground.actor import Actor
from service.ground.session import Session

T = TypeVar("T")
Work = Callable[[Database, Actor], Awaitable[T]]
"""Does something for the tenant of the actor, which is the system itself."""
Step = Callable[[Session], Awaitable[int]]
"""Does a portion of something, and returns how much that was; 0 at the end."""


class TenantUnknown(Exception):
    """There is no tenant with this key."""

    def __str__(self) -> str:
        """Say which key."""
        return f"{self.args[0]}: {self.__doc__}"


async def systems(database: Database, only: str | None = None, *, subject: str = "system") -> list[Actor]:
    """Returns the system itself in each tenant, or in one; raises TenantUnknown where there is none."""
    tenants = await database.tenants()
    if only is not None and only not in tenants:
        raise TenantUnknown(only)
    return [Actor.system(id_, key, subject) for key, id_ in sorted(tenants.items()) if only in {None, key}]


async def for_each(database: Database, work: Work[T], only: str | None = None) -> dict[str, T]:
    """Does something for every tenant, or for one; returns what came of it by the tenants' keys."""
    return {system.tenant_key: await work(database, system) for system in await systems(database, only)}


async def totals(database: Database, work: Work[Mapping[str, int]]) -> Counter[str]:
    """Does something for every tenant; returns what it counted in all of them together."""
    total = Counter[str]()
    for counted in (await for_each(database, work)).values():
        total.update(counted)
    return total


async def until_nothing_is_left(database: Database, actor: Actor, step: Step) -> int:
    """Repeats a step, each time in a transaction of its own; returns how much was done."""
    total = 0
    while True:
        async with database.work(actor) as session:
            done = await step(session)
        if not done:
            return total
        total += done
