"""What may a person ask of us? To see everything, and to be forgotten while everything still counts."""

import secrets
from collections.abc import Mapping
from dataclasses import replace

import orjson
import pytest

from infra.database import Database
from schema.execution import Graph, Request
from service.ground.actor import Actor
from service.ground.audit import AuditEntry
from service.ground.scopes import EVERY, Scope
from tests.ground import Answering

CANARY = f"canary{secrets.token_hex(6)}"
KEY = "a request of the canary's own"


async def everywhere(database: Database, actor: Actor, needle: str) -> Mapping[str, int]:
    """Return by table how many rows of the tenant hold a text, whatever their columns."""
    tables = await database.pool.fetch(
        "SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t "
        "USING (table_schema, table_name) WHERE t.table_type = 'BASE TABLE' "
        "AND c.table_schema = 'public' AND c.column_name = 'tenant_id'"
    )
    found = {}
    for (name,) in tables:
        sql = (
            f'SELECT count(*) FROM "{name}" AS held WHERE tenant_id = $1 AND (held::text ILIKE $2 '  # noqa: S608 - ours
            "OR held::text ILIKE $3)"
        )
        hexed = needle.encode().hex()
        times = await database.pool.fetchval(sql, actor.tenant_id, f"%{needle}%", f"%{hexed}%")
        if times:
            found[name] = times
    return found


@pytest.fixture
async def canary(ask: Answering, database: Database, actor: Actor) -> str:
    """A customer who left traces in every place that takes words; returns the public id."""
    return await sing(ask)


async def sing(ask: Answering) -> str:
    """Let somebody be known, complain, answer, be quoted, be merged, be followed up."""
    upsert = """mutation Up($i: CustomerUpsertInput!, $k: String!) {
      customerUpsert(input: $i) @idempotent(key: $k) {
        customer { id displayName email phone attributes } userErrors { message field } } }"""
    person = {
        "match": {"externalId": {"system": "crm", "value": CANARY}},
        "externalIds": [{"system": "shop", "value": f"{CANARY}-shop"}],
        "displayName": f"Ms {CANARY}",
        "email": f"{CANARY}@x.org",
        "phone": CANARY,
        "locale": CANARY,
        "timeZone": CANARY,
        "attributes": {CANARY: [CANARY]},
    }
    # Nobody is known by these names yet; what happened is the person's all the same.
    await happen(ask, f"{CANARY}-1", {"email": f"{CANARY}@x.org"})
    await happen(ask, f"{CANARY}-2", {"externalId": {"system": "crm", "value": CANARY}})
    known = (await ask(upsert, i=person, k=KEY))["customerUpsert"]
    assert known["userErrors"] == []
    customer: str = known["customer"]["id"]
    double = {"match": {"externalId": {"system": "old", "value": CANARY}}, "displayName": CANARY}
    other = (await ask(upsert, i=double, k=KEY + "2"))["customerUpsert"]["customer"]["id"]
    merge = """mutation Merge($i: CustomerMergeInput!) {
      customerMerge(input: $i) { userErrors { message } } }"""
    await ask(merge, i={"survivorId": customer, "mergedId": other, "reason": CANARY})
    await complain(ask, customer)
    await judge(ask, customer)
    consent = """mutation Consent($i: ConsentRecordInput!) {
      consentRecord(input: $i) { userErrors { message } } }"""
    said = {
        "customer": {"id": customer},
        "purpose": "MARKETING",
        "status": "GRANTED",
        "source": CANARY,
        "proof": CANARY,
    }
    await ask(consent, i=said)
    return customer


async def complain(ask: Answering, customer: str) -> None:
    """Leave words in interactions, answers and events."""
    log = """mutation Log($i: InteractionLogInput!) {
      interactionLog(input: $i) { interaction { id subject } userErrors { message field } } }"""
    matter = {
        "channel": "EMAIL",
        "customer": {"id": customer},
        "subject": CANARY,
        "message": f"My name is {CANARY}",
        "source": "mail",
        "key": CANARY,
    }
    logged = (await ask(log, i=matter))["interactionLog"]
    assert logged["userErrors"] == []
    add = """mutation Add($i: InteractionMessageAddInput!) {
      interactionMessageAdd(input: $i) { userErrors { message } } }"""
    words = {"interactionId": logged["interaction"]["id"], "body": CANARY, "actor": CANARY}
    await ask(add, i={**words, "actorKind": "CUSTOMER"})
    step = """mutation Step($i: InteractionTransitionInput!) {
      interactionTransition(input: $i) { userErrors { message } } }"""
    await ask(step, i={"interactionId": words["interactionId"], "to": "OPEN", "reason": CANARY})
    submit = """mutation Submit($i: FeedbackSubmitInput!) {
      feedbackSubmit(input: $i) { feedback { id } userErrors { message field } } }"""
    answer = {"kind": "NPS", "score": 2, "customer": {"id": customer}, "verbatim": CANARY}
    given = await ask(submit, i={**answer, "source": "form", "key": CANARY, "channel": "EMAIL"})
    assert given["feedbackSubmit"]["userErrors"] == []


async def happen(ask: Answering, key: str, customer: Mapping[str, object]) -> None:
    """Let something happen to somebody, known or not."""
    source = """mutation In($i: TouchpointEventIngestInput!) {
      touchpointEventIngest(input: $i) { summary { created } } }"""
    event = {"type": "call", "occurredAt": "2026-01-01T00:00:00Z", "properties": {"said": CANARY}}
    sent = await ask(source, i={"source": "ivr", "events": [{**event, "key": key, "customer": customer}]})
    assert sent["touchpointEventIngest"]["summary"] == {"created": 1}


async def judge(ask: Answering, customer: str) -> None:
    """Leave words where others write about what somebody said: insights, recoveries, follow-ups, events."""
    await happen(ask, f"{CANARY}-3", {"id": customer})
    answered = await ask("{ feedback { nodes { id } } recoveries { nodes { id } } }")
    [feedback], [recovery] = answered["feedback"]["nodes"], answered["recoveries"]["nodes"]
    draft = """mutation { insightDraft(input: {title: "Bags get lost"}) { insight { id } } }"""
    insight = (await ask(draft))["insightDraft"]["insight"]["id"]
    link = """mutation Link($i: EvidenceLinkInput!) {
      evidenceLink(input: $i) { userErrors { message } } }"""
    signal = {"feedbackId": feedback["id"], "quote": CANARY}
    assert (await ask(link, i={"insightId": insight, "signals": [signal]}))["evidenceLink"][
        "userErrors"
    ] == []
    elevate = """mutation Elevate($i: ElevationProposeInput!) {
      elevationPropose(input: $i) { userErrors { message } } }"""
    assert (await ask(elevate, i={"title": "Bags", "signals": [signal]}))["elevationPropose"][
        "userErrors"
    ] == []
    act = """mutation Act($a: RecoveryActionAddInput!, $d: RecoveryDiagnoseInput!) {
      recoveryActionAdd(input: $a) { userErrors { message } }
      recoveryDiagnose(input: $d) { userErrors { message } } }"""
    action = {"recoveryId": recovery["id"], "kind": "APOLOGY", "note": CANARY}
    acted = await ask(act, a=action, d={"recoveryId": recovery["id"], "rootCause": CANARY})
    assert [field["userErrors"] for field in acted.values()] == [[], []]


ERASE = """mutation Erase($i: CustomerEraseInput!) { customerErase(input: $i) {
  customer { id displayName email } erasedAt erased { table rows } userErrors { code message } } }"""
COUNTS = """{ customers { totalCount } interactions { totalCount } feedback { totalCount } }"""


async def test_after_an_erasure_nothing_in_the_database_tells_of_the_person_and_everything_still_counts(
    ask: Answering, database: Database, actor: Actor, canary: str
) -> None:
    before = await ask(COUNTS)
    assert await everywhere(database, actor, CANARY) != {}
    erased = (await ask(ERASE, i={"customerId": canary}))["customerErase"]

    assert erased["userErrors"] == []
    assert erased["customer"] == {"id": canary, "displayName": None, "email": None}
    assert await everywhere(database, actor, CANARY) == {}
    assert await ask(COUNTS) == before
    receipt = {line["table"]: line["rows"] for line in erased["erased"]}
    assert receipt["customer"] == 2, "the record that was merged is the same person's"
    assert receipt["customer_external_id"] == 3
    assert receipt["interaction"] == 1
    assert receipt["feedback"] == 1
    assert receipt["touchpoint_event"] == 3
    assert receipt["evidence"] == 1
    matched = await ask("mutation { touchpointEventsReattribute(input: {}) { userErrors { message } } }")
    assert matched["touchpointEventsReattribute"]["userErrors"] == []


async def test_an_erasure_leaves_others_alone(
    ask: Answering, database: Database, actor: Actor, canary: str
) -> None:
    upsert = """mutation { customerUpsert(input: {match: {email: "eve@x.org"}, displayName: "Eve Other"}) {
      customer { id } userErrors { code } } }"""
    await ask(upsert)
    before = await everywhere(database, actor, "Eve Other")
    await ask(ERASE, i={"customerId": canary})

    assert await everywhere(database, actor, "Eve Other") == before
    assert before["customer"] == 1


async def test_a_repetition_after_an_erasure_reads_that_it_was_done_and_nothing_of_the_person(
    ask: Answering, canary: str
) -> None:
    await ask(ERASE, i={"customerId": canary})
    again = """mutation Up($i: CustomerUpsertInput!, $k: String!) {
      customerUpsert(input: $i) @idempotent(key: $k) {
        customer { id } userErrors { code message } } }"""
    sent = {"match": {"externalId": {"system": "old", "value": CANARY}}, "displayName": CANARY}
    told = (await ask(again, i=sent, k=KEY + "2"))["customerUpsert"]

    assert told["customer"] is None
    assert told["userErrors"][0]["code"] == "KEY_REUSED"
    assert "erased" in told["userErrors"][0]["message"]


async def test_an_export_holds_everything_of_the_person_and_is_itself_recorded(
    ask: Answering, database: Database, actor: Actor, canary: str
) -> None:
    source = """mutation Export($i: CustomerExportInput!) {
      customerExport(input: $i) { document userErrors { message } } }"""
    document = (await ask(source, i={"customerId": canary}))["customerExport"]["document"]

    stored = await everywhere(database, actor, CANARY)
    assert set(stored) - {"idempotent_answer"} <= set(document)
    assert len(document["customer"]) == 2
    assert {row["value"] for row in document["customer_external_id"]} == {CANARY, f"{CANARY}-shop"}
    assert [row["verbatim"] for row in document["feedback"]] == [CANARY]
    entry = "SELECT subjects FROM audit_entry WHERE tenant_id = $1 AND action = 'customerExport'"
    subjects = await database.pool.fetchval(entry, actor.tenant_id)
    assert subjects == {"customer.exported": [canary.removeprefix("cus_")]}
    assert AuditEntry.__tablename__ not in stored


@pytest.mark.parametrize("field", ["customerErase", "customerExport"])
async def test_who_has_no_scope_neither_exports_nor_erases(
    graph: Graph, database: Database, actor: Actor, canary: str, field: str
) -> None:
    before = await everywhere(database, actor, CANARY)
    source = f'mutation {{ {field}(input: {{customerId: "{canary}"}}) {{ userErrors {{ code }} }} }}'
    body = (await graph.answer(Request(source), replace(actor, scopes=EVERY - {Scope.PRIVACY_MANAGE}))).body

    assert orjson.loads(body)["data"][field] == {"userErrors": [{"code": "FORBIDDEN"}]}
    assert await everywhere(database, actor, CANARY) == before
