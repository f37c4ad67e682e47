"""How is a request followed that is answered at once? As any other, but for as little as possible.

What each of them needs is done by the short way itself, which saves two calls. The rest is here: it concerns
mutations, what is refused, and those whose trace is kept.
"""

import time
from contextvars import Token
from dataclasses import dataclass
from functools import lru_cache

from infra.http_protocol import GONE, PATH
from infra.telemetry import meters, names
from infra.telemetry.meters import Distribution
from infra.telemetry.operations import Operations, durations
from infra.telemetry.places import Beginnings, Place
from infra.telemetry.spans import constant
from schema.execution import Request
from service.ground.origins import ORIGIN, Origin

TRACEPARENT = b"traceparent"
DATA = b'{"data":'
"""How an answer begins that was found."""
SHORT = "POST", PATH.decode()
"""Method and path of what is answered at once."""
DURATION = meters.histogram(names.HTTP_DURATION)
FOUND = Distribution(DURATION.metric.buckets)
"""How long queries took that were answered at once, and found something; it counts for both figures."""
OK = 200
TOGETHER_SECONDS = 0.001
"""What begins so soon after another is kept if that is: they share statements, and are told as cheaply."""
ERRORS_FROM = 500


@dataclass(slots=True)
class Visit:
    """One request, while it is answered: where it stands, what it follows, and when it began."""

    place: Place
    parent_id: bytes | None
    begun: int
    """In nanoseconds, as `perf_counter_ns` tells them."""

    def keep(self, ended: int, same: bytes) -> None:
        """Keeps its span."""
        place = self.place
        place.spans.keep(place.trace_id, place.span_id, self.parent_id, (self.begun, ended), same)


@dataclass(slots=True)
class Entered:
    """A visit whose place, or that of its operation, is where the work stands now."""

    visit: Visit
    operation: Place
    token: Token[Origin | None]

    def leave(self) -> None:
        """Goes back to where the work stood before; what was begun meanwhile stays where it is."""
        ORIGIN.reset(self.token)


class Visits:
    """Requests that are answered at once."""

    def __init__(self, beginnings: Beginnings, operations: Operations) -> None:
        """Places them in traces, and tells of the operations that they ask for."""
        self.active = 0
        """How many are under way."""
        self.keeps = False
        """Whether the traces are kept that begin now; to be decided anew after `decided_until`."""
        self.decided_until = 0.0
        self.found = FOUND.see
        """Counts a query that found something, by the seconds it took."""
        self.beginnings = beginnings
        self._operations = operations

    def decide(self, now: float) -> None:
        """Decides whether the traces are kept that begin in the next moment."""
        self.decided_until, self.keeps = now + TOGETHER_SECONDS, self.beginnings.decide()
        FOUND.settle()

    def enter(self, traceparent: bytes | None, begun: float, *, writes: bool) -> Entered:
        """Begins to follow a request whose place is asked for, which the work that begins now stands at.

        Its trace is kept, or goes on, or its events tell it. Of a query the work stands at the operation's
        place; that of a mutation the graph finds itself.
        """
        if traceparent is None:
            place, parent_id = self.beginnings.first(kept=self.keeps), None
        else:
            place, parent_id = self.beginnings.after(traceparent)
        operation = place.below() if place.sampled and not writes else place
        return Entered(Visit(place, parent_id, round(begun * 1e9)), operation, ORIGIN.set(operation))

    def tell(
        self, begun: float, query: Request | None, entered: Entered | None, status: int, body: bytes
    ) -> None:
        """Tells how a request was answered; of a mutation, which is no `query`, the graph tells the rest."""
        seconds = time.perf_counter() - begun
        durations_of(*SHORT, status).add(seconds)
        if query is not None:
            durations("query", _outcome(status, body)).add(seconds)
        if entered is None or not entered.operation.sampled:
            return
        visit, ended = entered.visit, time.perf_counter_ns()
        visit.keep(ended, same(*SHORT, status, "http", "1.1"))
        if query is not None:
            times = visit.begun, ended
            self._operations.keep(query, _outcome(status, body), times, entered.operation, visit.place)


def _outcome(status: int, body: bytes) -> str:
    """Returns how a query went that was answered at once: by what was answered."""
    return "ok" if body.startswith(DATA) else "failed" if status >= GONE else "invalid"


def _listed(method: str, path: str) -> tuple[str, str]:
    """Returns the method and the path as they may be told."""
    known = method if method in names.METHOD.values else names.OTHER
    return known, path if path in names.ROUTE.values else names.OTHER


@lru_cache(maxsize=1024)
def durations_of(method: str, path: str, status: int) -> Distribution:
    """Returns where it is counted how long such requests took."""
    return DURATION.of(*_listed(method, path), str(status))


@lru_cache(maxsize=1024)
def same(method: str, path: str, status: int, scheme: str, version: str) -> bytes:
    """Returns what the spans of such requests have in common."""
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


durations_of(*SHORT, OK).include(FOUND)
durations("query", "ok").include(FOUND)
