"""Do spans that are encoded later tell what was, whichever thread asks, and is none kept too many?"""

import gc
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from infra.telemetry import meters, names
from infra.telemetry.operations import Operations
from infra.telemetry.places import Beginnings, Place, shared
from infra.telemetry.spans import Spans
from infra.telemetry.visits import Visits
from schema.execution import Request

TIMES = 1_000, 2_000


def test_a_span_that_is_kept_is_encoded_with_others_or_when_it_is_taken() -> None:
    spans = Spans()
    encoded: list[str] = []

    def telling(name: str) -> tuple[bytes, ...]:
        encoded.append(name)
        return name.encode(), b"and more"

    spans.keep(lambda: telling("first"))
    assert encoded == []
    spans.settle()
    spans.keep(lambda: telling("second"))
    assert encoded == ["first"]
    assert spans.take() == [b"first", b"and more", b"second", b"and more"]
    assert (len(spans), spans.take()) == (0, [])


def test_each_span_that_is_too_many_is_counted() -> None:
    dropped = meters.counter(names.SPANS_DROPPED)
    before = dropped.points.get((), 0)
    spans = Spans(most=1)
    spans.keep(lambda: (b"kept",))
    spans.keep(lambda: (b"one", b"another"))

    assert dropped.points[()] - before == 2
    assert spans.take() == [b"kept"]


def test_a_place_has_one_pair_of_ids_whichever_thread_asks_first() -> None:
    beginnings = Beginnings(Spans(), 1.0)

    def asked(place: Place) -> tuple[bytes, bytes]:
        return place.trace_id, place.span_id

    with ThreadPoolExecutor(4) as threads:
        for _ in range(500):
            place = beginnings.root()
            assert len(set(threads.map(asked, [place] * 4))) == 1


def test_work_for_several_stands_where_the_first_that_is_kept_does() -> None:
    spans = Spans()
    unkept = Beginnings(spans, 0.0).root()
    first, second = (Beginnings(spans, 1.0).root() for _ in range(2))

    place = shared([unkept, None, first, second])

    assert isinstance(place, Place)
    assert place.ids() == first.ids()
    assert (place.linked, place.requests) == ([first, second], 4)


def test_a_span_follows_the_one_it_stands_below() -> None:
    spans = Spans()
    above = Beginnings(spans, 1.0).root()
    above.below().keep(TIMES, b"")
    above.keep(TIMES, b"")

    below, root = (Span.FromString(span) for span in spans.take())
    assert (below.parent_span_id, root.parent_span_id) == (root.span_id, b"")
    assert below.trace_id == root.trace_id
    assert root.end_time_unix_nano - root.start_time_unix_nano == TIMES[1] - TIMES[0]


def test_what_somebody_sent_is_not_held_until_the_spans_are() -> None:
    nothing: Any = SimpleNamespace(recent={})
    visits = Visits(Beginnings(Spans(), 1.0), Operations(nothing))
    visits.decide(0.0)
    held: WeakSet[Value] = WeakSet()
    for number in range(10):
        value = Value(number)
        held.add(value)
        visits.tell(0.0, Request("{ customer }", None, {"value": value}), visits.place(None), 200, b"{}")
    del value
    gc.collect()

    assert not held
    assert len(visits.beginnings.spans) == 10


class Value:
    """A variable's value."""

    def __init__(self, number: int) -> None:
        """Be one of several."""
        self.number = number
