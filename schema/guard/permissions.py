"""Who may ask what of the schema itself? Predicates on the actor, decided once per process."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from service.ground.actor import Actor

May = Callable[[Actor], bool]


def everybody(_actor: Actor) -> bool:
    """Tell that anybody may."""
    return True


@dataclass(frozen=True, slots=True)
class Permissions:
    """What an actor may ask beyond the data."""

    introspects: May = everybody
    """May read the schema by introspection."""
    asks_freely: May = everybody
    """May send documents of its own, where otherwise only trusted documents run."""


EVERYBODY: Final = Permissions()
