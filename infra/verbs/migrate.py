"""The verb `migrate`: bring the database to the schema this version needs."""

import asyncio
from argparse import ArgumentParser, Namespace

from infra.embedded import running
from infra.migrations import steps
from infra.settings import Settings
from infra.verbs.verb import Verb


def _options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--to", default="head", metavar="REVISION", help="revision to go to (default: the newest)"
    )
    parser.add_argument("--sql", action="store_true", help="print the SQL of all steps and change nothing")


def _run(settings: Settings, arguments: Namespace) -> int:
    if arguments.sql:
        steps.render(f"base:{arguments.to}")
        return 0
    with running(settings.state_dir, given_url=settings.owner_url) as url:
        asyncio.run(
            steps.upgrade(url, lock_timeout_seconds=settings.migration_lock_seconds, target=arguments.to)
        )
    print(f"The database is at revision {steps.head() or 'none'}.")
    return 0


MIGRATE = Verb("migrate", "bring the database to the schema this version needs", _run, _options)
