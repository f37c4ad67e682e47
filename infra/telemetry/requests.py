"""How is a request followed? From its head to the last byte of its answer, as one span and one figure."""

import time
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.http_protocol import WHOLE, Headers, Whole, offered
from infra.telemetry import meters, names
from infra.telemetry.meters import Distribution
from infra.telemetry.places import Beginnings
from infra.telemetry.spans import constant
from service.ground.origins import ORIGIN

PROBES = frozenset({"/livez", "/readyz"})
ACTIVE = meters.gauge(names.HTTP_ACTIVE)
DURATION = meters.histogram(names.HTTP_DURATION)
GONE = 499
"""The status of a request whose client left before it was answered."""
ERRORS_FROM = 500


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

    def __init__(self, app: ASGIApp, beginnings: Beginnings) -> None:
        """Follows each request to an application, except the probes'."""
        self._app = app
        self._beginnings = beginnings
        self._active = 0
        ACTIVE.ask(lambda: self._active)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            return await self._app(scope, receive, send)
        begun = time.perf_counter_ns()
        place, parent_id = None, None
        for name, value in scope["headers"]:
            if name == b"traceparent":
                place, parent_id = self._beginnings.after(value)
        if place is None:
            place = self._beginnings.root()
        whole = offered(scope)
        seen = _Seen(send, whole)
        if whole is not None:
            scope["extensions"][WHOLE] = seen.whole
        token = ORIGIN.set(place)
        self._active += 1
        try:
            await self._app(scope, receive, seen.send)
        finally:
            self._active -= 1
            ORIGIN.reset(token)
            ended = time.perf_counter_ns()
            _durations(scope["method"], scope["path"], seen.status).add((ended - begun) / 1e9)
            if place.sampled:
                same = _same(
                    scope["method"], scope["path"], seen.status, scope["scheme"], scope["http_version"]
                )
                place.spans.keep(place.trace_id, place.span_id, parent_id, (begun, ended), same)


def _listed(method: str, path: str) -> tuple[str, str]:
    """Returns the method and the path as they may be told."""
    known = method if method in names.METHOD.values else names.OTHER
    return known, path if path in names.ROUTE.values else names.OTHER


@lru_cache(maxsize=1024)
def _durations(method: str, path: str, status: int) -> Distribution:
    return DURATION.of(*_listed(method, path), str(status))


@lru_cache(maxsize=1024)
def _same(method: str, path: str, status: int, scheme: str, version: str) -> bytes:
    known, route = _listed(method, path)
    facts: dict[str, str | int] = {
        "http.request.method": known,
        "http.route": route,
        "http.response.status_code": status,
        "url.scheme": scheme,
        "network.protocol.version": version,
    }
    failed = status >= ERRORS_FROM
    if failed:
        facts["error.type"] = str(status)
    return constant(names.SERVER, facts, failed=failed)
