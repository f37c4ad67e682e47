"""How is a request followed that is answered at once? As any other, but for as little as possible.

What each of them needs is done by the short way itself, which saves two calls. The rest is here: it concerns
mutations, what is refused, and those whose trace is kept.
"""

import time
from functools import lru_cache, partial

from infra.http_protocol import GONE, PATH
from infra.telemetry import meters, names
from infra.telemetry.meters import Distribution
from infra.telemetry.operations import Operations, durations
from infra.telemetry.places import Beginnings, Place
from infra.telemetry.spans import constant, encoded, fresh_id, nanoseconds
from schema.execution import Request

TRACEPARENT = b"traceparent"
DATA = b'{"data":'
"""How an answer begins that was found."""
SHORT = "POST", PATH.decode()
"""Method and path of what is answered at once."""
DURATION = meters.histogram(names.HTTP_DURATION)
FOUND = Distribution(DURATION.metric.buckets)
"""How long queries took that were answered at once, and found something; it counts for both figures."""
PROTOCOL = "http", "1.1"
"""Scheme and version of HTTP of these."""
QUERY, FINE = "query", "ok"
TOGETHER_SECONDS = 0.005
"""What begins so soon after another is kept if that is: they share statements, and are told as cheaply."""
ERRORS_FROM = 500


class Visits:
    """Requests that are answered at once."""

    def __init__(self, beginnings: Beginnings, operations: Operations) -> None:
        """Places them in traces, and tells of the operations that they ask for."""
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
        self.beginnings.spans.settle()

    def place(self, traceparent: bytes | None) -> Place:
        """Returns the place of a request that needs one: its trace is kept, goes on, or its events tell it.

        The work of a query stands there as if that were its operation's; below that of a mutation the graph
        finds one for its operation.
        """
        if traceparent is None:
            return self.beginnings.first(kept=self.keeps)
        return self.beginnings.after(traceparent)

    def tell(
        self, begun: float, query: Request | None, place: Place | None, status: int, body: bytes
    ) -> None:
        """Tells how a request was answered; of a mutation, which is no `query`, the graph tells the rest."""
        ended = time.perf_counter()
        outcome = _outcome(status, body)
        if query is not None and outcome == FINE:
            self.found(ended - begun)
        else:
            durations_of(*SHORT, status).add(ended - begun)
            if query is not None:
                durations(QUERY, outcome).add(ended - begun)
        if place is not None and place.sampled:
            operation = None if query is None else self._operations.same(query, outcome)
            place.spans.keep(partial(_spans, place, (begun, ended), status, operation))


def _spans(
    place: Place, times: tuple[float, float], status: int, operation: bytes | None
) -> tuple[bytes, ...]:
    """Encodes the span of a request; of a query also that of its operation, at whose place its work stood."""
    (trace_id, span_id), passed = place.ids(), nanoseconds(times)
    own = same(*SHORT, status, *PROTOCOL)
    if operation is None:
        return (encoded(trace_id, span_id, place.parent_id, passed, own),)
    above_id = fresh_id()
    return (
        encoded(trace_id, above_id, place.parent_id, passed, own),
        encoded(trace_id, span_id, above_id, passed, operation),
    )


def _outcome(status: int, body: bytes) -> str:
    """Returns how a query went that was answered at once: by what was answered."""
    return FINE if body.startswith(DATA) else "failed" if status >= GONE else "invalid"


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


durations_of(*SHORT, 200).include(FOUND)
durations(QUERY, FINE).include(FOUND)
