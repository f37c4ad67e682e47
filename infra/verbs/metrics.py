"""The verb `metrics`: audit roll-ups against raw rows, fold them together, or count everything anew."""

import asyncio
from argparse import ArgumentParser, Namespace
from uuid import UUID

from infra.database import Database, opened
from infra.embedded import running
from infra.settings import Settings
from infra.verbs.verb import Verb
from service.ground.actor import Actor, ActorKind
from service.metrics import upkeep

STATEMENT_SECONDS = 600.0
UNTRUE = 1


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("deed", choices=("audit", "fold", "recount"), help="what to do")
    parser.add_argument("--hours", type=int, default=100, help="how many hours of each tenant to audit")
    parser.add_argument("--tenant", help="the key of the only tenant to look at (default: all)")


def _run(settings: Settings, arguments: Namespace) -> int:
    with running(settings.state_dir, given_url=settings.database_url) as url:
        return asyncio.run(_do(url, arguments))


async def _do(url: str, arguments: Namespace) -> int:
    async with opened(url, largest=1, statement_timeout_seconds=STATEMENT_SECONDS) as database:
        match arguments.deed:
            case "audit":
                wrong = await audit(database, arguments.hours, arguments.tenant)
                print("\n".join(wrong) or "Every roll-up that was looked at is true.")
                return UNTRUE if wrong else 0
            case "fold":
                print(f"Folded {await fold(database, arguments.tenant)} changes.")
            case _:
                await recount(database, arguments.tenant)
                print("Counted everything anew.")
        return 0


async def audit(database: Database, hours: int, tenant: str | None = None) -> list[str]:
    """Counts random hours of every tenant, or of one, anew, and says what does not match."""
    found: list[str] = []
    for key, actor in (await _everybody(database, tenant)).items():
        async with database.work(actor) as session:
            for hour in await upkeep.hours(session, hours):
                found += [
                    f"{key} {hour:%Y-%m-%d %H:%M} {one.key}: kept {one.kept}, counted {one.counted}"
                    for one in await upkeep.audit(session, hour)
                ]
    return found


async def fold(database: Database, tenant: str | None = None) -> int:
    """Folds what has changed into the roll-ups of every tenant, or of one; returns how many changes."""
    folded = 0
    for actor in (await _everybody(database, tenant)).values():
        while True:
            async with database.work(actor) as session:
                now = await upkeep.fold(session)
            if not now:
                break
            folded += now
    return folded


async def recount(database: Database, tenant: str | None = None) -> None:
    """Forgets the roll-ups of every tenant and counts every row anew."""
    for actor in (await _everybody(database, tenant)).values():
        async with database.work(actor) as session:
            await upkeep.recount(session)


async def _everybody(database: Database, only: str | None) -> dict[str, Actor]:
    tenants = await database.tenants()
    return {key: _system(id_, key) for key, id_ in tenants.items() if only in {None, key}}


def _system(tenant_id: UUID, key: str) -> Actor:
    return Actor(tenant_id, key, "metrics", ActorKind.SYSTEM, frozenset())


METRICS = Verb("metrics", "audit, fold or recount the roll-ups of metrics", _run, _options)
