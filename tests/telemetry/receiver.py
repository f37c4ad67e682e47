"""Who is told? A receiver of OTLP behind a real socket, which keeps every span and figure it gets."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

PATIENCE_SECONDS = 20.0


def facts(attributes: "list[KeyValue]") -> dict[str, str]:
    """Return the attributes by their names."""
    return {one.key: one.value.string_value or str(one.value.int_value) for one in attributes}


@dataclass(frozen=True, slots=True)
class Told:
    """A span as it arrived."""

    name: str
    kind: int
    trace: str
    id: str
    parent: str
    links: tuple[tuple[str, str], ...]
    facts: dict[str, str]
    status: int
    begun: int
    ended: int


def told(span: Span) -> Told:
    """Return a span in words."""
    links = tuple((one.trace_id.hex(), one.span_id.hex()) for one in span.links)
    return Told(
        name=span.name,
        kind=span.kind,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        links=links,
        facts=facts(list(span.attributes)),
        status=span.status.code,
        begun=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
    )


@dataclass(slots=True)
class Receiver:
    """What arrived."""

    url: str = ""
    spans: list[Told] = field(default_factory=list)
    resources: list[dict[str, str]] = field(default_factory=list)
    metrics: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    refusing: bool = False

    def take(self, path: str, body: bytes) -> None:
        """Keep what was sent."""
        self.bodies.append(body)
        if path == "/v1/traces":
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.resources.append(facts(list(resource.resource.attributes)))
                self.spans += [told(span) for scope in resource.scope_spans for span in scope.spans]
        else:
            for group in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for scope in group.scope_metrics:
                    for metric in scope.metrics:
                        points = (
                            metric.sum.data_points or metric.gauge.data_points or metric.histogram.data_points
                        )
                        self.metrics[metric.name] = [facts(list(point.attributes)) for point in points]

    def trace(self, trace_id: str, complete: Callable[[list[Told]], bool]) -> list[Told]:
        """Return the spans of a trace as soon as it is complete."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = [span for span in self.spans if span.trace == trace_id]
            if complete(found):
                return sorted(found, key=lambda span: (span.begun, -span.ended))
            assert time.monotonic() < deadline, found
            time.sleep(0.05)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen on a free port meanwhile."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if not receiver.refusing:
                receiver.take(self.path, body)
            self.send_response(503 if receiver.refusing else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
