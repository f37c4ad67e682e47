"""What does a resolver know of its request? The actor, and the transaction its field runs in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

from strawberry.types import Info as StrawberryInfo

from schema.guard.charges import FREE, Charge
from service.ground.actor import Actor
from service.ground.session import Session
from service.ground.signatures import Signatures
from service.webhooks.endpoints import Terms


class Reader(Protocol):
    """The graph itself, for a write that keeps a document or shows what one answers."""

    def check(self, source: str, variables: Mapping[str, Any], actor: Actor) -> None:
        """Refuse a document that is no valid query or shows what the actor may not see."""

    async def read_inside(
        self, source: str, variables: Mapping[str, Any], actor: Actor, session: Session
    ) -> bytes:
        """Return what a query answers inside an open transaction, as JSON."""


@dataclass(frozen=True, slots=True)
class Context:
    """The request's side of a resolver; a mutation's field has a session, a value of the root has none.

    `links` signs what customers answer by; None where the service has no key. `webhooks` is what the settings
    say of them, `reader` the graph that answers.
    """

    actor: Actor
    open_session: Session | None = None
    points: int = 0
    """What the operation costs."""
    charge: Charge = FREE
    links: Signatures | None = None
    reader: Reader | None = None
    webhooks: Terms | None = None

    @property
    def session(self) -> Session:
        """The transaction of this mutation field."""
        if self.open_session is None:
            message = "only mutation fields have a transaction"
            raise LookupError(message)
        return self.open_session


Info = StrawberryInfo[Context, None]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Node:
    """Stands for a node in a payload: the planner reads it by its id, in the same transaction."""

    id: UUID


def node(type_: type[T], id_: UUID | None) -> T | None:
    """Let a payload show a node; None shows null. `type_` only tells the type checker what stands here."""
    del type_
    return cast("T | None", None if id_ is None else Node(id_))


Variables = Mapping[str, Any]
