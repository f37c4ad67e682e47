"""Do figures say what is meant, in few words, under the names that dashboards use?"""

import httpx
import pytest
from opentelemetry.sdk.resources import Resource
from prometheus_client.parser import text_string_to_metric_families

from infra.telemetry import meters, names
from infra.telemetry.exposition import exposed
from infra.telemetry.figures import figures
from infra.telemetry.names import Kind, Metric
from tests.telemetry.conftest import NAMES, Followed


def touch(metric: Metric) -> None:
    """Let something be known of a metric."""
    words = [attribute.values[0] for attribute in metric.attributes]
    instrument = meters.instrument(metric)
    if isinstance(instrument, meters.Histogram):
        instrument.record(0.2, *words)
    elif isinstance(instrument, meters.Counter):
        instrument.add(1, *words)
    else:
        instrument.add(0, *words)


def test_prometheus_knows_every_metric_by_the_name_in_the_list() -> None:
    for metric in names.METRICS:
        touch(metric)
    with exposed("127.0.0.1", 0, Resource({"service.name": "cxgraph"}), lambda: None) as port:
        shown = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    known = {sample.name for family in text_string_to_metric_families(shown) for sample in family.samples}
    wanted = {
        metric.prometheus + ("_count" if metric.kind is Kind.HISTOGRAM else "") for metric in names.METRICS
    }
    assert wanted - known == set()


def test_what_is_not_in_the_list_counts_as_other() -> None:
    counter = meters.counter(names.CACHE_HITS)
    before = counter.points.get((names.OTHER,), 0)
    for number in range(1000):
        counter.add(1, f"tenant-{number}")
    assert counter.points[names.OTHER,] == before + 1000
    assert len(counter.points) <= 3


def test_a_metric_outside_the_list_is_refused() -> None:
    with pytest.raises(meters.Unlisted):
        meters.counter(Metric("cxgraph.tenants", Kind.COUNTER, "1", "no"))
    with pytest.raises(meters.Unlisted):
        meters.counter(names.OUTBOX_LAG)
    with pytest.raises(meters.Unlisted):
        meters.counter(names.CACHE_HITS).add(1)


def test_a_duration_is_counted_in_the_bucket_it_falls_into() -> None:
    spread = meters.Distribution((0.1, 1.0))
    for seconds in (0.1, 0.5, 2.0, 3.0):
        spread.add(seconds)
    assert spread.read() == ([1, 1, 2], 5.6)


def test_every_attribute_of_a_metric_has_a_closed_list_of_values() -> None:
    open_ended = [
        (metric.name, attribute.name)
        for metric in names.METRICS
        for attribute in metric.attributes
        if not attribute.values
    ]
    assert open_ended == []


def test_no_name_speaks_of_a_tenant_or_a_person() -> None:
    attributes = {attribute.name for one in (*names.METRICS, *names.SPANS) for attribute in one.attributes}
    words = ("tenant", "customer", "user", "enduser", "actor", "variable", "client.address", "url.full")
    assert [name for name in attributes for word in words if word in name] == []


async def test_requests_operations_and_statements_are_counted(followed: Followed) -> None:
    operations = meters.histogram(names.GRAPHQL_DURATION)
    requests = meters.histogram(names.HTTP_DURATION)
    statements = meters.histogram(names.SQL_DURATION)
    hits = meters.counter(names.CACHE_HITS)
    await followed.ask(NAMES)
    figures(Resource({}))
    before = [
        sum(operations.of("query", "ok").read()[0]),
        sum(operations.of("_OTHER", "invalid").read()[0]),
        sum(requests.of("POST", "/graphql", "200").read()[0]),
        sum(statements.of("SELECT").read()[0]),
    ]

    await followed.ask(NAMES)
    await followed.ask(NAMES)
    await followed.ask("{ nothing }")

    after = [
        sum(operations.of("query", "ok").read()[0]),
        sum(operations.of("_OTHER", "invalid").read()[0]),
        sum(requests.of("POST", "/graphql", "200").read()[0]),
        sum(statements.of("SELECT").read()[0]),
    ]
    gained = [now - then for now, then in zip(after, before, strict=True)]
    assert gained[:3] == [2, 1, 3]
    assert gained[3] >= 2
    assert meters.gauge(names.POOL_IN_USE).points == {(): 0}
    assert hits.metric is names.CACHE_HITS
