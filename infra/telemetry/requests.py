"""How is a request followed? From its head to the last byte of its answer, as one span and one figure."""

import time
from dataclasses import dataclass
from functools import lru_cache, partial

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.admission import Ticket
from infra.http_protocol import GONE, PATH, WHOLE, AtOnce, HeaderList, Headers, Respond, Whole, offered
from infra.telemetry import meters, names
from infra.telemetry.meters import Distribution
from infra.telemetry.places import Beginnings, Place
from infra.telemetry.spans import constant
from service.ground.origins import ORIGIN

PROBES = frozenset({"/livez", "/readyz"})
ACTIVE = meters.gauge(names.HTTP_ACTIVE)
DURATION = meters.histogram(names.HTTP_DURATION)
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


@dataclass(slots=True)
class _Visit:
    """One request, while it is answered."""

    place: Place
    parent_id: bytes | None
    begun: int

    def tell(self, method: str, path: str, status: int, scheme: str, version: str) -> None:
        """Counts how long it took, and keeps its span."""
        ended, place = time.perf_counter_ns(), self.place
        _durations(method, path, status).add((ended - self.begun) / 1e9)
        if place.sampled:
            same = _same(method, path, status, scheme, version)
            place.spans.keep(place.trace_id, place.span_id, self.parent_id, (self.begun, ended), same)


class FollowedRequests:
    """An ASGI application, and the short way to it, whose requests are followed."""

    def __init__(self, app: ASGIApp, short_way: AtOnce, beginnings: Beginnings) -> None:
        """Follows each request to an application, except the probes'."""
        self._app = app
        self._short_way = short_way
        self._beginnings = beginnings
        self._active = 0
        ACTIVE.ask(lambda: self._active)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            return await self._app(scope, receive, send)
        visit = self._begin(scope["headers"])
        whole = offered(scope)
        seen = _Seen(send, whole)
        if whole is not None:
            scope["extensions"][WHOLE] = seen.whole
        token = ORIGIN.set(visit.place)
        self._active += 1
        try:
            await self._app(scope, receive, seen.send)
        finally:
            self._active -= 1
            ORIGIN.reset(token)
            visit.tell(scope["method"], scope["path"], seen.status, scope["scheme"], scope["http_version"])

    def at_once(self, headers: HeaderList, body: bytes, respond: Respond) -> Ticket | None:
        """Answers one request on the short way, if that takes it."""
        visit = self._begin(headers)
        token = ORIGIN.set(visit.place)
        try:
            ticket = self._short_way(headers, body, partial(self._respond, visit, respond))
        finally:
            ORIGIN.reset(token)
        if ticket is not None:
            self._active += 1
        return ticket

    def _begin(self, headers: HeaderList) -> _Visit:
        begun = time.perf_counter_ns()
        for name, value in headers:
            if name == b"traceparent":
                return _Visit(*self._beginnings.after(value), begun)
        return _Visit(self._beginnings.root(), None, begun)

    def _respond(self, visit: _Visit, respond: Respond, status: int, headers: Headers, body: bytes) -> None:
        respond(status, headers, body)
        self._active -= 1
        visit.tell("POST", PATH.decode(), status, "http", "1.1")


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
