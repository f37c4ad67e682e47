"""How does a short answer leave? Head and body in one piece: one write for us, one packet for the client."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

WHOLE = "cxgraph.answer"
"""The ASGI extension under which the server offers to send an answer whole."""

Headers = tuple[tuple[bytes, bytes], ...]
Whole = Callable[[int, Headers, bytes], bool]
"""Sends status, headers and body; False where that is not possible now, and nothing was sent."""


def offered(scope: Scope) -> Whole | None:
    """Returns what sends an answer whole, None where the server does not offer it."""
    extensions = scope.get("extensions")
    return extensions.get(WHOLE) if extensions else None


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which writes head and body apart, with the offer to write them together."""

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
    parts = [STATUS_LINE[status], lines]
    for name, value in cycle.default_headers:
        parts += (name, b": ", value, b"\r\n")
    if not cycle.keep_alive:
        parts.append(b"connection: close\r\n")
    parts += (b"content-length: %d\r\n\r\n" % len(body), body)
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(b"".join(parts))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


@lru_cache(maxsize=256)
def _lines(headers: Headers) -> tuple[bytes, bool]:
    """Returns headers as they are sent, without `connection`, and whether that was among them."""
    sent = [name + b": " + value + b"\r\n" for name, value in headers if name != b"connection"]
    return b"".join(sent), len(sent) < len(headers)
