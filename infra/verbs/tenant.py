"""The verb `tenant`: make a tenant."""

import asyncio
from argparse import ArgumentParser, Namespace
from uuid import UUID

from infra.database import opened
from infra.embedded import running
from infra.settings import Settings
from infra.verbs.verb import Verb


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("key", help="the key that requests name")
    parser.add_argument("title", help="the name that people read")


def _run(settings: Settings, arguments: Namespace) -> int:
    with running(settings.state_dir, given_url=settings.owner_url) as url:
        print(asyncio.run(_add(url, arguments.key, arguments.title)))
    return 0


async def _add(url: str, key: str, title: str) -> UUID:
    async with opened(url, role=None, largest=1) as database:
        return await database.add_tenant(key, title)


TENANT = Verb("tenant", "make a tenant and print its id", _run, _options)
