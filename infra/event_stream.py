"""How do subscriptions travel without a WebSocket? As text/event-stream, one request for each.

That is the mode "distinct connections" of graphql-sse. A browser's EventSource resumes by itself, with the
header Last-Event-ID.
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.auth import Headers
from infra.bodies import ClientGone, Refused
from infra.edge import More
from infra.graphql_http import GraphQLEndpoint
from infra.negotiation import JSON, answer_type
from infra.refusals import Refusal
from infra.subscriber import Ending, Subscriber
from infra.subscribing import EVENTS, Subscribing, refusal_of
from infra.trusted import Unknown
from schema.errors import response
from schema.events.types import EVENT
from schema.execution import Request
from schema.ground import ids
from schema.guard.guard import RefusedError

MEDIA_TYPE = b"text/event-stream"
TRANSPORT = "sse"
LAST_EVENT_ID = b"last-event-id"
BREATH_SECONDS = 15.0
"""After so long without an event a comment is sent, so that nobody takes the connection for dead."""
RESTARTING = Ending("The service restarts: subscribe again.", "GOING_AWAY")
GONE = Ending("The client is gone.", "GONE")
AT_ONCE: More = ((b"x-accel-buffering", b"no"),)
"""Asks proxies to hand each event on when it comes."""


def is_asked_for(scope: Scope) -> bool:
    """Whether a request wants its answer as a stream of events: of several such headers the last counts."""
    accepted = b""
    for name, value in scope["headers"]:
        if name == b"accept":
            accepted = value
    return MEDIA_TYPE in accepted


class Heard:
    """What a client has sent, to be heard once more by somebody else."""

    def __init__(self, receive: Receive) -> None:
        """Listen to a client."""
        self._receive = receive
        self._messages: list[Message] = []

    async def __call__(self) -> Message:
        """Returns the next message, and keeps it."""
        message = await self._receive()
        self._messages.append(message)
        return message

    async def again(self) -> Message:
        """Returns the messages from the first on, then what comes."""
        return self._messages.pop(0) if self._messages else await self._receive()


class EventStreams:
    """Answers subscriptions over HTTP."""

    def __init__(
        self, subscribing: Subscribing, endpoint: GraphQLEndpoint, otherwise: ASGIApp, *, most: int
    ) -> None:
        """Serve at most `most` streams; requests are understood as `endpoint` does.

        What is no subscription, and may be answered as JSON as well, is answered by `otherwise`.
        """
        self._subscribing = subscribing
        self._endpoint = endpoint
        self._otherwise = otherwise
        self._most = most
        self._open: set[Subscriber] = set()
        self._draining = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request with a stream."""
        headers: Headers = dict(scope["headers"])
        if answer_type(headers[b"accept"]) is not None:
            heard = Heard(receive)
            if not await self._subscribes(scope, headers, heard):
                return await self._otherwise(scope, heard.again, send)
            receive = heard.again
        return await self._served(scope, headers, receive, send)

    async def _subscribes(self, scope: Scope, headers: Headers, receive: Receive) -> bool:
        """Whether a request states a subscription; what it states wrongly is told as JSON."""
        try:
            return self._subscribing.is_subscription(await self._endpoint.understood(scope, headers, receive))
        except (Refused, RefusedError, Unknown, ClientGone):
            return False

    async def _served(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        usual = partial(self._subscribing.origins.answering, origin=headers.get(b"origin"))
        async with AsyncExitStack() as stack:
            try:
                self._admit(headers)
                request = _resumed(await self._endpoint.understood(scope, headers, receive), headers)
                opening = self._subscribing.subscribed(request, headers, TRANSPORT)
                subscriber = await stack.enter_async_context(opening)
            except ClientGone:
                return
            except Exception as problem:  # noqa: BLE001 - the edge: what nobody expected is masked and reported
                await _refuse(send, refusal_of(problem, headers), usual(JSON))
                return
            await self._stream(subscriber, receive, send, usual(MEDIA_TYPE))

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
            subscriber.end(RESTARTING)

    async def _stream(self, subscriber: Subscriber, receive: Receive, send: Send, usual: More) -> None:
        self._open.add(subscriber)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": [*usual, *AT_ONCE]})
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
        await _say(send, b"event: next\ndata: %s\n\n" % response([found.told]))
        await _say(send, b"event: complete\ndata:\n\n", more=False)


def _resumed(request: Request, headers: Headers) -> Request:
    """Returns the request, going on from the event that a browser says it received last."""
    last = headers.get(LAST_EVENT_ID, b"").decode("latin-1")
    return replace(request, after=last) if last else request


async def _until_gone(receive: Receive, subscriber: Subscriber) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    subscriber.end(GONE)


async def _say(send: Send, text: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": more})


async def _refuse(send: Send, refusal: Refusal, usual: More) -> None:
    status, body, more = refusal
    headers = [*usual, *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
