"""Who may subscribe, and to what? The same for both protocols: known, from here, let in as over HTTP.

A subscription begins in a place of those that requests have, and its tenant pays for it; whether it is still
permitted is asked again for each event.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from graphql import OperationType

from infra.admission import Priority
from infra.auth import Gate as Identities
from infra.auth import Headers, Unauthenticated
from infra.bodies import check_texts
from infra.entrance import Entrance
from infra.refusals import Refusal, refusal
from infra.subscriber import Permit, Subscriber
from infra.subscriptions import Subscriptions
from infra.telemetry import meters, names
from infra.telemetry.subscriptions import Follow, unfollowed
from schema.errors import refusals, response
from schema.execution import Graph, Request
from schema.guard.guard import RefusedError
from schema.watching import Watching, watching
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
        entrance: Entrance,
        subscriptions: Subscriptions,
        follow: Follow = unfollowed,
    ) -> None:
        """Let in what `entrance` says; follow each subscription."""
        self._graph = graph
        self._identities = identities
        self._entrance = entrance
        self._subscriptions = subscriptions
        self.origins = entrance.origins
        self._follow = follow

    def is_allowed(self, headers: Headers) -> bool:
        """Whether a handshake comes from a program, from our own page, or from one that is allowed."""
        origin = headers.get(b"origin")
        if origin is None:
            return True
        return origin in self.origins.allowed or urlsplit(origin).netloc == headers.get(b"host")

    async def identified(self, headers: Headers) -> tuple[Actor, float | None]:
        """Returns who subscribes, and until when that is proven; raises Unauthenticated."""
        return await self._identities.actor(headers), self._identities.expires(headers)

    def request(self, stated: Mapping[str, Any]) -> Request:
        """Returns the request that a message states; raises Refused for what is none, or Unknown."""
        check_texts(stated)
        return self._entrance.request(stated)

    def is_subscription(self, request: Request) -> bool:
        """Whether a request names a subscription; raises RefusedError for what is no valid document."""
        operation = self._graph.documents.operation(request.source, request.operation_name)
        return operation.kind is OperationType.SUBSCRIPTION

    @asynccontextmanager
    async def subscribed(
        self, request: Request, headers: Headers, transport: str
    ) -> AsyncIterator[Subscriber]:
        """Lets events come as long as the block lasts; what it raises first, `refusal_of` tells."""
        with self._follow(request, headers, transport) as ended:
            actor = await self._identities.actor(headers)
            self._entrance.check(request, actor)
            subscriber = Subscriber(await self._watching(request, actor), self._permit(actor, headers))
            async with self._subscriptions.joined(subscriber):
                try:
                    yield subscriber
                finally:
                    code = subscriber.ending.code if subscriber.ending else "GONE"
                    reason = REASONS.get(code, "error")
                    CLOSED.add(1, transport, reason)
                    ended(subscriber.watching.reading.operation, reason)

    async def _watching(self, request: Request, actor: Actor) -> Watching:
        """Returns what is waited for, once there is a place; nothing is read yet, so it is never late."""
        gate = self._entrance.gate
        ticket = await gate.enter(Priority.QUERY, self._entrance.seconds)
        try:
            return await watching(self._graph, request, actor)
        finally:
            gate.leave(ticket)

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


def refusal_of(problem: Exception, headers: Headers) -> Refusal:
    """Returns how a subscription is refused, in the words that a request would hear."""
    if isinstance(problem, RefusedError | Problem):
        return 400, response(refusals(problem)), ()
    return refusal(problem, headers)
