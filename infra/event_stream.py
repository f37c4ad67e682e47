"""How do subscriptions travel without a WebSocket? As text/event-stream, one request for each.

That is the mode "distinct connections" of graphql-sse. A browser's EventSource resumes by itself, with the
header Last-Event-ID.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from infra.auth import Headers, Unauthenticated
from infra.bodies import Refused
from infra.graphql_http import GraphQLEndpoint
from infra.subscriber import Ending, Subscriber
from infra.subscribing import EVENTS, Subscribing, refusal_of
from schema.events.types import EVENT
from schema.execution import Request
from schema.ground import ids
from schema.guard.guard import RefusedError
from service.ground.problems import Problem

MEDIA_TYPE = b"text/event-stream"
TRANSPORT = "sse"
LAST_EVENT_ID = b"last-event-id"
BREATH_SECONDS = 15.0
"""After so long without an event a comment is sent, so that nobody takes the connection for dead."""
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def is_asked_for(scope: Scope) -> bool:
    """Whether a request wants its answer as a stream of events: of several such headers the last counts."""
    accepted = (value for name, value in reversed(scope["headers"]) if name == b"accept")
    return MEDIA_TYPE in next(accepted, b"")


class EventStreams:
    """Answers subscriptions over HTTP."""

    def __init__(self, subscribing: Subscribing, endpoint: GraphQLEndpoint, *, most: int) -> None:
        """Serve at most `most` streams; requests are understood as `endpoint` does."""
        self._subscribing = subscribing
        self._endpoint = endpoint
        self._most = most
        self._open: set[Subscriber] = set()
        self._draining = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request with a stream."""
        headers: Headers = dict(scope["headers"])
        try:
            self._admit(headers)
            request = await self._endpoint.understood(scope, headers, receive)
            resumed = _resumed(request, headers)
            async with self._subscribing.subscribed(resumed, headers, TRANSPORT) as subscriber:
                await self._stream(subscriber, receive, send)
        except (RefusedError, Problem, Unauthenticated) as refused:
            status = 401 if isinstance(refused, Unauthenticated) else 400
            await _refuse(send, status, {"errors": refusal_of(refused)})
        except Refused as refused:
            error = {"message": str(refused), "extensions": {"code": "BAD_REQUEST"}}
            await _refuse(send, refused.status, {"errors": [error]})

    def __len__(self) -> int:
        """Return how many streams are open."""
        return len(self._open)

    def _admit(self, headers: Headers) -> None:
        if not self._subscribing.is_allowed(headers):
            raise Refused(403, "This origin is not allowed.")
        if self._draining or self._most <= len(self._open):
            raise Refused(503, "There are too many streams.", ((b"retry-after", b"1"),))

    def drain(self) -> None:
        """Ends all streams: who reads them comes back."""
        self._draining = True
        for subscriber in list(self._open):
            subscriber.end("The service restarts: subscribe again.", "GOING_AWAY")

    async def _stream(self, subscriber: Subscriber, receive: Receive, send: Send) -> None:
        self._open.add(subscriber)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            gone = asyncio.create_task(_until_gone(receive, subscriber))
            try:
                await self._events(subscriber, send)
            finally:
                gone.cancel()
        finally:
            self._open.discard(subscriber)

    async def _events(self, subscriber: Subscriber, send: Send) -> None:
        await _say(send, b":\n\n")
        while True:
            try:
                async with asyncio.timeout(BREATH_SECONDS):
                    found = await subscriber.next()
            except TimeoutError:
                await _say(send, b":\n\n")
                continue
            if isinstance(found, Ending):
                break
            id_ = ids.encode(EVENT, found.event_id).encode()
            await _say(send, b"id: %s\nevent: next\ndata: %s\n\n" % (id_, found.body))
            EVENTS.add(1, TRANSPORT)
        error = {"message": found.reason, "extensions": {"code": found.code}}
        await _say(send, b"event: next\ndata: %s\n\n" % orjson.dumps({"errors": [error]}))
        await _say(send, b"event: complete\ndata:\n\n", more=False)


def _resumed(request: Request, headers: Headers) -> Request:
    """Returns the request, going on from the event that a browser says it received last."""
    last = headers.get(LAST_EVENT_ID, b"").decode("latin-1")
    return replace(request, after=last) if last else request


async def _until_gone(receive: Receive, subscriber: Subscriber) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    subscriber.end("The client is gone.", "GONE")


async def _say(send: Send, text: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": more})


async def _refuse(send: Send, status: int, answer: Mapping[str, Any]) -> None:
    headers = [(b"content-type", b"application/json; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(answer)})
