"""How does telemetry reach its receiver? From a thread of its own, as OTLP over HTTP in Protocol Buffers.

A receiver that is away costs the service nothing: spans are tried a few times and then dropped, and counted;
figures only ever grow, so the next ones say all that the lost ones would have said.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache

import httpx
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource as ResourceMessage
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans
from opentelemetry.sdk.resources import Resource

from infra.telemetry.figures import SCOPE, figures
from infra.telemetry.spans import DROPPED, Spans

LOG = logging.getLogger("cxgraph.telemetry")
SPANS_EVERY_SECONDS = 1.0
ATTEMPTS = 3
PATIENCE_SECONDS = 3.0
PROTOBUF = {"content-type": "application/x-protobuf"}
TRIED_AGAIN = {429, 502, 503, 504}


class Sender:
    """Sends what is kept, until it is stopped; what is kept then goes out last."""

    def __init__(
        self, endpoint: str, resource: Resource, spans: Spans, interval: float, before: Callable[[], None]
    ) -> None:
        """Sends spans every second, and figures every `interval` seconds, after calling `before`."""
        self._client = httpx.Client(base_url=endpoint, timeout=PATIENCE_SECONDS, trust_env=False)
        url = f"{endpoint.rstrip('/')}/v1/metrics"
        self._metrics = OTLPMetricExporter(endpoint=url, timeout=PATIENCE_SECONDS)
        self._resource = resource
        self._spans = spans
        self._interval = interval
        self._before = before
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)

    def start(self) -> None:
        """Begins to send."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Sends what is left, and ends; takes at most so long."""
        self._stopped.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        left = self._interval
        while not self._stopped.wait(SPANS_EVERY_SECONDS):
            self.send_spans()
            left -= SPANS_EVERY_SECONDS
            if left <= 0:
                left = self._interval
                self._send_figures()
        self.send_spans()
        self._send_figures()
        self._client.close()

    def send_spans(self) -> None:
        """Sends the spans that wait."""
        spans = self._spans.take()
        if spans and not self._sent(request(self._resource, spans)):
            DROPPED.add(len(spans))

    def _sent(self, body: bytes) -> bool:
        for attempt in range(ATTEMPTS):
            try:
                status = self._client.post("/v1/traces", content=body, headers=PROTOBUF).status_code
            except httpx.TransportError as error:
                status = 503
                LOG.warning("the receiver of telemetry does not answer: %s", type(error).__name__)
            if status not in TRIED_AGAIN:
                return status < 300  # noqa: PLR2004 - what HTTP calls a success
            if self._stopped.wait(0.5 * (attempt + 1)):
                break
        return False

    def _send_figures(self) -> None:
        self._before()
        self._metrics.export(figures(self._resource), timeout_millis=PATIENCE_SECONDS * 1000)


def request(resource: Resource, spans: Sequence[bytes]) -> bytes:
    """Returns the request that tells of spans: their encodings, put behind what surrounds them."""
    scope = ScopeSpans(scope=InstrumentationScope(name=SCOPE)).SerializeToString()
    inside = scope + b"".join(part for span in spans for part in (_head(2, len(span)), span))
    whole = ResourceSpans(resource=_message(resource)).SerializeToString() + _field(2, inside)
    return _field(1, whole)


def _message(resource: Resource) -> ResourceMessage:
    listed = [
        KeyValue(key=key, value=AnyValue(string_value=str(value)))
        for key, value in resource.attributes.items()
    ]
    return ResourceMessage(attributes=listed)


def _field(number: int, content: bytes) -> bytes:
    """Returns a field of a message that holds another message."""
    return _head(number, len(content)) + content


@lru_cache(maxsize=4096)
def _head(number: int, size: int) -> bytes:
    """Returns what stands before such a field: its tag and its length."""
    length = b""
    while size > 0x7F:  # noqa: PLR2004 - seven bits a byte
        length += bytes((size & 0x7F | 0x80,))
        size >>= 7
    return bytes((number << 3 | 2,)) + length + bytes((size,))
