"""What does a subscription wait for? Events of some types, and what it shows of each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from service import events
from service.ground.scopes import Scope


class Happening(Protocol):
    """An event as a subscription meets it."""

    @property
    def id(self) -> UUID:
        """The event's id."""

    @property
    def type(self) -> str:
        """Its type, such as `feedback.submitted`."""

    @property
    def subject_id(self) -> UUID:
        """What it happened to."""

    @property
    def customer_id(self) -> UUID | None:
        """Whom it concerns, None where that is nobody in particular."""

    @property
    def occurred_at(self) -> datetime:
        """When it happened."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What one subscription field waits for, as its arguments say.

    What comes within `every_seconds` is told once. `after` is the event to go on from.
    """

    types: frozenset[str]
    needs: frozenset[Scope]
    shows: Callable[[Happening], object]
    customers: frozenset[UUID] | None = None
    subject_id: UUID | None = None
    after: UUID | None = None
    every_seconds: float = 0.0

    def wants(self, event: Happening, scopes: frozenset[str]) -> bool:
        """Tell whether it waits for this event, and somebody with these scopes may know of it."""
        return (
            event.type in self.types
            and (self.customers is None or event.customer_id in self.customers)
            and (self.subject_id is None or event.subject_id == self.subject_id)
            and events.thing_of(event.type).scope in scopes
        )
