"""The verb `metrics`: audit roll-ups against raw rows, fold them together, or count everything anew."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from functools import partial
from itertools import chain

from infra import roll_ups
from infra.database import opened
from infra.embedded import running
from infra.everywhere import TenantUnknown, for_each
from infra.settings import Settings
from infra.verbs.verb import Verb

STATEMENT_SECONDS = 600.0
UNTRUE, REFUSED = 1, 2


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("deed", choices=("audit", "fold", "recount"), help="what to do")
    parser.add_argument("--hours", type=int, default=100, help="how many hours of each tenant to audit")
    parser.add_argument("--tenant", help="the key of the only tenant to look at (default: all)")


def _run(settings: Settings, arguments: Namespace) -> int:
    with running(settings.state_dir, given_url=settings.database_url) as url:
        try:
            return asyncio.run(_do(url, arguments))
        except TenantUnknown as refusal:
            print(refusal, file=sys.stderr)
            return REFUSED


async def _do(url: str, arguments: Namespace) -> int:
    async with opened(url, largest=1, statement_timeout_seconds=STATEMENT_SECONDS) as database:
        match arguments.deed:
            case "audit":
                auditing = partial(roll_ups.audit, hours=arguments.hours)
                found = await for_each(database, auditing, arguments.tenant)
                wrong = list(chain.from_iterable(found.values()))
                print("\n".join(wrong) or "Every roll-up that was looked at is true.")
                return UNTRUE if wrong else 0
            case "fold":
                folded = await for_each(database, roll_ups.fold, arguments.tenant)
                print(f"Folded {sum(folded.values())} changes.")
            case _:
                await for_each(database, roll_ups.recount, arguments.tenant)
                print("Counted everything anew.")
        return 0


METRICS = Verb("metrics", "audit, fold or recount the roll-ups of metrics", _run, _options)
