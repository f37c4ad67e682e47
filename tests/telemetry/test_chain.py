"""Does a receiver see one connected trace, from the request through SQL and the relay to the webhook?"""

import asyncio

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from infra.telemetry import meters, names
from tests.ground import watched
from tests.telemetry.conftest import Followed, followed_application, parent
from tests.telemetry.receiver import Told
from tests.webhooks.conftest import DOCUMENT, REGISTER
from tests.webhooks.receiver import Message, listening

UPSERT = """mutation { customerUpsert(input: {match: {externalId: {system: "crm", value: "ada"}},
    displayName: "Ada"}) { userErrors { code } } }"""
DELIVERING, OPERATION, STATEMENT = "POST", "mutation", "db.operation.name"


def is_whole(spans: list[Told]) -> bool:
    """Whether everything that is to be told of the event was told."""
    consumers = [span for span in spans if span.kind == Span.SPAN_KIND_CONSUMER]
    return len(consumers) == 2 and any(span.name == DELIVERING for span in spans)


async def told(followed: Followed, trace: str) -> list[Told]:
    """Return the spans of a trace once it is whole, and nothing more came for a while."""
    found: list[Told] = await asyncio.to_thread(followed.receiver.trace, trace, is_whole)
    while True:
        await asyncio.sleep(1.5)
        more: list[Told] = await asyncio.to_thread(followed.receiver.trace, trace, is_whole)
        if len(more) == len(found):
            return more
        found = more


async def test_a_write_its_relay_and_its_webhook_are_one_trace(own_database_url: str) -> None:
    attempts = meters.histogram(names.WEBHOOK_DURATION).of()
    batches = meters.histogram(names.RELAY_DURATION).of()
    before = sum(attempts.read()[0]), sum(batches.read()[0])
    async with (
        watched(own_database_url) as database,
        followed_application(own_database_url, database, 0.0, works=True) as followed,
        listening() as receiver,
    ):
        wish = {"url": receiver.url, "eventTypes": ["customer.*"], "document": DOCUMENT}
        registered = (await followed.ask(REGISTER, input=wish)).json()["data"]["webhookRegister"]
        assert registered["userErrors"] == []
        trace, traceparent = parent()

        await followed.ask(UPSERT, traceparent)

        async with asyncio.timeout(20):
            await receiver.first.wait()
        spans = await told(followed, trace)
    [message] = receiver.taken

    assert_connected(spans, traceparent)
    assert_told_on(spans, message, trace)
    assert (sum(attempts.read()[0]), sum(batches.read()[0])) > before


def assert_connected(spans: list[Told], traceparent: str) -> None:
    by_id = {span.id: span for span in spans}
    assert len(by_id) == len(spans)
    assert [span.name for span in spans if span.parent not in by_id] == ["POST /graphql"]
    [server] = [span for span in spans if span.parent == traceparent.split("-")[2]]
    [operation] = [span for span in spans if span.name == OPERATION]
    [producer] = [span for span in spans if span.kind == Span.SPAN_KIND_PRODUCER]
    consumers = [span for span in spans if span.kind == Span.SPAN_KIND_CONSUMER]
    assert (operation.parent, producer.parent) == (server.id, operation.id)
    assert [span.parent for span in consumers] == [producer.id] * 2
    assert [span.name for span in consumers] == ["process customer.created"] * 2
    relay, webhook = consumers
    reading = next(span for span in spans if span.name == "query")
    assert reading.parent == webhook.id
    above = {span.parent for span in spans if STATEMENT in span.facts}
    assert above == {operation.id, relay.id, reading.id}


def assert_told_on(spans: list[Told], message: Message, trace: str) -> None:
    """Assert that the receiver was told the place of the attempt, and the attempt how it answered."""
    [attempt] = [span for span in spans if span.name == DELIVERING]
    assert attempt.kind == Span.SPAN_KIND_CLIENT
    assert attempt.facts == {"http.request.method": "POST", "http.response.status_code": "204"}
    assert message.headers["traceparent"] == f"00-{trace}-{attempt.id}-01"
