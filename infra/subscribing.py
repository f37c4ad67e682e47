"""Who may subscribe, and to what? The same for both protocols: known, from here, permitted for each event."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from infra.auth import Gate as Identities
from infra.auth import Headers, Unauthenticated
from infra.subscriber import Permit, Subscriber
from infra.subscriptions import Subscriptions
from infra.telemetry import meters, names
from schema.errors import refusals
from schema.execution import Graph, Request
from schema.guard.guard import RefusedError
from schema.watching import watching
from service.ground.actor import Actor
from service.ground.problems import Problem

EVENTS = meters.counter(names.SUBSCRIPTION_EVENTS)
CLOSED = meters.counter(names.SUBSCRIPTIONS_CLOSED)
REASONS = {
    "GONE": "client",
    "RESYNC": "slow",
    "GOING_AWAY": "drain",
    "FORBIDDEN": "unauthenticated",
    "UNAUTHENTICATED": "unauthenticated",
}
"""What the code of an ending counts as; any other is an error."""


class Subscribing:
    """The way from a request to a subscriber."""

    def __init__(
        self,
        graph: Graph,
        identities: Identities,
        subscriptions: Subscriptions,
        origins: Sequence[str] = (),
    ) -> None:
        """Serve browsers' pages of these origins, and of this service itself."""
        self._graph = graph
        self._identities = identities
        self._subscriptions = subscriptions
        self._origins = frozenset(origins)

    def is_allowed(self, headers: Headers) -> bool:
        """Whether a handshake comes from a program, from our own page, or from one that is allowed."""
        origin = headers.get(b"origin")
        if origin is None:
            return True
        text = origin.decode("latin-1")
        return text in self._origins or urlsplit(text).netloc.encode("latin-1") == headers.get(b"host")

    async def identified(self, headers: Headers) -> tuple[Actor, float | None]:
        """Returns who subscribes, and until when that is proven; raises Unauthenticated."""
        return await self._identities.actor(headers), self._identities.expires(headers)

    @asynccontextmanager
    async def subscribed(
        self, request: Request, headers: Headers, transport: str
    ) -> AsyncIterator[Subscriber]:
        """Lets events come as long as the block lasts; raises RefusedError, a Problem or Unauthenticated."""
        actor = await self._identities.actor(headers)
        subscriber = Subscriber(await watching(self._graph, request, actor), self._permit(actor, headers))
        async with self._subscriptions.joined(subscriber):
            try:
                yield subscriber
            finally:
                code = subscriber.ending.code if subscriber.ending else "GONE"
                CLOSED.add(1, transport, REASONS.get(code, "error"))

    def _permit(self, actor: Actor, headers: Headers) -> Permit:
        async def is_same() -> bool:
            known = self._identities.known(headers)
            if known is actor:
                return True
            try:
                now = known or await self._identities.actor(headers)
            except Unauthenticated:
                return False
            return (now.tenant_id, now.scopes) == (actor.tenant_id, actor.scopes)

        return is_same


def refusal_of(refused: Exception) -> Sequence[Mapping[str, object]]:
    """Returns the GraphQL errors of a subscription that was refused."""
    if isinstance(refused, RefusedError | Problem):
        return refusals(refused)
    return [{"message": str(refused), "extensions": {"code": "UNAUTHENTICATED"}}]
