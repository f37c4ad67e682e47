"""How is a request followed? From its head to the last byte of its answer, as one span and one figure."""

import time
from dataclasses import dataclass
from functools import lru_cache, partial

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.admission import Ticket
from infra.bodies import MUTATION
from infra.http_protocol import GONE, PATH, WHOLE, AtOnce, Exchange, HeaderMap, Headers, Whole, offered
from infra.telemetry import meters, names
from infra.telemetry.meters import Distribution
from infra.telemetry.operations import Operations, durations
from infra.telemetry.places import Beginnings, Place
from infra.telemetry.spans import constant
from service.ground.origins import ORIGIN

TRACEPARENT = b"traceparent"
DATA = b'{"data":'
"""How an answer begins that was found."""
SHORT = "POST", PATH.decode()
"""Method and path of what takes the short way."""
PROBES = frozenset({"/livez", "/readyz"})
ACTIVE = meters.gauge(names.HTTP_ACTIVE)
DURATION = meters.histogram(names.HTTP_DURATION)
FOUND = Distribution(DURATION.metric.buckets)
"""How long queries took that were answered at once, by what they asked for; it counts for both figures."""
OK = 200
TOGETHER_SECONDS = 0.001
"""What begins so soon after another is kept if that is: they share statements, and are told as cheaply."""
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
    """One request, while it is answered: where it stands, what it follows, and when it began."""

    place: Place
    parent_id: bytes | None
    begun: int

    def keep(self, ended: int, same: bytes) -> None:
        """Keeps its span."""
        place = self.place
        place.spans.keep(place.trace_id, place.span_id, self.parent_id, (self.begun, ended), same)


class FollowedRequests:
    """An ASGI application, and the short way to it, whose requests are followed."""

    def __init__(
        self, app: ASGIApp, short_way: AtOnce, beginnings: Beginnings, operations: Operations
    ) -> None:
        """Follows each request to an application, except the probes', and queries that it answers at once."""
        self._app = app
        self._short_way = short_way
        self._beginnings = beginnings
        self._active = 0
        self._operations = operations
        self._counts, self._found = self._count, FOUND.see
        self._decided_until = 0.0
        self._keeps = False
        ACTIVE.ask(lambda: self._active)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            return await self._app(scope, receive, send)
        begun = time.perf_counter_ns()
        visit = _Visit(*self._beginnings.after(dict(scope["headers"]).get(TRACEPARENT)), begun)
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
            ended, method, path = time.perf_counter_ns(), scope["method"], scope["path"]
            _durations(method, path, seen.status).add((ended - begun) / 1e9)
            if visit.place.sampled:
                visit.keep(ended, _same(method, path, seen.status, scope["scheme"], scope["http_version"]))

    def at_once(self, headers: HeaderMap, body: bytes, exchange: Exchange) -> Ticket | None:
        """Answers one request on the short way, if that takes it."""
        exchange.begun = begun = time.perf_counter()
        exchange.told = self._counts
        if begun > self._decided_until:
            self._decided_until, self._keeps = begun + TOGETHER_SECONDS, self._beginnings.decide()
            FOUND.settle()
        if self._keeps or TRACEPARENT in headers or MUTATION in body:
            ticket = self._placed(headers, body, exchange)
        else:
            ticket = self._short_way(headers, body, exchange)
        if ticket is not None:
            self._active += 1
        return ticket

    def _placed(self, headers: HeaderMap, body: bytes, exchange: Exchange) -> Ticket | None:
        """Does the same for a request whose place is asked for: its trace may be kept, or its events tell it.

        The place of a query's operation is found here, a mutation's by the graph.
        """
        stated = headers.get(TRACEPARENT)
        first = self._beginnings.first
        place, parent_id = self._beginnings.after(stated) if stated else (first(kept=self._keeps), None)
        visit = _Visit(place, parent_id, round(exchange.begun * 1e9))
        operation = place.below() if place.sampled and MUTATION not in body else place
        exchange.told = partial(self._tell, visit, operation)
        token = ORIGIN.set(operation)
        try:
            return self._short_way(headers, body, exchange)
        finally:
            ORIGIN.reset(token)

    def _count(self, exchange: Exchange, status: int, body: bytes) -> None:
        self._active -= 1
        seconds = time.perf_counter() - exchange.begun
        is_query = exchange.query is not None
        if is_query and status == OK and body.startswith(DATA):
            return self._found(seconds)
        _durations(*SHORT, status).add(seconds)
        if is_query:
            durations("query", _outcome(status, body)).add(seconds)
        return None

    def _tell(self, visit: _Visit, operation: Place, exchange: Exchange, status: int, body: bytes) -> None:
        self._count(exchange, status, body)
        if not operation.sampled:
            return
        times = visit.begun, time.perf_counter_ns()
        visit.keep(times[1], _same(*SHORT, status, "http", "1.1"))
        if exchange.query is not None:
            self._operations.keep(exchange.query, _outcome(status, body), times, operation, visit.place)


def _outcome(status: int, body: bytes) -> str:
    """Returns how a query went that was answered at once: by what was answered."""
    return "ok" if body.startswith(DATA) else "failed" if status >= GONE else "invalid"


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


_durations(*SHORT, OK).include(FOUND)
durations("query", "ok").include(FOUND)
