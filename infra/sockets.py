"""How do subscriptions travel over a WebSocket? As graphql-transport-ws, and nothing else.

PROTOCOL.md of the project graphql-ws names the messages and the codes with which a
socket is closed. Queries and mutations do not travel here; subscriptions are let in as requests are.
"""

import asyncio
import random
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from typing import Any

import orjson
from starlette.types import Message as Sent
from starlette.types import Receive, Scope, Send

from infra.auth import Headers, Unauthenticated
from infra.bodies import Refused
from infra.reports import report
from infra.socket_messages import (
    BAD_MESSAGE,
    FORBIDDEN,
    INIT_TIMEOUT,
    NOT_ACCEPTABLE,
    RESTARTING,
    TAKEN,
    TOO_MANY_INITS,
    TRY_AGAIN_LATER,
    UNAUTHORIZED,
    UNEXPECTED,
    Closing,
    id_of,
    parsed,
    payload_of,
)
from infra.subscriber import Ending, Message, Subscriber
from infra.subscribing import EVENTS, Subscribing, refusal_of
from infra.trusted import Unknown
from schema.execution import Request
from service.ground.actor import Actor

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 5.0
BEGINNING_SECONDS = 1.0
"""How long a pong waits for subscriptions to begin."""
MOST_SUBSCRIPTIONS = 20
"""On one socket."""
TOO_MANY = Ending(f"A socket has at most {MOST_SUBSCRIPTIONS} subscriptions.", "TOO_MANY_SUBSCRIPTIONS")
MOST_MESSAGES = 100
"""At once from one client; after that, `MESSAGES_PER_SECOND`."""
MESSAGES_PER_SECOND = 20.0
LONGEST_REASON = 120
TRANSPORT = "websocket"
PARTING: Mapping[int | None, str] = {
    RESTARTING: "GOING_AWAY",
    UNAUTHORIZED: "UNAUTHENTICATED",
    UNEXPECTED: "INTERNAL",
}
"""What the closing of a socket means to its subscriptions; otherwise the client is gone."""
FORWARDED = ("authorization", "x-cx-tenant", "x-cx-subject", "x-cx-roles")
"""What `connection_init` may say in place of a header, which browsers cannot send."""


class Socket:
    """One open WebSocket."""

    def __init__(self, subscribing: Subscribing, headers: Headers, receive: Receive, send: Send) -> None:
        """Talk to a client whose handshake was accepted."""
        self._subscribing = subscribing
        self._headers = dict(headers)
        self._receive = receive
        self._send = send
        self._actor: Actor | None = None
        self._initialised = False
        self._running: dict[str, asyncio.Task[None]] = {}
        self._beginning: set[asyncio.Future[None]] = set()
        self._closing: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()
        self._timer = asyncio.get_running_loop().call_later(
            INIT_SECONDS, self.close, INIT_TIMEOUT, "Connection initialisation timeout"
        )
        self._allowance = float(MOST_MESSAGES)
        self._heard_at = time.monotonic()

    def close(self, code: int, reason: str) -> None:
        """Closes the socket soon, if it is not closing already."""
        if not self._closing.done():
            self._closing.set_result(Closing(code, reason[:LONGEST_REASON]))

    async def talk(self) -> None:
        """Talks until one of the two ends it."""
        listening = asyncio.create_task(self._listen())
        try:
            ends: set[asyncio.Future[Any]] = {listening, self._closing}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if self._closing.done():
                closing = self._closing.result()
                await self._put({"type": "websocket.close", "code": closing.code, "reason": closing.reason})
        finally:
            self._timer.cancel()
            running = list(self._running.values())
            for task in (listening, *running):
                task.cancel()
            await asyncio.gather(listening, *running, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                self._pace()
                await self._heard(parsed(message.get("text")))
            except Closing as closing:
                self.close(closing.code, closing.reason)
                return

    def _pace(self) -> None:
        now = time.monotonic()
        grown = self._allowance + (now - self._heard_at) * MESSAGES_PER_SECOND
        self._allowance = min(grown, float(MOST_MESSAGES)) - 1
        self._heard_at = now
        if self._allowance < 0:
            raise Closing(TOO_MANY_INITS, "Too many messages")

    async def _heard(self, message: Mapping[str, Any]) -> None:
        match message.get("type"):
            case "connection_init":
                await self._initialise(payload_of(message))
            case "ping":
                payload_of(message)
                await self._pong()
            case "pong":
                payload_of(message)
            case "subscribe":
                await self._subscribe(id_of(message), message)
            case "complete":
                self._complete(id_of(message))
            case _:
                raise Closing(BAD_MESSAGE, "There is no such message")

    async def _pong(self) -> None:
        """Answers a ping, as soon as what the client subscribed to before has begun or was refused."""
        if self._beginning:
            await asyncio.wait(self._beginning, timeout=BEGINNING_SECONDS)
        await self._say({"type": "pong"})

    async def _initialise(self, payload: Mapping[str, Any]) -> None:
        if self._initialised:
            raise Closing(TOO_MANY_INITS, "Too many initialisation requests")
        self._initialised = True
        self._timer.cancel()
        said = {name.lower(): value for name, value in payload.items() if isinstance(value, str)}
        for name in FORWARDED:
            if name in said:
                self._headers[name.encode()] = said[name].encode("latin-1", "replace")
        try:
            self._actor, until = await self._subscribing.identified(self._headers)
        except Unauthenticated as unknown:
            raise Closing(FORBIDDEN, str(unknown)) from unknown
        if until is not None:
            left = max(0.0, until - time.time())
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(left, self.close, UNAUTHORIZED, "The token has expired")
        await self._say({"type": "connection_ack"})

    async def _subscribe(self, id_: str, message: Mapping[str, Any]) -> None:
        if self._actor is None:
            raise Closing(UNAUTHORIZED, "Unauthorized")
        try:
            request = self._subscribing.request(payload_of(message, required=True))
        except Refused as wrong:
            raise Closing(BAD_MESSAGE, str(wrong)) from wrong
        except Unknown as unknown:
            await self._refuse(id_, unknown)
            return
        if id_ in self._running:
            raise Closing(TAKEN, f"Subscriber for {id_[:60]} already exists")
        if len(self._running) >= MOST_SUBSCRIPTIONS:
            await self._error(id_, TOO_MANY.told)
            return
        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._beginning.add(begun)
        task = asyncio.create_task(self._serve(id_, request, begun))
        self._running[id_] = task
        task.add_done_callback(lambda done: self._forget(id_, done, begun))

    def _complete(self, id_: str) -> None:
        task = self._running.pop(id_, None)
        if task is not None:
            task.cancel()

    def _forget(self, id_: str, task: "asyncio.Task[None]", begun: "asyncio.Future[None]") -> None:
        self._has_begun(begun)
        if self._running.get(id_) is task:
            del self._running[id_]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            report(error)
            self.close(UNEXPECTED, "Something went wrong here: connect again")

    def _has_begun(self, begun: "asyncio.Future[None]") -> None:
        self._beginning.discard(begun)
        if not begun.done():
            begun.set_result(None)

    async def _serve(self, id_: str, request: Request, begun: "asyncio.Future[None]") -> None:
        """Sends one subscription's messages, and how it ended."""
        async with AsyncExitStack() as stack:
            try:
                opening = self._subscribing.subscribed(request, self._headers, TRANSPORT)
                subscriber = await stack.enter_async_context(opening)
                self._has_begun(begun)
            except Exception as problem:  # noqa: BLE001 - the edge: what nobody expected is masked and reported
                await self._refuse(id_, problem)
                return
            try:
                ending = await self._forward(orjson.dumps(id_).decode(), subscriber)
            finally:
                subscriber.end(Ending("The socket ends.", self._parting()))
        await self._error(id_, ending.told)

    async def _forward(self, id_: str, subscriber: Subscriber) -> Ending:
        """Sends what comes; returns why nothing comes any more."""
        head = f'{{"id":{id_},"type":"next","payload":'
        while isinstance(found := await subscriber.next(), Message):
            await self._put({"type": "websocket.send", "text": f"{head}{found.body.decode()}}}"})
            EVENTS.add(1, TRANSPORT)
        return found

    def _parting(self) -> str:
        """Returns the code of what ends the subscriptions that did not end by themselves."""
        code = self._closing.result().code if self._closing.done() else None
        return PARTING.get(code, "GONE")

    async def _refuse(self, id_: str, problem: Exception) -> None:
        _, body, _ = refusal_of(problem, self._headers)
        await self._error(id_, *orjson.loads(body)["errors"])

    async def _error(self, id_: str, *errors: Mapping[str, object]) -> None:
        await self._say({"id": id_, "type": "error", "payload": errors})

    async def _say(self, message: Mapping[str, Any]) -> None:
        await self._put({"type": "websocket.send", "text": orjson.dumps(message).decode()})

    async def _put(self, message: Sent) -> None:
        """Sends, unless the client is gone: then the listening ends by itself."""
        with suppress(OSError, RuntimeError):
            await self._send(message)


class Sockets:
    """All open WebSockets of this process."""

    def __init__(self, subscribing: Subscribing, *, most: int) -> None:
        """Serve at most `most` sockets."""
        self._subscribing = subscribing
        self._most = most
        self._open: set[Socket] = set()
        self._talking: set[asyncio.Task[object]] = set()
        self._draining = False

    def __len__(self) -> int:
        """Return how many sockets are open."""
        return len(self._open)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one WebSocket."""
        await receive()
        headers: Headers = dict(scope["headers"])
        if not self._subscribing.is_allowed(headers):
            await _deny(scope, send, 403)
        elif self._draining or self._most <= len(self._open):
            await _deny(scope, send, 503)
        elif PROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await send(
                {"type": "websocket.close", "code": NOT_ACCEPTABLE, "reason": "Subprotocol not acceptable"}
            )
        else:
            await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
            await self._talk(Socket(self._subscribing, headers, receive, send))

    async def _talk(self, socket: Socket) -> None:
        task = asyncio.current_task()
        self._open.add(socket)
        self._talking.update({task} if task else ())
        try:
            await socket.talk()
        finally:
            self._open.discard(socket)
            self._talking.discard(task)

    async def drain(self, seconds: float) -> None:
        """Closes all sockets within some seconds, each at a moment of its own: not all come back at once."""
        self._draining = True
        loop = asyncio.get_running_loop()
        for socket in list(self._open):
            at = random.uniform(0, seconds)  # noqa: S311 - only spreads
            loop.call_later(at, socket.close, RESTARTING, "The service restarts: connect again")
        if self._talking:
            await asyncio.wait(self._talking, timeout=seconds + 1)


async def _deny(scope: Scope, send: Send, status: int) -> None:
    """Refuses the handshake with an HTTP status, where the server can do that."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
        return
    headers = [(b"content-length", b"0"), (b"retry-after", b"1")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b""})
