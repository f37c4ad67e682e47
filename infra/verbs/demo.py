"""The verb `demo`: bring the demo tenants into a running service, through its public mutations."""

import subprocess
from argparse import ArgumentParser, Namespace

from infra.demo.loader import command
from infra.settings import Settings
from infra.verbs.verb import Verb


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("url", help="where the service listens, such as http://127.0.0.1:8000")


def _run(_settings: Settings, arguments: Namespace) -> int:
    return subprocess.run(command(arguments.url), check=False).returncode


DEMO = Verb("demo", "bring the demo tenants into a running service", _run, _options)
