"""Are queries that are answered at once counted like all others, and kept with those that come together?"""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from infra.admission import Ticket
from infra.http_protocol import Exchange, HeaderMap, HttpProtocol
from infra.telemetry import meters, names, requests
from infra.telemetry.operations import Operations
from infra.telemetry.places import Beginnings, Place
from infra.telemetry.requests import FollowedRequests
from infra.telemetry.spans import Spans
from schema.execution import Request
from service.ground.origins import ORIGIN, Origin

FOUND = b'{"data":{"customer":null}}'
TICKET = Ticket(lambda: None, 0, may_be_cancelled=True)
NOWHERE = cast("HttpProtocol", None)
REFUSED = b'{"errors":[]}'
MUTATION = b"mutation"
STOOD: list[Origin | None] = []
"""Where requests stood that took the short way."""


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        """Begin late enough."""
        self.now = 1000.0

    def perf_counter(self) -> float:
        """Return the time in seconds."""
        return self.now

    def perf_counter_ns(self) -> int:
        """Return it in nanoseconds."""
        return round(self.now * 1e9)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock of who follows requests."""
    clock = Clock()
    monkeypatch.setattr(requests, "time", clock)
    return clock


def following(spans: Spans, share: float, clock: Clock, takes: float = 0.0) -> FollowedRequests:
    """Follow a short way that takes everything usual, and so long."""

    def way(headers: HeaderMap, body: bytes, exchange: Exchange) -> Ticket | None:
        exchange.query = None if body == MUTATION else Request("{ customer }")
        STOOD.append(ORIGIN.get())
        clock.now += takes
        return TICKET if b"usual" in headers else None

    nothing: Any = SimpleNamespace(recent={})
    return FollowedRequests(nothing, way, Beginnings(spans, share), Operations(nothing))


def ask(followed: FollowedRequests, status: int = 200, body: bytes = FOUND, asked: bytes = b"") -> None:
    """Ask, and answer."""
    exchange = Exchange(NOWHERE)
    assert followed.at_once({b"usual": b""}, asked, exchange) is TICKET
    tell(exchange, status, body)


def tell(exchange: Exchange, status: int, body: bytes) -> None:
    """Tell who follows how it was answered."""
    assert exchange.told is not None
    exchange.told(exchange, status, body)


def counted(status: int, outcome: str) -> tuple[int, int, float]:
    """Return how many requests and operations were counted that went so, and how long the latter took."""
    answers = meters.histogram(names.HTTP_DURATION).of("POST", "/graphql", str(status)).read()
    operations = meters.histogram(names.GRAPHQL_DURATION).of("query", outcome).read()
    return sum(answers[0]), sum(operations[0]), operations[1]


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, FOUND, "ok"),
        (200, REFUSED, "invalid"),
        (400, REFUSED, "invalid"),
        (499, b"", "failed"),
        (503, REFUSED, "failed"),
    ],
)
def test_each_is_counted_as_a_request_and_as_an_operation(
    clock: Clock, status: int, body: bytes, outcome: str
) -> None:
    before = counted(status, outcome)
    followed = following(Spans(), 0, clock, takes=0.25)
    for _ in range(2000):
        ask(followed, status, body)

    gained = [now - then for now, then in zip(counted(status, outcome), before, strict=True)]
    assert gained == pytest.approx([2000, 2000, 500])
    assert meters.gauge(names.HTTP_ACTIVE).points == {(): 0}


@pytest.mark.parametrize("share", [0, 1])
def test_a_mutation_is_counted_as_a_request_only_and_has_a_place(clock: Clock, share: float) -> None:
    """The graph itself follows its operation, and its events tell the place even if nothing is kept."""
    before = counted(200, "ok")
    spans = Spans()
    followed = following(spans, share, clock, takes=0.25)
    ask(followed, asked=MUTATION)

    requests_, operations, seconds = (
        now - then for now, then in zip(counted(200, "ok"), before, strict=True)
    )
    assert (requests_, operations, seconds) == (1, 0, 0)
    place = STOOD[-1]
    assert isinstance(place, Place)
    assert place.sampled is bool(share)
    assert place.traceparent.endswith("-01" if share else "-00")
    kept = spans.take()
    assert len(kept) == share
    assert all(place.span_id in span for span in kept)


def test_what_takes_the_long_way_is_counted_there(clock: Clock) -> None:
    before = counted(200, "ok")
    assert following(Spans(), 1, clock).at_once({}, b"", Exchange(NOWHERE)) is None
    assert counted(200, "ok") == before


def test_of_those_that_come_together_all_are_kept_or_none(clock: Clock) -> None:
    spans = Spans()
    followed = following(spans, 0.2, clock)
    kept = []
    for _ in range(2000):
        clock.now += 1
        for _ in range(5):
            ask(followed)
        kept.append(len(spans.take()))

    assert set(kept) == {0, 10}, "each of five has a span of its request and one of its operation"
    assert 300 < kept.count(10) < 500


def test_a_trace_that_goes_on_is_kept_as_it_says(clock: Clock) -> None:
    spans = Spans()
    followed = following(spans, 0, clock)
    for flag in (b"00", b"01"):
        exchange = Exchange(NOWHERE)
        headers = {b"usual": b"", b"traceparent": b"00-" + b"1" * 32 + b"-" + b"2" * 16 + b"-" + flag}
        followed.at_once(headers, b"", exchange)
        tell(exchange, 200, FOUND)

    found = spans.take()
    assert len(found) == 2
    assert all(b"\x11" * 16 in span for span in found)
