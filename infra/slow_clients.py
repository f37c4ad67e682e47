"""What if a client is slow, or goes away? Its connection is closed, and a read nobody waits for called off.

Uvicorn itself waits for ever for a head or a body, and goes on reading rows for clients that are gone.
Looking at the clock is left to whoever owns the connections, once a second for all of them.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar, Final, cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from infra import edge
from infra.admission import Ticket
from infra.http_protocol import NEVER, AtOnce, HttpProtocol

MOST_HEAD_BYTES: Final = 32_768
MOST_HEADERS: Final = 100
MOST_SENT_AHEAD: Final = 32
"""Requests that a client may send ahead on one connection."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long a client may take, in seconds."""

    head: float = 5.0
    body: float = 10.0
    answer: float = 60.0
    """For taking what was sent to it."""


class Connection(HttpProtocol):
    """One connection, with a deadline for whatever the client has to do next."""

    deadlines: ClassVar[Deadlines] = Deadlines()
    due: float
    is_head: bool
    is_refused: bool
    head_bytes: int
    taken_by: float

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Gives the client its time for the first head."""
        super().connection_made(transport)
        self.due = self.loop.time() + self.deadlines.head
        self.is_head, self.is_refused = True, False
        self.head_bytes = 0
        self.taken_by = NEVER

    def connection_lost(self, exc: Exception | None) -> None:
        """Calls off what the client was waiting for, unless it writes."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is not None and not cycle.response_complete:
            ticket = cast("Mapping[str, object]", cycle.scope).get("ticket")
            if isinstance(ticket, Ticket):
                ticket.client_gone()
        super().connection_lost(exc)

    def look(self, now: float) -> None:
        """Closes the connection where the client took longer than it may."""
        if self.transport.get_write_buffer_size() == 0:
            self.taken_by = NEVER
        elif self.taken_by == NEVER:
            self.taken_by = now + self.deadlines.answer
        if self.taken_by <= now:
            self.transport.abort()
        elif self.rests_until <= now:
            self.transport.close()
        elif self.due <= now:
            self.due = NEVER
            self.refuse(HTTPStatus.REQUEST_TIMEOUT, "The request did not arrive in time.", "TIMEOUT")

    def data_received(self, data: bytes) -> None:
        """Takes what arrived; a head that grows without end is cut off."""
        if self.is_refused:
            return
        if self.is_head:
            self.head_bytes += len(data)
        super().data_received(data)
        if self.is_head and self.head_bytes > MOST_HEAD_BYTES:
            self._head_too_large()

    def on_message_begin(self) -> None:
        """Gives the client its time for the head."""
        super().on_message_begin()
        self.is_head, self.head_bytes = True, 0
        self.due = self.loop.time() + self.deadlines.head

    def on_headers_complete(self) -> None:
        """Gives the client its time for the body."""
        self.is_head = False
        self.due = self.loop.time() + self.deadlines.body
        if len(self.headers) > MOST_HEADERS:
            self._head_too_large()
        elif len(self.pipeline) > MOST_SENT_AHEAD:
            self.refuse(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests were sent ahead.", "RATE_LIMITED")
        elif not self.is_refused:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Takes a piece of the body."""
        if not self.is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Expects nothing more: now it is the service that has to act."""
        self.due = NEVER
        if not self.is_refused:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuses what is not HTTP."""
        self.refuse(HTTPStatus.BAD_REQUEST, msg, "BAD_REQUEST")

    def refuse(self, status: HTTPStatus, message: str, code: str) -> None:
        """Answers without asking the application, and closes the connection."""
        if self.is_refused or self.transport.is_closing():
            return
        self.is_refused = True
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is None or cycle.response_complete:
            self.transport.write(_response(status, edge.error(message, code)))
        self.transport.close()

    def _head_too_large(self) -> None:
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        self.refuse(status, f"A request has at most {MOST_HEADERS} headers.", "LIMIT_EXCEEDED")


def connection_type(deadlines_: Deadlines, at_once_: AtOnce) -> type[Connection]:
    """Returns connections with these deadlines, whose usual requests are answered by `at_once_`."""

    class Other(Connection):
        deadlines = deadlines_
        at_once = staticmethod(at_once_)

    return Other


def _response(status: HTTPStatus, body: bytes) -> bytes:
    headers = (
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *edge.PROTECTION,
    )
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return f"HTTP/1.1 {status} {status.phrase}\r\n".encode() + lines + b"\r\n" + body
