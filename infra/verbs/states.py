"""The verb `states`: print the page of the closed loop's state diagrams."""

from argparse import Namespace

from infra.diagrams import page
from infra.settings import Settings
from infra.verbs.verb import Verb


def _run(_settings: Settings, _: Namespace) -> int:
    print(page(), end="")
    return 0


STATES = Verb("states", "print the state diagrams of the closed loop", _run)
