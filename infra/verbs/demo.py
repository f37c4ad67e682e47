"""The verb `demo`: bring the demo tenants into a running service, through its public mutations."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace

import httpx

from infra.demo.sender import DemoRefused, load
from infra.settings import Settings
from infra.verbs.verb import Verb


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("url", help="where the service listens, such as http://127.0.0.1:8000")


def _run(_settings: Settings, arguments: Namespace) -> int:
    try:
        asyncio.run(load(arguments.url))
    except (DemoRefused, httpx.HTTPError) as refusal:
        print(f"The demo could not be loaded: {refusal!r}", file=sys.stderr)
        return 1
    return 0


DEMO = Verb("demo", "bring the demo tenants into a running service", _run, _options)
