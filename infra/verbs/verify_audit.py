"""The verb `verify-audit`: is the audit log as it was sealed?"""

import asyncio
from argparse import Namespace

from infra.database import Database, opened
from infra.embedded import running
from infra.everywhere import for_each
from infra.settings import Settings
from infra.verbs.verb import Verb
from service.ground import seals
from service.ground.actor import Actor


def _run(settings: Settings, _: Namespace) -> int:
    with running(settings.state_dir, given_url=settings.database_url) as url:
        return asyncio.run(_verified(url))


async def _verified(url: str) -> int:
    async with opened(url, largest=1) as database:
        found = await for_each(database, verdict_of)
    for key, verdict in found.items():
        print(f"{key}: {_sentence(verdict)}")
    return 1 if any(verdict.broken or verdict.unsealed for verdict in found.values()) else 0


async def verdict_of(database: Database, system: Actor) -> seals.Verdict:
    """Returns what the check of one tenant's log finds."""
    async with database.work(system) as session:
        return await seals.verify(session)


def _sentence(verdict: seals.Verdict) -> str:
    if verdict.broken:
        return (
            f"BROKEN at entry {verdict.broken}, after {verdict.sealed} entries that are as they were sealed"
        )
    late = f"; {verdict.unsealed} OLD ENTRIES WITHOUT A SEAL" if verdict.unsealed else ""
    return f"{verdict.sealed} entries as they were sealed{late}"


VERIFY_AUDIT = Verb("verify-audit", "compare the audit log with its seals; 1 where it was changed", _run)
