"""The verb `analyse`: look for what is new, what hurts, what moves scores and who may leave."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from datetime import UTC, date, datetime

from infra.analyses import PARTS, AnalysisMissing, analyse
from infra.database import opened
from infra.embedded import running
from infra.everywhere import TenantUnknown
from infra.settings import Settings
from infra.verbs.verb import Verb

REFUSED = 2
LONGEST_STATEMENT_SECONDS = 300.0


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of {', '.join(PARTS)}; all if none")
    parser.add_argument("--tenant", help="the tenant's key; all tenants if absent")
    parser.add_argument(
        "--today", type=date.fromisoformat, help="the day up to which to look; the present day if absent"
    )


def _run(settings: Settings, arguments: Namespace) -> int:
    unknown = [name for name in arguments.parts if name not in PARTS]
    if unknown:
        print(f"There is no part {', '.join(unknown)}; there are {', '.join(PARTS)}.", file=sys.stderr)
        return REFUSED
    parts = arguments.parts or PARTS
    today = arguments.today or datetime.now(UTC).date()
    with running(settings.state_dir, given_url=settings.database_url) as url:
        try:
            done = asyncio.run(_analysed(url, parts, today, arguments.tenant))
        except (AnalysisMissing, TenantUnknown) as refusal:
            print(refusal, file=sys.stderr)
            return REFUSED
    print("\n".join(f"{tenant}: {name}" for tenant, name in done))
    return 0


async def _analysed(url: str, parts: Sequence[str], today: date, tenant: str | None) -> list[tuple[str, str]]:
    async with opened(url, largest=1, statement_timeout_seconds=LONGEST_STATEMENT_SECONDS) as database:
        return await analyse(database, parts, today, tenant_key=tenant)


ANALYSE = Verb("analyse", "look for what is new, what hurts and who may leave", _run, _options)
