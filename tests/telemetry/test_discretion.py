"""Does anything that is told speak of a tenant, of a person, or of what somebody sent?"""

import json
import logging
import secrets

import asyncpg
import pytest

from infra.database import Database
from infra.telemetry import names
from infra.telemetry.logs import JsonLines
from infra.telemetry.places import Beginnings
from infra.telemetry.spans import Spans
from infra.telemetry.statements import described
from schema.graph import build
from schema.planner.catalogue import Catalogue
from service.ground.origins import ORIGIN
from tests.schema.canaries import CANARY as SUNG
from tests.schema.canaries import reads, writes
from tests.telemetry.conftest import LOG, NAMES, Followed, parent

CANARY = "canary-7f3a"


async def test_no_canary_arrives_at_the_receiver(followed: Followed, database: Database) -> None:
    tenant_id = await database.pool.fetchval("SELECT id FROM tenant WHERE key = $1", followed.tenant)
    written = f'interactionLog(input: {{channel: CHAT, subject: "{CANARY}"}}) {{ userErrors {{ code }} }}'
    literal = f"mutation canary_7 {{ {written} }}"
    wrong = "query Q($canary: Int) { customers(first: $canary) { nodes { id } } }"
    for source, variables in (
        (LOG, {"input": {"channel": "CHAT", "subject": CANARY}}),
        (literal, {}),
        (wrong, {"canary": CANARY}),
        (f'{{ customers(first: 1, filter: {{displayName: "{CANARY}"}}) {{ nodes {{ id }} }} }}', {}),
        (NAMES, {"first": 3}),
    ):
        trace, traceparent = parent()
        await followed.ask(source, traceparent, **variables)
        await followed.trace(trace, 2)
    trace, traceparent = parent()
    await followed.client.get(
        f"/graphql?query={CANARY}", headers={"traceparent": traceparent, "user-agent": CANARY}
    )
    await followed.trace(trace, 1)

    sent = b"\n".join(followed.receiver.bodies).lower()

    assert len(sent) > 1000
    for secret in (
        b"canary",
        followed.tenant.encode(),
        str(tenant_id).encode(),
        tenant_id.bytes,
        b"interactionlog(",
    ):
        assert secret.lower() not in sent


async def test_no_canary_of_any_operation_arrives_at_the_receiver(followed: Followed) -> None:
    catalogue = Catalogue(build())
    for request in (*writes(catalogue.schema), *reads(catalogue)):
        _, traceparent = parent()
        await followed.ask(request.source, traceparent, **request.variables)
    trace, traceparent = parent()
    await followed.ask(NAMES, traceparent, first=1)
    await followed.trace(trace, 2)

    sent = b"\n".join(followed.receiver.bodies)
    assert len(followed.receiver.spans) > 200
    assert SUNG.encode() not in sent


def test_no_attribute_is_told_that_is_not_in_the_list() -> None:
    assert described("BEGIN; SET LOCAL app.tenant_id = 'x'")[1:] == ("BEGIN", "BEGIN")
    summary = described(
        'SELECT (SELECT a FROM customer JOIN "interaction" AS i ON true) FROM set_config($1)'
    )[2]
    assert summary == "SELECT customer interaction"


@pytest.mark.parametrize("discreet", [True, False])
def test_a_log_line_is_json_with_its_trace_and_nobodys_data(discreet: bool) -> None:
    place = Beginnings(Spans(), 1.0).root()
    error = asyncpg.UniqueViolationError(f"Key (email)=({CANARY}) already exists.")
    raised = (type(error), error, None)
    record = logging.LogRecord("cxgraph", logging.ERROR, __file__, 1, "unexpected", None, raised)
    token = ORIGIN.set(place)
    line = json.loads(JsonLines(discreet=discreet).format(record))
    ORIGIN.reset(token)

    assert (line["trace_id"], line["span_id"]) == (place.trace_id.hex(), place.span_id.hex())
    assert (line["error"]["type"], line["error"]["sqlstate"]) == ("UniqueViolationError", "23505")
    assert (CANARY in json.dumps(line)) is not discreet


async def test_a_receiver_that_is_away_harms_nobody(followed: Followed) -> None:
    followed.receiver.refusing = True
    for _ in range(5):
        _, traceparent = parent()
        assert (await followed.ask(NAMES, traceparent)).status_code == 200


def test_more_spans_than_can_be_kept_are_dropped() -> None:
    spans = Spans(most=2)
    root = Beginnings(spans, 1.0).root()
    for _ in range(5):
        root.sent(f"event.{secrets.token_hex(2)}")
    assert len(spans) == 2
    assert names.SPANS_DROPPED.prometheus == "cxgraph_telemetry_spans_dropped_total"
