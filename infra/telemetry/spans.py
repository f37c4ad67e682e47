"""How is a span kept until it is sent? As what has to be told of it, which is soon encoded with others.

Most of the bytes are known beforehand: in Protocol Buffers two encodings of one message, one after the other,
are the encoding of both merged. So what spans of one sort have in common (name, kind, attributes) is encoded
once by OpenTelemetry's own classes, and a span only packs its ids and times before it. That costs a tenth of
building the message anew.
"""

import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from struct import Struct
from typing import TypeVar

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from infra.telemetry import meters, names
from infra.telemetry.names import Span

KINDS = {
    "INTERNAL": SpanMessage.SPAN_KIND_INTERNAL,
    "SERVER": SpanMessage.SPAN_KIND_SERVER,
    "CLIENT": SpanMessage.SPAN_KIND_CLIENT,
    "PRODUCER": SpanMessage.SPAN_KIND_PRODUCER,
    "CONSUMER": SpanMessage.SPAN_KIND_CONSUMER,
}
MOST_KEPT = 20_000
One = TypeVar("One")
BELOW = Struct("<2s16s2s8s2s8scQcQ")
"""Trace id, span id, the parent's id, begin and end, each behind its tag."""
ROOT = Struct("<2s16s2s8scQcQ")
LINK = Struct("<4s16s2s8s")
"""Trace id and span id, behind their tags and the link's own."""
Facts = Mapping[str, str | int]
Telling = Callable[[], Iterable[bytes]]
"""Encodes the spans that are to be told of together."""
DROPPED = meters.counter(names.SPANS_DROPPED)
EPOCH = time.time_ns() - time.perf_counter_ns()
"""What turns the clock that never jumps into the one on the wall."""


def nanoseconds(times: tuple[float, float]) -> tuple[int, int]:
    """Returns two times of `perf_counter` as `perf_counter_ns` would tell them."""
    return int(times[0] * 1e9), int(times[1] * 1e9)


def fresh_id() -> bytes:
    """Returns the id of a new span."""
    return random.getrandbits(64).to_bytes(8, "big")


def constant(span: Span, facts: Facts, *, failed: bool = False) -> bytes:
    """Returns the encoding of all that spans of a sort have in common; refuses what is not in the list."""
    allowed = {attribute.name for attribute in span.attributes}
    if not allowed.issuperset(facts):
        raise meters.Unlisted(f"{span.name} has no {', '.join(sorted(facts.keys() - allowed))}")
    name = span.name
    for key, value in facts.items():
        name = name.replace(f"{{{key}}}", str(value))
    return named(name, span, facts, failed=failed)


def named(name: str, span: Span, facts: Facts, *, failed: bool = False) -> bytes:
    """Returns the same under a name that the facts do not give."""
    attributes = [KeyValue(key=key, value=_value(value)) for key, value in facts.items()]
    status = Status(code=Status.STATUS_CODE_ERROR) if failed else None
    message = SpanMessage(name=name, kind=KINDS[span.kind], attributes=attributes, status=status)
    encoded: bytes = message.SerializeToString()
    return encoded


def link(trace_id: bytes, span_id: bytes) -> bytes:
    """Returns the encoding of a link to another span."""
    return LINK.pack(b"\x6a\x1c\x0a\x10", trace_id, b"\x12\x08", span_id)


def _value(value: str | int) -> AnyValue:
    return AnyValue(string_value=value) if isinstance(value, str) else AnyValue(int_value=value)


def encoded(
    trace_id: bytes, span_id: bytes, parent_id: bytes | None, times: tuple[int, int], same: bytes
) -> bytes:
    """Returns a span; it begins and ends at times of `perf_counter_ns`, `same` comes from `constant`."""
    begun, ended = times[0] + EPOCH, times[1] + EPOCH
    if parent_id is None:
        head = ROOT.pack(b"\x0a\x10", trace_id, b"\x12\x08", span_id, b"\x39", begun, b"\x41", ended)
    else:
        head = BELOW.pack(
            b"\x0a\x10",
            trace_id,
            b"\x12\x08",
            span_id,
            b"\x22\x08",
            parent_id,
            b"\x39",
            begun,
            b"\x41",
            ended,
        )
    return head + same


class Spans:
    """The spans that are not sent yet."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        """Keeps at most so many spans; what is beyond is dropped, and counted."""
        self._most = most
        self._waiting: deque[Telling] = deque()
        self._encoded: deque[bytes] = deque()

    def keep(self, telling: Telling) -> None:
        """Keeps spans, which are encoded later, with others: one by one that takes twice as long."""
        if len(self) >= self._most:
            DROPPED.add(sum(1 for _ in telling()))
        else:
            self._waiting.append(telling)

    def settle(self) -> None:
        """Encodes what waits."""
        for telling in _all(self._waiting):
            self._encoded.extend(telling())

    def __len__(self) -> int:
        """How many there are; what waits counts as one."""
        return len(self._waiting) + len(self._encoded)

    def take(self) -> list[bytes]:
        """Returns the spans that are there, and keeps them no longer; also for another thread."""
        self.settle()
        return [*_all(self._encoded)]


def _all(queue: deque[One]) -> Iterator[One]:
    """Empties a queue, from which another thread may take and to which it may add."""
    for _ in range(len(queue)):
        try:
            one = queue.popleft()
        except IndexError:
            return
        yield one
