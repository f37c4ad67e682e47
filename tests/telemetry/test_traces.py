"""Does a receiver see one connected trace, from the request through SQL into the outbox?"""

import asyncio

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from infra.database import Database
from infra.jobs import JOBS
from infra.settings import Settings
from infra.telemetry import meters, names, places
from infra.telemetry.following import Following
from infra.telemetry.places import Beginnings
from infra.telemetry.spans import Spans
from infra.timer import Timer
from service.ground.actor import Actor
from tests.statements import overheard
from tests.telemetry.conftest import LOG, NAMES, Followed, followed_application, parent
from tests.telemetry.receiver import Told, told

CLIENT, SERVER, INTERNAL, PRODUCER = (
    Span.SPAN_KIND_CLIENT,
    Span.SPAN_KIND_SERVER,
    Span.SPAN_KIND_INTERNAL,
    Span.SPAN_KIND_PRODUCER,
)
LEDGER = """mutation { interactionLog(input: {channel: CHAT, subject: "Late"}) {
    interaction { subject events { nodes { type } } } userErrors { code } } }"""


def of(kind: int, spans: list[Told]) -> list[Told]:
    return [span for span in spans if span.kind == kind]


async def test_a_read_is_one_trace_from_http_to_sql(followed: Followed) -> None:
    await followed.ask(NAMES, first=3)  # the tenant is known from here on
    trace, traceparent = parent()

    assert (await followed.ask(NAMES, traceparent, first=3)).status_code == 200

    server, operation, statement = await followed.trace(trace, 3)
    assert [server.kind, operation.kind, statement.kind] == [SERVER, INTERNAL, CLIENT]
    assert [server.parent, operation.parent, statement.parent] == [
        traceparent.split("-")[2],
        server.id,
        operation.id,
    ]
    assert [server.name, operation.name, statement.name] == ["POST /graphql", "query", "SELECT customer"]
    assert server.facts == {
        "http.request.method": "POST",
        "http.route": "/graphql",
        "http.response.status_code": "200",
        "url.scheme": "http",
        "network.protocol.version": "1.1",
    }
    assert server.begun <= operation.begun <= statement.begun <= statement.ended <= server.ended


async def test_every_statement_of_a_write_has_one_span_commit_included(followed: Followed) -> None:
    await followed.ask(NAMES)
    served = followed.application._health.database
    assert served is not None
    trace, traceparent = parent()

    async with overheard(served) as heard:
        await followed.ask(LEDGER, traceparent)
        await asyncio.sleep(0)
    sent = [one.sql.split()[0].strip(";") for one in heard.take()]

    spans = await followed.trace(trace, 3 + len(sent))
    words = [span.facts["db.operation.name"] for span in of(CLIENT, spans)]
    assert words == sent
    assert (words[0], words[-1]) == ("BEGIN", "SET")  # the last message sets, and commits
    assert len({span.id for span in spans}) == len(spans) == 3 + len(sent)


async def test_an_event_in_the_outbox_carries_its_producers_place(
    followed: Followed, database: Database
) -> None:
    await followed.ask(NAMES)
    trace, traceparent = parent()

    answer = await followed.ask(LOG, traceparent, input={"channel": "CHAT", "subject": "Late"})

    assert answer.json()["data"]["interactionLog"]["userErrors"] == []
    (producer,) = of(PRODUCER, await followed.trace(trace, 4))
    rows = await database.pool.fetch(
        "SELECT traceparent FROM outbox_event WHERE traceparent LIKE $1", f"%{trace}%"
    )
    assert [row["traceparent"] for row in rows] == [f"00-{trace}-{producer.id}-01"]
    assert producer.name == "send interaction.opened"


async def test_who_takes_an_event_stands_below_its_producer() -> None:
    spans = Spans()
    trace, traceparent = parent()
    with Beginnings(spans, 0.0).consuming(("interaction.opened", traceparent)):
        carried = places.headers()["traceparent"]
    (consumer,) = (told(Span.FromString(span)) for span in spans.take())
    assert carried == f"00-{trace}-{consumer.id}-01"
    assert consumer.parent == traceparent.split("-")[2]
    assert places.headers() == {}


async def test_events_that_are_taken_together_each_have_a_span_and_work_stands_below_the_first_kept() -> None:
    spans = Spans()
    unkept = f"00-{'ab' * 16}-{'cd' * 8}-00"
    first, second = parent()[1], parent()[1]
    sent = [("team.created", unkept), ("team.updated", first), ("team.updated", second)]
    with Beginnings(spans, 0.0).consuming(*sent):
        carried = places.headers()["traceparent"]
    found = [told(Span.FromString(span)) for span in spans.take()]
    assert [span.parent for span in found] == [first.split("-")[2], second.split("-")[2]]
    assert carried.split("-")[2] == found[0].id


async def test_a_statement_for_many_links_to_all_that_are_kept(followed: Followed) -> None:
    await followed.ask(NAMES, first=3)
    asked = [parent() for _ in range(40)]

    await asyncio.gather(*(followed.ask(NAMES, traceparent, first=3) for _, traceparent in asked))

    for trace, _ in asked:
        await followed.trace(trace, 2)
    spans = [span for span in followed.receiver.spans if span.trace in {trace for trace, _ in asked}]
    statements, operations = of(CLIENT, spans), of(INTERNAL, spans)
    shared = [span for span in statements if span.links]
    assert len(statements) < len(asked)
    assert sum(int(span.facts["cxgraph.sql.requests"]) for span in shared) == sum(
        len(span.links) for span in shared
    )
    reached = {link for span in shared for link in span.links}
    alone = {(span.trace, span.parent) for span in statements if not span.links}
    assert reached | alone == {(span.trace, span.id) for span in operations}


async def test_what_is_not_kept_still_leads_to_its_trace(followed: Followed, database: Database) -> None:
    trace = "ab" * 16

    await followed.ask(LOG, f"00-{trace}-{'cd' * 8}-00", input={"channel": "CHAT", "subject": "Late"})

    (row,) = await database.pool.fetch(
        "SELECT traceparent FROM outbox_event WHERE traceparent LIKE $1", f"%{trace}%"
    )
    assert row["traceparent"].endswith("-00")


async def test_an_answer_that_failed_names_its_trace(followed: Followed) -> None:
    trace, traceparent = parent()

    async def broken(*_: object) -> bytes:
        message = "canary"
        raise RuntimeError(message)

    graph = followed.application._endpoint._app._graph  # type: ignore[union-attr]
    graph.doors._reads.ask = broken
    answer = await followed.ask(NAMES, traceparent)

    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"]["traceId"] == trace
    found = await followed.trace(trace, 2)
    assert {span.facts.get("error.type") for span in found if span.kind != CLIENT} == {"500", "_OTHER"}
    assert {span.status for span in found if span.kind != CLIENT} == {2}


async def test_the_share_of_traces_that_begin_here_is_kept() -> None:
    beginnings = Beginnings(Spans(), 0.1)
    kept = sum(beginnings.root().sampled for _ in range(20_000))
    assert 1_700 < kept < 2_300
    assert not any(Beginnings(Spans(), 0.0).root().sampled for _ in range(1000))
    assert all(Beginnings(Spans(), 1.0).root().sampled for _ in range(1000))


async def test_a_traceparent_that_cannot_be_read_begins_a_new_trace() -> None:
    beginnings = Beginnings(Spans(), 1.0)
    for wrong in (
        b"",
        b"00-zz",
        b"ff-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01",
        b"00-" + b"0" * 32 + b"-" + b"b" * 16 + b"-01",
    ):
        place = beginnings.after(wrong)
        assert place.parent_id is None
        assert place.sampled


async def test_the_last_spans_arrive_when_the_process_ends(database_url: str, database: Database) -> None:
    async with followed_application(database_url, database, trace_share=1.0) as running:
        await running.ask(NAMES, first=1)
        receiver = running.receiver
    assert "query" in {span.name for span in receiver.spans}


async def test_a_trace_that_is_not_kept_has_an_id_that_no_sampler_keeps() -> None:
    beginnings = Beginnings(Spans(), 0.5)
    roots = [beginnings.root() for _ in range(200)]
    halves = {(int.from_bytes(root.trace_id[8:], "big") < 2**63, root.sampled) for root in roots}
    assert halves == {(True, True), (False, False)}
    assert len({root.traceparent for root in roots}) == 200


async def test_periodic_work_is_a_trace_of_its_own(database: Database, actor: Actor) -> None:
    followed = Following(Settings(telemetry_endpoint="http://127.0.0.1:9", trace_share=1.0))
    done = meters.counter(names.JOB_RUNS)
    before = done.points.get(("clocks", "done"), 0)
    timer = Timer(database, JOBS[:1], str, followed.work)

    assert (actor.tenant_key, "clocks") in await timer.once()

    spans = [told(Span.FromString(span)) for span in followed.spans.take()]
    # Beneath it are the events it tells, if anybody's clock is due.
    assert {span.name for span in spans if not span.parent} == {"job clocks"}
    assert done.points["clocks", "done"] > before
