"""How do the figures leave? In OpenTelemetry's own form, which its exporters send or show."""

import time

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from infra.telemetry import meters, names
from infra.telemetry.meters import Distribution, Values

SCOPE = "cxgraph"
BEGUN = time.time_ns()
CUMULATIVE = AggregationTemporality.CUMULATIVE


def figures(resource: Resource) -> MetricsData:
    """Returns all metrics of which something is known, as they stand now."""
    now = time.time_ns()
    found = [_figure(metric, now) for metric in names.METRICS if meters.instrument(metric).points]
    scope = ScopeMetrics(InstrumentationScope(SCOPE), found, "")
    return MetricsData([ResourceMetrics(resource, [scope], "")])


def _figure(metric: names.Metric, now: int) -> Metric:
    return Metric(metric.name, metric.description, metric.unit, _points(metric, now))


def _points(metric: names.Metric, now: int) -> Sum | Gauge | Histogram:
    instrument = meters.instrument(metric)
    if isinstance(instrument, meters.Histogram):
        spread = [_spread(metric, values, one, now) for values, one in list(instrument.points.items())]
        return Histogram(spread, CUMULATIVE)
    numbers = [
        NumberDataPoint(_attributes(metric, values), BEGUN, now, value)
        for values, value in list(instrument.points.items())
    ]
    return (
        Sum(numbers, CUMULATIVE, is_monotonic=True) if metric.kind is names.Kind.COUNTER else Gauge(numbers)
    )


def _spread(metric: names.Metric, values: Values, one: Distribution, now: int) -> HistogramDataPoint:
    counts, total = one.read()
    return HistogramDataPoint(
        attributes=_attributes(metric, values),
        start_time_unix_nano=BEGUN,
        time_unix_nano=now,
        count=sum(counts),
        sum=total,
        bucket_counts=counts,
        explicit_bounds=one.bounds,
        min=0.0,
        max=one.bounds[-1],
    )


def _attributes(metric: names.Metric, values: Values) -> dict[str, str]:
    return {attribute.name: value for attribute, value in zip(metric.attributes, values, strict=True)}
