"""Are requests that are answered at once counted like all others, and kept with those that come together?"""

from types import SimpleNamespace
from typing import Any

import pytest

from infra.telemetry import meters, names, visits
from infra.telemetry.operations import Operations
from infra.telemetry.places import Beginnings
from infra.telemetry.spans import Spans
from infra.telemetry.visits import Visits
from schema.execution import Request

FOUND = b'{"data":{"customer":null}}'
REFUSED = b'{"errors":[]}'
QUERY = Request("{ customer }")


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
    monkeypatch.setattr(visits, "time", clock)
    return clock


def following(spans: Spans, share: float) -> Visits:
    """Follow requests, of which a share is kept."""
    nothing: Any = SimpleNamespace(recent={})
    return Visits(Beginnings(spans, share), Operations(nothing))


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
    followed = following(Spans(), 0)
    for _ in range(2000):
        followed.tell(clock.now - 0.25, QUERY, None, status, body)

    gained = [now - then for now, then in zip(counted(status, outcome), before, strict=True)]
    assert gained == pytest.approx([2000, 2000, 500])


def test_what_is_found_counts_for_both_without_being_told() -> None:
    before = counted(200, "ok")
    followed = following(Spans(), 0)
    for _ in range(2000):
        followed.found(0.25)
    followed.decide(1000.0)

    gained = [now - then for now, then in zip(counted(200, "ok"), before, strict=True)]
    assert gained == pytest.approx([2000, 2000, 500])


@pytest.mark.parametrize("share", [0, 1])
def test_a_mutation_is_counted_as_a_request_only_and_has_a_place(clock: Clock, share: int) -> None:
    """The graph itself follows its operation, and its events tell the place even if nothing is kept."""
    before = counted(200, "ok")
    spans = Spans()
    followed = following(spans, share)
    followed.decide(clock.now)
    place = followed.place(None)
    followed.tell(clock.now, None, place, 200, FOUND)

    assert [now - then for now, then in zip(counted(200, "ok"), before, strict=True)] == [1, 0, 0]
    assert place.sampled is bool(share)
    assert place.traceparent.endswith("-01" if share else "-00")
    kept = spans.take()
    assert len(kept) == share
    assert all(place.span_id in span for span in kept)


def test_of_those_that_come_together_all_are_kept_or_none(clock: Clock) -> None:
    spans = Spans()
    followed = following(spans, 0.2)
    kept = []
    for _ in range(2000):
        clock.now += 1
        followed.decide(clock.now)
        for _ in range(5):
            place = followed.place(None) if followed.keeps else None
            followed.tell(clock.now, QUERY, place, 200, FOUND)
        kept.append(len(spans.take()))

    assert set(kept) == {0, 10}, "each of five has a span of its request and one of its operation"
    assert 300 < kept.count(10) < 500


def test_a_trace_that_goes_on_is_kept_as_it_says(clock: Clock) -> None:
    spans = Spans()
    followed = following(spans, 0)
    for flag in (b"00", b"01"):
        place = followed.place(b"00-" + b"1" * 32 + b"-" + b"2" * 16 + b"-" + flag)
        followed.tell(clock.now, QUERY, place, 200, FOUND)

    found = spans.take()
    assert len(found) == 2
    assert all(b"\x11" * 16 in span for span in found)
