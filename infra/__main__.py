"""What happens on `python -m infra <verb>`?"""

import signal
import sys
from argparse import ArgumentParser
from types import FrameType
from typing import NoReturn

from alembic.util.exc import CommandError

from infra import settings
from infra.embedded import EmbeddedDatabaseRefused
from infra.embedded.privileges import PrivilegesRefused
from infra.roles import RoleRefused
from infra.verbs.analyse import ANALYSE
from infra.verbs.database import DATABASE
from infra.verbs.demo import DEMO
from infra.verbs.evaluate import EVALUATE
from infra.verbs.explain import EXPLAIN
from infra.verbs.metrics import METRICS
from infra.verbs.migrate import MIGRATE
from infra.verbs.permissions import PERMISSIONS
from infra.verbs.relay import RELAY
from infra.verbs.schema import SCHEMA
from infra.verbs.serve import SERVE
from infra.verbs.silence import SILENCE
from infra.verbs.states import STATES
from infra.verbs.telemetry import TELEMETRY
from infra.verbs.tenant import TENANT
from infra.verbs.tidy import TIDY
from infra.verbs.timer import TIMER
from infra.verbs.verb import Verb
from infra.verbs.verify_audit import VERIFY_AUDIT

VERBS: tuple[Verb, ...] = (
    SERVE,
    MIGRATE,
    TENANT,
    TIDY,
    VERIFY_AUDIT,
    DEMO,
    EVALUATE,
    EXPLAIN,
    METRICS,
    SCHEMA,
    PERMISSIONS,
    TELEMETRY,
    TIMER,
    ANALYSE,
    SILENCE,
    STATES,
    RELAY,
    DATABASE,
)

REFUSED = 2
REFUSALS = (settings.SettingsRefused, EmbeddedDatabaseRefused, PrivilegesRefused, CommandError, RoleRefused)
INTERRUPTED = 128 + signal.SIGINT


def main(words: list[str] | None = None) -> int:
    """Runs one verb and returns the process's exit status."""
    arguments = _parser().parse_args(words)
    try:
        verb: Verb = arguments.verb
        return verb.run(settings.load(), arguments)
    except REFUSALS as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m infra", description="Runs the customer-experience graph.")
    verbs = parser.add_subparsers(required=True, metavar="verb")
    for verb in VERBS:
        one = verbs.add_parser(verb.name, help=verb.summary, description=verb.summary)
        one.set_defaults(verb=verb)
        verb.options(one)
    return parser


def _leave(number: int, _: FrameType | None) -> NoReturn:
    # Without this such a signal ends Python on the spot, and no block is left in order.
    raise SystemExit(128 + number)


if __name__ == "__main__":
    for request in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(request, _leave)
    sys.exit(main())
