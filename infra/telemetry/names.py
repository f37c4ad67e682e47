"""What is every span, metric and attribute called? One closed list: nothing is told that is not in it.

No attribute names a tenant, a person, a variable or a document's text, and each has few values: those in its
list, or `_OTHER`. Dashboards, alerts and `docs/telemetry.md` are held against this file by tests.
"""

from dataclasses import dataclass, field
from enum import StrEnum

OTHER = "_OTHER"
"""Stands for any value that is not in an attribute's list."""
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The upper bounds of the buckets of a duration."""
HOURS = tuple(3600.0 * hours for hours in (1, 4, 8, 24, 48, 72, 168, 336, 720, 2160))
"""The upper bounds of the buckets of what takes people days."""


class Kind(StrEnum):
    """How the values of a metric add up."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Attribute:
    """A named fact; `values` is the closed list of what a metric may say, empty where only spans have it."""

    name: str
    description: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure; `unit` in UCUM: `s`, `{connection}`."""

    name: str
    kind: Kind
    unit: str
    description: str
    attributes: tuple[Attribute, ...] = ()
    buckets: tuple[float, ...] = field(default=SECONDS)

    @property
    def prometheus(self) -> str:
        """The metric's name in Prometheus; a histogram's series add `_bucket`, `_sum` and `_count`."""
        name = self.name.replace(".", "_") + ("_seconds" if self.unit == "s" else "")
        return f"{name}_total" if self.kind is Kind.COUNTER else name


@dataclass(frozen=True, slots=True)
class Span:
    """A step of a trace; `name` may hold one `{attribute}`."""

    name: str
    kind: str
    description: str
    attributes: tuple[Attribute, ...] = ()


METHOD = Attribute(
    "http.request.method", "the method, of those that are answered", ("GET", "POST", "OPTIONS")
)
ROUTE = Attribute(
    "http.route",
    "the path; other pages are not followed",
    ("/graphql",),
)
STATUS = Attribute(
    "http.response.status_code",
    "the status of the answer",
    tuple(
        map(
            str,
            (200, 204, 304, 400, 401, 403, 404, 405, 406, 408, 409, 413, 415, 422, 429, 499, 500, 503, 504),
        )
    ),
)
SCHEME = Attribute("url.scheme", "http or https", ("http", "https"))
PROTOCOL = Attribute("network.protocol.version", "the version of HTTP")
ERROR = Attribute(
    "error.type",
    "what went wrong: a status, an SQLSTATE, or the name of an exception; absent where nothing did",
)
OPERATION_TYPE = Attribute(
    "graphql.operation.type",
    "what kind of operation; _OTHER for a document that could not be read",
    ("query", "mutation", "subscription"),
)
OPERATION_NAME = Attribute("graphql.operation.name", "the operation's name, only that of a trusted document")
DOCUMENT_HASH = Attribute(
    "graphql.document.hash", "SHA-256 of the document's text, which is never told itself"
)
OUTCOME = Attribute(
    "cxgraph.outcome",
    "ok; invalid: the document, its variables or its rights were refused; failed: something unexpected",
    ("ok", "invalid", "failed"),
)
DATABASE_SYSTEM = Attribute("db.system.name", "postgresql")
DATABASE_OPERATION = Attribute(
    "db.operation.name",
    "the statement's first word",
    ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "BEGIN", "COMMIT", "ROLLBACK", "EXPLAIN", "LISTEN"),
)
DATABASE_SUMMARY = Attribute("db.query.summary", "the statement's first word and the tables it names")
DATABASE_STATUS = Attribute("db.response.status_code", "the SQLSTATE of a statement that failed")
DATABASE_SHARED = Attribute("cxgraph.sql.requests", "how many requests left together in this statement")
EVENT_TYPE = Attribute("cxgraph.event.type", "the type of an event, such as feedback.submitted")
MESSAGING_SYSTEM = Attribute("messaging.system", "cxgraph: the outbox")
CACHE = Attribute("cxgraph.cache", "which cache: of documents or of plans", ("documents", "plans"))
RESULT = Attribute("cxgraph.relay.result", "what became of an event", ("published", "retried", "dead"))
DELIVERY = Attribute("cxgraph.webhook.result", "how an attempt ended", ("delivered", "retried", "exhausted"))
TRANSPORT = Attribute("cxgraph.subscription.transport", "how a subscriber listens", ("websocket", "sse"))
CLOSE_REASON = Attribute(
    "cxgraph.subscription.close_reason",
    "why a subscription ended",
    ("client", "slow", "drain", "unauthenticated", "error"),
)
CLOCK_EVENT = Attribute("cxgraph.clock.event", "what a clock told", ("imminent", "breached"))
JOB = Attribute(
    "cxgraph.job.name",
    "which periodic work",
    (
        "clocks",
        "recoveries",
        "metric-folding",
        "metric-audit",
        "analyses",
        "evaluations",
        "silence",
        "tidying",
        "webhooks",
    ),
)
JOB_RESULT = Attribute("cxgraph.job.result", "how periodic work ended", ("done", "failed"))

SERVER = Span(
    "{http.request.method} {http.route}",
    "SERVER",
    "one HTTP request; the probes and streams of events are left out",
    (METHOD, ROUTE, STATUS, SCHEME, PROTOCOL, ERROR),
)
OPERATION = Span(
    "{graphql.operation.type}",
    "INTERNAL",
    "one GraphQL operation, inside the request; `GraphQL Operation` where the document could not be read",
    (OPERATION_TYPE, OPERATION_NAME, DOCUMENT_HASH, OUTCOME, ERROR),
)
SUBSCRIPTION = Span(
    "{graphql.operation.type}",
    "INTERNAL",
    "one subscription from `subscribe` to its end, over either transport: the root of a trace of its own,"
    " linked to the span that the `traceparent` of its handshake or request names",
    (OPERATION_TYPE, OPERATION_NAME, DOCUMENT_HASH, OUTCOME, TRANSPORT, CLOSE_REASON, ERROR),
)
STATEMENT = Span(
    "{db.query.summary}",
    "CLIENT",
    "one SQL statement, COMMIT included; one that answers several requests links to all that are sampled",
    (DATABASE_SYSTEM, DATABASE_OPERATION, DATABASE_SUMMARY, DATABASE_STATUS, DATABASE_SHARED, ERROR),
)
PRODUCER = Span(
    "send {cxgraph.event.type}",
    "PRODUCER",
    "one event written to the outbox, whose row carries this span's place as `traceparent`",
    (MESSAGING_SYSTEM, EVENT_TYPE),
)
CONSUMER = Span(
    "process {cxgraph.event.type}",
    "CONSUMER",
    "one event taken from the outbox: by the relay, a subscription or a webhook; below its producer",
    (MESSAGING_SYSTEM, EVENT_TYPE, ERROR),
)
DELIVERING = Span(
    "{http.request.method}",
    "CLIENT",
    "one attempt to deliver a webhook; the address is never told",
    (METHOD, STATUS, ERROR),
)
WORK = Span("job {cxgraph.job.name}", "INTERNAL", "periodic work for one tenant", (JOB, ERROR))
SPANS = (SERVER, OPERATION, SUBSCRIPTION, STATEMENT, PRODUCER, CONSUMER, DELIVERING, WORK)

HTTP_DURATION = Metric(
    "http.server.request.duration",
    Kind.HISTOGRAM,
    "s",
    "time to answer an HTTP request; the probes and streams of events are left out",
    (METHOD, ROUTE, STATUS),
)
HTTP_ACTIVE = Metric(
    "http.server.active_requests", Kind.GAUGE, "{request}", "requests that are being answered"
)
GRAPHQL_DURATION = Metric(
    "cxgraph.graphql.operation.duration",
    Kind.HISTOGRAM,
    "s",
    "time to answer a GraphQL operation",
    (OPERATION_TYPE, OUTCOME),
)
CACHE_HITS = Metric(
    "cxgraph.plan.cache.hits", Kind.COUNTER, "{lookup}", "documents and plans found ready", (CACHE,)
)
CACHE_MISSES = Metric(
    "cxgraph.plan.cache.misses", Kind.COUNTER, "{lookup}", "documents and plans that had to be made", (CACHE,)
)
SQL_DURATION = Metric(
    "cxgraph.sql.duration",
    Kind.HISTOGRAM,
    "s",
    "time of an SQL statement, without the wait for a connection",
    (DATABASE_OPERATION,),
)
SQL_ERRORS = Metric(
    "cxgraph.sql.errors", Kind.COUNTER, "{statement}", "SQL statements that failed", (DATABASE_OPERATION,)
)
POOL_SIZE = Metric("cxgraph.pool.size", Kind.GAUGE, "{connection}", "connections that can be lent")
POOL_IN_USE = Metric("cxgraph.pool.in_use", Kind.GAUGE, "{connection}", "connections that are lent")
POOL_WAITING = Metric("cxgraph.pool.waiting", Kind.GAUGE, "{request}", "who waits for a connection")
POOL_TIMEOUTS = Metric(
    "cxgraph.pool.timeouts",
    Kind.COUNTER,
    "{request}",
    "times that no connection could be had, or one was lost",
)
READY = Metric("cxgraph.ready", Kind.GAUGE, "{process}", "1 while the process is ready for requests, else 0")
OUTBOX_LAG = Metric("cxgraph.outbox.lag", Kind.GAUGE, "s", "age of the oldest event that was not relayed yet")
OUTBOX_PENDING = Metric("cxgraph.outbox.pending", Kind.GAUGE, "{event}", "events that were not relayed yet")
OUTBOX_DEAD = Metric("cxgraph.outbox.dead", Kind.GAUGE, "{event}", "events that were given up")
RELAY_EVENTS = Metric(
    "cxgraph.relay.events", Kind.COUNTER, "{event}", "events that the relay took up", (RESULT,)
)
RELAY_DURATION = Metric("cxgraph.relay.batch.duration", Kind.HISTOGRAM, "s", "time of one batch of the relay")
SUBSCRIPTIONS = Metric(
    "cxgraph.subscriptions.active", Kind.GAUGE, "{subscription}", "open subscriptions", (TRANSPORT,)
)
SUBSCRIPTION_EVENTS = Metric(
    "cxgraph.subscriptions.events", Kind.COUNTER, "{event}", "events sent to subscribers", (TRANSPORT,)
)
SUBSCRIPTIONS_CLOSED = Metric(
    "cxgraph.subscriptions.closed",
    Kind.COUNTER,
    "{subscription}",
    "subscriptions that ended",
    (TRANSPORT, CLOSE_REASON),
)
WEBHOOK_DELIVERIES = Metric(
    "cxgraph.webhook.deliveries", Kind.COUNTER, "{delivery}", "attempts to deliver a webhook", (DELIVERY,)
)
WEBHOOK_DURATION = Metric(
    "cxgraph.webhook.duration", Kind.HISTOGRAM, "s", "time of one attempt to deliver a webhook"
)
WEBHOOK_PENDING = Metric(
    "cxgraph.webhook.pending", Kind.GAUGE, "{delivery}", "deliveries that wait for their next attempt"
)
CLOCKS_FIRED = Metric(
    "cxgraph.clock.fired", Kind.COUNTER, "{clock}", "clocks of what was promised that told", (CLOCK_EVENT,)
)
CLOCK_LAG = Metric(
    "cxgraph.clock.lag", Kind.GAUGE, "s", "how late the oldest clock is that is due and has not told"
)
JOB_RUNS = Metric(
    "cxgraph.job.runs", Kind.COUNTER, "{run}", "periodic work, once for each tenant", (JOB, JOB_RESULT)
)
JOB_DURATION = Metric(
    "cxgraph.job.duration", Kind.HISTOGRAM, "s", "time of periodic work for one tenant", (JOB,)
)
LOOP_AGE = Metric(
    "cxgraph.loop.age",
    Kind.HISTOGRAM,
    "s",
    "age of a feedback loop when it closed",
    (),
    HOURS,
)
LOOPS_OPEN = Metric("cxgraph.loop.open", Kind.GAUGE, "{loop}", "feedback loops that are not closed")
LOOP_OLDEST = Metric("cxgraph.loop.oldest", Kind.GAUGE, "s", "age of the oldest feedback loop that is open")
SPANS_DROPPED = Metric(
    "cxgraph.telemetry.spans.dropped", Kind.COUNTER, "{span}", "spans that could not be kept or sent"
)
METRICS = (
    HTTP_DURATION,
    HTTP_ACTIVE,
    GRAPHQL_DURATION,
    CACHE_HITS,
    CACHE_MISSES,
    SQL_DURATION,
    SQL_ERRORS,
    POOL_SIZE,
    POOL_IN_USE,
    POOL_WAITING,
    POOL_TIMEOUTS,
    READY,
    OUTBOX_LAG,
    OUTBOX_PENDING,
    OUTBOX_DEAD,
    RELAY_EVENTS,
    RELAY_DURATION,
    SUBSCRIPTIONS,
    SUBSCRIPTION_EVENTS,
    SUBSCRIPTIONS_CLOSED,
    WEBHOOK_DELIVERIES,
    WEBHOOK_DURATION,
    WEBHOOK_PENDING,
    CLOCKS_FIRED,
    CLOCK_LAG,
    JOB_RUNS,
    JOB_DURATION,
    LOOP_AGE,
    LOOPS_OPEN,
    LOOP_OLDEST,
    SPANS_DROPPED,
)
