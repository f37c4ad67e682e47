"""What of telemetry runs in a process? That which its settings ask for, put together and ended in order."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec

import asyncpg
from opentelemetry.sdk.resources import Resource

from infra.settings import Settings, SettingsRefused
from infra.telemetry import names, places
from infra.telemetry.operations import CacheCounts, FollowedGraph, Operations, Trusts
from infra.telemetry.places import Beginnings
from infra.telemetry.sending import Sender
from infra.telemetry.spans import Spans
from infra.telemetry.statements import ObservedConnection
from infra.telemetry.subscriptions import Follow, FollowedSubscriptions
from infra.telemetry.visits import Visits
from schema.execution import Graph

FLUSH_SECONDS = 5.0


class Following:
    """Where a process is followed: what its parts need to tell of themselves."""

    connection: type["asyncpg.Connection[asyncpg.Record]"] = ObservedConnection
    graph: type[Graph] = FollowedGraph

    def __init__(self, settings: Settings) -> None:
        """Prepares; nothing leaves yet."""
        self.spans = Spans()
        self.beginnings = Beginnings(
            self.spans, settings.trace_share, sends=settings.telemetry_endpoint is not None
        )
        self.resource = Resource(
            {
                "service.name": "cxgraph",
                "service.instance.id": secrets.token_hex(16),
                "deployment.environment.name": str(settings.environment),
                **settings.telemetry_resource,
            }
        )
        self.consuming = self.beginnings.consuming
        self._counts: list[Callable[[], None]] = []

    def visits(self, graph: Graph) -> Visits:
        """Returns what follows the requests to a graph."""
        return Visits(self.beginnings, _operations(graph))

    @contextmanager
    def work(self, job: str) -> Iterator[None]:
        """Follows one run of periodic work, as a trace of its own."""
        with places.following(self.beginnings.root(), names.WORK, {"cxgraph.job.name": job}):
            yield

    def watch(self, graph: Graph, trusts: Trusts) -> Follow:
        """Counts what a graph finds ready, tells the names it trusts; returns what follows subscriptions."""
        self._counts.append(CacheCounts(graph).count)
        operations = _operations(graph)
        operations.trusts = trusts
        return FollowedSubscriptions(self.beginnings, operations)

    def refresh(self) -> None:
        """Brings the figures up to date that somebody has to look up."""
        for count in self._counts:
            count()


def _operations(graph: Graph) -> Operations:
    return graph.operations if isinstance(graph, FollowedGraph) else Operations(graph.documents)


@contextmanager
def following(settings: Settings) -> Iterator[Following | None]:
    """Follows a process while it runs, and sends what is left at its end; None where nobody is to be told."""
    if not settings.is_followed:
        yield None
        return
    followed = Following(settings)
    with ExitStack() as stack:
        if settings.metrics_port is not None:
            stack.enter_context(_exposed(settings, followed))
        if settings.telemetry_endpoint:
            stack.callback(_sending(settings, settings.telemetry_endpoint, followed).stop, FLUSH_SECONDS)
        yield followed


def _sending(settings: Settings, endpoint: str, followed: Following) -> Sender:
    sender = Sender(endpoint, followed.resource, followed.spans, settings.telemetry_seconds, followed.refresh)
    sender.start()
    return sender


def _exposed(settings: Settings, followed: Following) -> AbstractContextManager[int]:
    """Returns what answers Prometheus; raises SettingsRefused where the extra is not installed."""
    if find_spec("opentelemetry.exporter.prometheus") is None:
        message = "CXGRAPH_METRICS_PORT needs the extra `prometheus` (docs/telemetry.md)."
        raise SettingsRefused(message)
    module = import_module("infra.telemetry.exposition")
    shown: AbstractContextManager[int] = module.exposed(
        settings.host, settings.metrics_port, followed.resource, followed.refresh
    )
    return shown
