"""The verb `verify-audit`: is the audit log as it was sealed, up to where it was before?"""

import asyncio
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping

from infra.database import Database, opened
from infra.embedded import running
from infra.everywhere import systems
from infra.settings import Settings
from infra.verbs.verb import Verb
from service.ground import seals
from service.ground.actor import Actor

Noted = tuple[str, bytes]
"""A tenant's key, and the hash that was the head of its chain."""


def _options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--head",
        type=_noted,
        action="append",
        default=[],
        metavar="TENANT=HASH",
        help="a head that was printed before, which must still be in the chain; may be said for each tenant",
    )


def _noted(text: str) -> Noted:
    key, _, head = text.rpartition("=")
    try:
        digest = bytes.fromhex(head)
    except ValueError:
        digest = b""
    if not key or len(digest) != len(seals.BEGINNING):
        raise ArgumentTypeError(f"{text!r} is not a tenant's key, `=`, and 64 hexadecimal digits")
    return key, digest


def _run(settings: Settings, arguments: Namespace) -> int:
    with running(settings.state_dir, given_url=settings.database_url) as url:
        return asyncio.run(_verified(url, dict(arguments.head)))


async def _verified(url: str, noted: Mapping[str, bytes]) -> int:
    async with opened(url, largest=1) as database:
        found = {
            system.tenant_key: await verdict_of(database, system, noted.get(system.tenant_key))
            for system in await systems(database)
        }
    gone = sorted(noted.keys() - found.keys())
    for key, verdict in found.items():
        print(f"{key}: {_sentence(verdict)}")
    for key in gone:
        print(f"{key}: THERE IS NO SUCH TENANT")
    return 0 if not gone and all(verdict.is_sound for verdict in found.values()) else 1


async def verdict_of(database: Database, system: Actor, noted: bytes | None = None) -> seals.Verdict:
    """Returns what the check of one tenant's log finds; where a head is noted, the log must still have it."""
    async with database.work(system) as session:
        return await seals.verify(session, noted or seals.BEGINNING)


def _sentence(verdict: seals.Verdict) -> str:
    if verdict.broken:
        return (
            f"BROKEN at entry {verdict.broken}, after {verdict.sealed} entries that are as they were sealed"
        )
    late = f"; {verdict.unsealed} OLD ENTRIES WITHOUT A SEAL" if verdict.unsealed else ""
    cut = "; CUT: the head that was noted is not among them" if verdict.is_cut else ""
    return f"{verdict.sealed} entries as they were sealed, head {verdict.head.hex()}{late}{cut}"


VERIFY_AUDIT = Verb(
    "verify-audit", "compare the audit log with its seals; 1 where it was changed", _run, _options
)
