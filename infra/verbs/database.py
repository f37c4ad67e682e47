"""The verb `database`: run the embedded PostgreSQL alone, until Ctrl-C."""

import threading
from argparse import Namespace

from infra.embedded import running
from infra.settings import Settings
from infra.verbs.verb import Verb


def _run(settings: Settings, _: Namespace) -> int:
    with running(settings.state_dir, given_url=settings.database_url) as url:
        print(url, flush=True)
        threading.Event().wait()
    return 0


DATABASE = Verb("database", "run the embedded PostgreSQL and print its URL, until Ctrl-C", _run)
