"""How does Prometheus read the figures? From a port of their own, which only the cluster reaches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.resources import Resource
from prometheus_client import CollectorRegistry, start_http_server

from infra.telemetry.figures import figures


class Exposition(PrometheusMetricReader):
    """Shows the figures in Prometheus' form."""

    def __init__(self, resource: Resource, before: Callable[[], None], registry: CollectorRegistry) -> None:
        """Shows them in a registry; calls `before` each time."""
        self._resource = resource
        self._before = before
        super().__init__(registry=registry, scope_info_enabled=False)
        self._set_collect_callback(self._figures)

    def _figures(self, *_: object, **__: object) -> MetricsData:
        """Stands in for a provider of OpenTelemetry, and returns the figures as they stand now."""
        self._before()
        return figures(self._resource)


@contextmanager
def exposed(host: str, port: int, resource: Resource, before: Callable[[], None]) -> Iterator[int]:
    """Answers Prometheus meanwhile; yields the port."""
    registry = CollectorRegistry()
    Exposition(resource, before, registry)
    server, thread = start_http_server(port, host, registry)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
