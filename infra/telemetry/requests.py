"""How is a request followed? From its head to the last byte of its answer, as one span and one figure."""

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.http_protocol import GONE, WHOLE, Headers, Whole, offered
from infra.telemetry import meters, names
from infra.telemetry.places import Beginnings, at
from infra.telemetry.visits import TRACEPARENT, durations_of, same

PROBES = frozenset({"/livez", "/readyz"})
ACTIVE = meters.gauge(names.HTTP_ACTIVE)


class _Seen:
    """The status of an answer, as it goes by."""

    __slots__ = ("_send", "_whole", "status")

    def __init__(self, send: Send, whole: Whole | None) -> None:
        self.status = GONE
        self._send = send
        self._whole = whole

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

    def whole(self, status: int, headers: Headers, body: bytes) -> bool:
        self.status = status
        return self._whole is not None and self._whole(status, headers, body)


class FollowedRequests:
    """An ASGI application whose requests are followed."""

    def __init__(self, app: ASGIApp, beginnings: Beginnings, others: Callable[[], int]) -> None:
        """Follows each request to an application, except the probes'; `others` counts those beside it."""
        self._app = app
        self._beginnings = beginnings
        self._active = 0
        ACTIVE.ask(lambda: self._active + others())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            return await self._app(scope, receive, send)
        begun = time.perf_counter_ns()
        place = self._beginnings.after(dict(scope["headers"]).get(TRACEPARENT))
        whole = offered(scope)
        seen = _Seen(send, whole)
        if whole is not None:
            scope["extensions"][WHOLE] = seen.whole
        self._active += 1
        try:
            with at(place):
                await self._app(scope, receive, seen.send)
        finally:
            self._active -= 1
            ended, method, path = time.perf_counter_ns(), scope["method"], scope["path"]
            durations_of(method, path, seen.status).add((ended - begun) / 1e9)
            if place.sampled:
                told = same(method, path, seen.status, scope["scheme"], scope["http_version"])
                place.keep((begun, ended), told)
