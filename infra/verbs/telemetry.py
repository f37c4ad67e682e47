"""The verb `telemetry`: print every span, metric and attribute, as it is committed in `docs/telemetry.md`."""

from argparse import Namespace
from collections.abc import Iterator

from infra.settings import Settings
from infra.telemetry.names import HOURS, METRICS, SPANS, Attribute, Metric, Span
from infra.verbs.verb import Verb

INTRODUCTION = """\
# Telemetry

What does a running service tell, and to whom? Spans and metrics to an OTLP receiver
(`CXGRAPH_TELEMETRY_ENDPOINT`, http/protobuf, such as a Collector), metrics also to Prometheus
(`CXGRAPH_METRICS_PORT`, with the extra `prometheus`), and log lines to its own stdout. Where neither is set,
nothing is followed, and nothing is paid for it.

No attribute names a tenant, a person, a variable or a document's text; a test sends canaries through every
door and looks for them in all that arrives. The attributes of metrics have closed lists of values; anything
else counts as `_OTHER`, so that no client can make more series.

**Sampling.** `CXGRAPH_TRACE_SHARE` of the traces that begin here are kept (0.1), decided by the trace id as
OpenTelemetry's `TraceIdRatioBased` does; a request that brings a `traceparent` (W3C Trace Context) follows
it. Queries that come within five milliseconds are kept together or not at all, because they share statements.
What is not kept costs no more than its figures, and still carries its trace id into the outbox, the log and
the `traceId` of an unexpected error. Keep errors and slow traces by tail sampling in the Collector.

**One trace.** The request holds the GraphQL operation, that holds its SQL statements. An event written to the
outbox has a producer's span, whose place the row carries as `traceparent`; whoever takes the event stands
below it: the relay, a subscription that shows it, and each attempt of a webhook, whose receiver is told the
attempt's own place. What is done for several events at once stands below the first of them that is kept.
Requests that share one statement are all linked from its span, which stands below the first of them.
A subscription may last for days and is a trace of its own, kept like any that begins here and sent when it
ends. It holds what is read until it is live, and is linked to the span that a `traceparent` of its request or
handshake names.
The text of a statement is not told: it is long, and the one that opens a transaction names the tenant.
`python -m infra explain` shows the statement of a document, which the operation's span names by its hash.

**Logs.** JSON lines on stdout in production, or with `CXGRAPH_JSON_LOGS=true`: `time`, `level`, `logger`,
`message`, `trace_id`, `span_id` and, of an error, its `type`, `sqlstate` and `stack`. The text of an
exception may repeat what somebody sent, so production leaves it out.

**Loss.** A receiver that is away harms no request: spans are tried three times, then dropped and counted.
At the end of the process, after the pools are closed, what is left is sent for at most five seconds.

This page is written by `python -m infra telemetry`; a test holds it against the code.
"""


def printed() -> str:
    """Returns the page."""
    return "\n".join((INTRODUCTION, *_spans(), *_metrics(), *_attributes())) + "\n"


def _spans() -> Iterator[str]:
    yield "## Spans\n\n| span | kind | what it is | attributes |\n|---|---|---|---|"
    for span in SPANS:
        yield f"| `{span.name}` | {span.kind} | {span.description} | {_named(span)} |"


def _metrics() -> Iterator[str]:
    yield "\n## Metrics\n"
    yield "The buckets of a duration go from 1 ms to 10 s, those of a loop's age from 1 hour to 90 days.\n"
    yield "| metric | in Prometheus | kind | unit | what it is | attributes |\n|---|---|---|---|---|---|"
    for metric in METRICS:
        kind = f"{metric.kind}, in hours" if metric.buckets == HOURS else str(metric.kind)
        yield (
            f"| `{metric.name}` | `{metric.prometheus}` | {kind} | `{metric.unit}` |"
            f" {metric.description} | {_named(metric)} |"
        )


def _attributes() -> Iterator[str]:
    yield "\n## Attributes\n\n| attribute | what it is | values in metrics |\n|---|---|---|"
    found = {one.name: one for source in (*SPANS, *METRICS) for one in source.attributes}
    for attribute in sorted(found.values(), key=lambda one: one.name):
        yield f"| `{attribute.name}` | {attribute.description} | {_values(attribute)} |"


def _values(attribute: Attribute) -> str:
    return ", ".join(f"`{value}`" for value in attribute.values)


def _named(source: Span | Metric) -> str:
    return ", ".join(f"`{one.name}`" for one in source.attributes)


def _run(_settings: Settings, _: Namespace) -> int:
    print(printed(), end="")
    return 0


TELEMETRY = Verb("telemetry", "print what the service tells of itself", _run)
