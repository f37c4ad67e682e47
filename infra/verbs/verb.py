"""What is a verb of the command line?"""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass

from infra.settings import Settings


def _no_options(_: ArgumentParser) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Verb:
    """Holds what the command line needs of one verb: its word, a line of help, its options, its deed."""

    name: str
    summary: str
    run: Callable[[Settings, Namespace], int]
    options: Callable[[ArgumentParser], None] = _no_options
