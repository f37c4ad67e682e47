"""How does a short answer leave? Head and body in one piece: one write for us, one packet for the client.

A usual request does not even go the way of ASGI, as all others do: `at_once` answers it.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import Any, Final, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from infra.admission import Ticket

PATH: Final = b"/graphql"
NEVER: Final = float("inf")
GONE: Final = 499
"""The status of a request whose client left before it was answered."""
WHOLE = "cxgraph.answer"
"""The ASGI extension under which the server offers to send an answer whole."""

Headers = tuple[tuple[bytes, bytes], ...]
Whole = Callable[[int, Headers, bytes], bool]
"""Sends status, headers and body; False where that is not possible now, and nothing was sent."""

HeaderMap = Mapping[bytes, bytes]
"""The last header of each name."""
AtOnce = Callable[[HeaderMap, bytes, "Exchange"], Ticket | None]
"""Takes the headers and the body of a POST request, and what to answer it by; None where it does not."""


def offered(scope: Scope) -> Whole | None:
    """Returns what sends an answer whole, None where the server does not offer it."""
    extensions = scope.get("extensions")
    return extensions.get(WHOLE) if extensions else None


class _Event:
    """What uvicorn sets when a request's client sends more, or goes: nobody waits for it here."""

    def set(self) -> None:
        """Does nothing."""


class Exchange:
    """A request that is answered at once; to uvicorn it looks like its own cycle of request and response."""

    __slots__ = (
        "_protocol",
        "disconnected",
        "keep_alive",
        "response_complete",
        "scope",
    )
    message_event = _Event()

    def __init__(self, protocol: "HttpProtocol") -> None:
        """Belong to a connection."""
        self._protocol = protocol
        self.disconnected = self.response_complete = False
        self.keep_alive = True
        self.scope: dict[str, object] = {}

    def outlived_by(self, work: asyncio.Task[Any]) -> None:
        """Lets a server on its way out wait for work that goes on even when the client has gone."""
        tasks = self._protocol.tasks
        tasks.add(work)
        work.add_done_callback(tasks.discard)

    def respond(self, status: int, headers: Headers, body: bytes) -> None:
        """Sends the answer, unless nobody is there any more."""
        self.response_complete = True
        protocol = self._protocol
        if not self.disconnected:
            lines, closes = _lines(headers)
            self.keep_alive = self.keep_alive and not closes
            defaults = protocol.server_state.default_headers
            protocol.transport.write(_message(status, lines, defaults, body, keep_alive=self.keep_alive))
            if not self.keep_alive:
                protocol.transport.close()
            protocol.rest()


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which answers usual requests at once, and writes heads and bodies together."""

    held: bytes | None
    """The body, as far as it is there, of a request that may be answered at once."""
    rests_until: float
    """When the connection is closed unless a request comes before, on the event loop's clock."""

    @staticmethod
    def at_once(_headers: HeaderMap, _body: bytes, _exchange: Exchange, /) -> Ticket | None:
        """Begins to answer a POST request to the graph and returns its ticket; here none is answered so."""
        return None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begins."""
        super().connection_made(transport)
        self.held = None
        self.rests_until = NEVER

    def data_received(self, data: bytes) -> None:
        """Takes what arrived; a request that is not complete by then is not answered at once."""
        super().data_received(data)
        if self.held is not None:
            self._go_on()

    def on_message_begin(self) -> None:
        """Prepares for a head; what uvicorn prepares for each is made when it is needed."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self.rests_until = NEVER

    def on_headers_complete(self) -> None:
        """Holds back what may be answered at once, until its body is there."""
        self.held = b""
        if not self._may_be_usual():
            self._go_on()

    def on_body(self, body: bytes) -> None:
        """Takes a piece of the body."""
        if self.held is None:
            super().on_body(body)
        else:
            self.held += body

    def on_message_complete(self) -> None:
        """Answers at once, or goes the long way."""
        if self.held is not None:
            exchange = Exchange(self)
            ticket = self.at_once(dict(self.headers), self.held, exchange)
            if ticket is not None:
                self.held = None
                exchange.scope["ticket"] = ticket
                self.cycle = cast("RequestResponseCycle", exchange)
                return
            self._go_on()
        super().on_message_complete()

    def rest(self) -> None:
        """Goes on to the next request, or waits for it as long as uvicorn would, without a timer for each."""
        self.server_state.total_requests += 1
        if self.pipeline:
            self.flow.resume_reading()
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.rests_until = self.loop.time() + self.timeout_keep_alive

    def _may_be_usual(self) -> bool:
        parser, cycle = self.parser, cast("RequestResponseCycle | None", self.cycle)
        return (
            self.url == PATH
            and parser.get_method() == b"POST"
            and (cycle is None or cycle.response_complete)
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and not self.expect_100_continue
        )

    def _go_on(self) -> None:
        """Lets uvicorn do what was held back."""
        url, headers, expects, body = self.url, self.headers, self.expect_100_continue, self.held
        self.held = None
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers += headers
        super().on_headers_complete()
        if body:
            super().on_body(body)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - as in uvicorn
        scope: Scope = cast("Scope", cycle.scope)
        scope["extensions"] = {WHOLE: partial(_send_whole, cycle)}
        super()._start_asgi_task(cycle, app)

    def _should_upgrade(self) -> bool:
        """Whether a request really opens a WebSocket; others with such headers would never be answered."""
        return (
            self.scope["method"] == "GET"
            and any(name == b"sec-websocket-key" for name, _ in self.headers)
            and super()._should_upgrade()
        )


def _send_whole(cycle: RequestResponseCycle, status: int, headers: Headers, body: bytes) -> bool:
    """Do what two calls of `send` would do; headers are ours: well formed, `connection` only to close."""
    if cycle.response_started or cycle.flow.write_paused or cycle.scope["method"] == "HEAD":
        return False
    if cycle.disconnected:
        return True
    lines, closes = _lines(headers)
    cycle.keep_alive = cycle.keep_alive and not closes
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(_message(status, lines, cycle.default_headers, body, keep_alive=cycle.keep_alive))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


def _message(
    status: int, lines: bytes, defaults: Iterable[tuple[bytes, bytes]], body: bytes, *, keep_alive: bool
) -> bytes:
    """Returns head and body as they are sent."""
    parts = [STATUS_LINE[status], lines]
    for name, value in defaults:
        parts += (name, b": ", value, b"\r\n")
    if not keep_alive:
        parts.append(b"connection: close\r\n")
    parts += (b"content-length: %d\r\n\r\n" % len(body), body)
    return b"".join(parts)


@lru_cache(maxsize=256)
def _lines(headers: Headers) -> tuple[bytes, bool]:
    """Returns headers as they are sent, without `connection`, and whether that was among them."""
    sent = [name + b": " + value + b"\r\n" for name, value in headers if name != b"connection"]
    return b"".join(sent), len(sent) < len(headers)
