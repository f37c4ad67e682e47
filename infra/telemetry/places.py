"""Where in a trace does work stand? A place: the trace, the span that is current, and whether it is kept.

The first place of a trace decides by its id whether the trace is kept, as OpenTelemetry's samplers do, so
that all services with the same share decide the same; later places follow the first.
"""

import asyncio
import random
import re
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import copy_context
from functools import lru_cache, partial
from typing import Any, Protocol, TypeVar

from infra.telemetry import names
from infra.telemetry.names import Span
from infra.telemetry.spans import Facts, Spans, constant, encoded, fresh_id, link
from service.ground.origins import ORIGIN, Origin

TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
Found = TypeVar("Found")
HALF = 2**64 - 1
Produced = tuple[str, str | None]
"""The type of an event, and the place of its producer as its row carries it."""
Ids = tuple[bytes, bytes]
"""Those of a trace, and of a span in it."""
NO_TRACE, NO_SPAN = bytes(16), bytes(8)


class Consuming(Protocol):
    """Follows the producers of events while these are processed."""

    def __call__(self, *produced: Produced) -> AbstractContextManager[None]:
        """Lets what happens inside stand below them."""


class Place:
    """A place in a trace."""

    trace_id: bytes
    span_id: bytes
    failed = False
    parent_id: bytes | None = None
    """The span that its own follows."""
    linked: "Sequence[Place]" = ()
    """The places whose spans that of this one links to."""
    requests = 1

    def __init__(self, spans: Spans, trace_id: bytes, span_id: bytes, *, sampled: bool) -> None:
        """Keeps its spans, if it is sampled, in `spans`."""
        self.spans = spans
        self.trace_id = trace_id
        self.span_id = span_id
        self.sampled = sampled

    def ids(self) -> Ids:
        """Returns the ids of its trace and its span."""
        return self.trace_id, self.span_id

    def below(self) -> "Place":
        """Returns the place of a new span below this one."""
        place = Place(self.spans, self.trace_id, fresh_id(), sampled=self.sampled)
        place.parent_id = self.span_id
        return place

    @property
    def traceparent(self) -> str:
        """The place as W3C Trace Context writes it."""
        return f"00-{self.trace_id.hex()}-{self.span_id.hex()}-{'01' if self.sampled else '00'}"

    def sent(self, event_type: str) -> str:
        """Tells that an event is written, and returns the place it carries on."""
        if not self.sampled:
            return self.traceparent
        now, sent = time.perf_counter_ns(), self.below()
        sent.keep((now, now), _sent(event_type))
        return sent.traceparent

    def keep(self, times: tuple[int, int], same: bytes) -> None:
        """Keeps its span; it begins and ends at times of `perf_counter_ns`, `same` comes from `constant`."""
        self.spans.keep(partial(self._told, times, same))

    def _told(self, times: tuple[int, int], same: bytes) -> tuple[bytes, ...]:
        return (encoded(self.trace_id, self.span_id, self.parent_id, times, same),)


class Later(Place):
    """A place that gets its ids when somebody asks for them, here or in the thread that sends spans."""

    def __init__(self, spans: Spans, ids: Callable[[], Ids], *, sampled: bool) -> None:
        """Gets its ids from `ids`."""
        self.spans = spans
        self.sampled = sampled
        self._ids = ids

    def __getattr__(self, name: str) -> bytes:
        """Makes the ids; if two threads do so, those are valid that were stored first."""
        if name not in {"trace_id", "span_id"}:
            raise AttributeError(name)
        self.trace_id, self.span_id = self.__dict__.setdefault("made", self._ids())
        made: bytes = self.__dict__[name]
        return made


class Beginnings:
    """Makes the first place of what comes in."""

    def __init__(self, spans: Spans, share: float, *, sends: bool = True) -> None:
        """Keeps this share of the traces that begin here; none at all where nothing is sent."""
        self.spans = spans
        self._sends = sends
        below = round(share * (HALF + 1)) if sends else 0
        self._below = below
        self._ids = partial(_fresh_ids, below, HALF + 1 - below), partial(_fresh_ids, 0, below)
        """What makes the ids of the traces that are not kept, and of those that are."""

    def root(self) -> Place:
        """Returns the first place of a new trace."""
        return self.first(kept=self.decide())

    def decide(self) -> bool:
        """Returns, drawn anew, whether the traces are kept that begin now."""
        return random.getrandbits(64) < self._below

    def first(self, *, kept: bool) -> Place:
        """Returns the first place of a new trace, about which it is decided whether it is kept."""
        return Later(self.spans, self._ids[kept], sampled=kept)

    def after(self, traceparent: bytes | None) -> Place:
        """Returns the place of a span that follows what a traceparent names, the first of a trace without."""
        found = _stated(traceparent)
        if found is None:
            return self.root()
        trace_id, parent_id, kept = found
        place = Place(self.spans, trace_id, fresh_id(), sampled=self._sends and kept)
        place.parent_id = parent_id
        return place

    @contextmanager
    def consuming(self, *produced: Produced) -> Iterator[None]:
        """Follows the producers of events while these are processed together.

        What happens inside stands below the first of them that is kept.
        """
        found = [(self.after(sent.encode() if sent else None), event_type) for event_type, sent in produced]
        found.sort(key=lambda one: not one[0].sampled)
        with ExitStack() as stack:
            for place, event_type in reversed(found):
                stack.enter_context(following(place, names.CONSUMER, _event(event_type)))
            yield


def linked(traceparent: bytes | None) -> bytes:
    """Returns the encoding of a link to the span that a traceparent names; nothing where it names none."""
    found = _stated(traceparent)
    return link(found[0], found[1]) if found else b""


def _stated(traceparent: bytes | None) -> tuple[bytes, bytes, bool] | None:
    """Returns the two ids of a traceparent, and whether it is kept; None where it cannot be read."""
    found = TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if found is None:
        return None
    trace_id, span_id = bytes.fromhex(found[1].decode()), bytes.fromhex(found[2].decode())
    if trace_id == NO_TRACE or span_id == NO_SPAN:
        return None
    return trace_id, span_id, bool(int(found[3], 16) & 1)


def outliving(work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    """Begins work that outlives what goes on now, and so has no place in its trace."""
    return standing(None, work)


def standing(place: Place | None, work: Coroutine[Any, Any, Found]) -> "asyncio.Task[Found]":
    """Begins work that stands at a place, or nowhere."""
    context = copy_context()
    context.run(ORIGIN.set, place)
    return asyncio.create_task(work, context=context)


@contextmanager
def at(place: Place | None) -> Iterator[None]:
    """Lets what happens inside stand at a place, or nowhere."""
    token = ORIGIN.set(place)
    try:
        yield
    finally:
        ORIGIN.reset(token)


def calling(span: Span, facts: Facts) -> AbstractContextManager[None]:
    """Lets what happens inside stand in a span of its own below the current place, if there is one."""
    above = current()
    return following(above.below(), span, facts) if above else nullcontext()


def unfollowed(*_: Produced) -> AbstractContextManager[None]:
    """Stands where nobody follows the producers of events."""
    return nullcontext()


@contextmanager
def following(place: Place, span: Span, facts: Facts) -> Iterator[None]:
    """Lets what happens inside stand at a place, whose span is kept at the end with the facts of then."""
    begun, done = time.perf_counter_ns(), False
    try:
        with at(place):
            yield
        done = True
    finally:
        error = "" if done else type(sys.exc_info()[1]).__name__
        if place.sampled:
            told = {**facts, "error.type": error} if error else facts
            same = constant(span, told, failed="error.type" in told)
            now = time.perf_counter_ns()
            place.keep((begun, now), same)


def _fresh_ids(least: int, count: int) -> Ids:
    """Returns the ids of a new trace, which ends in one of so many numbers from `least` on, and of a span."""
    ends = least + random.getrandbits(64) % count
    return (random.getrandbits(64) << 64 | ends).to_bytes(16, "big"), fresh_id()


def current() -> Place | None:
    """Returns the place where the work stands that goes on now, None where nobody follows."""
    origin = ORIGIN.get()
    return origin if isinstance(origin, Place) else None


def headers() -> dict[str, str]:
    """Returns the headers that carry the current place to another service."""
    place = current()
    return {"traceparent": place.traceparent} if place else {}


def shared(origins: Sequence[Origin | None]) -> Origin | None:
    """Returns the place of work for several: below the first that is kept, with links to all that are."""
    kept = [one for one in origins if isinstance(one, Place) and one.sampled]
    if not kept:
        return next((one for one in origins if one is not None), None)
    place = Later(kept[0].spans, kept[0].ids, sampled=True)
    place.linked = kept
    place.requests = len(origins)
    return place


@lru_cache(maxsize=1024)
def _sent(event_type: str) -> bytes:
    return constant(names.PRODUCER, _event(event_type))


def _event(event_type: str) -> Facts:
    return {"messaging.system": "cxgraph", "cxgraph.event.type": event_type}
