"""Can clients tell what happened at touchpoints, each thing once, and match it later?"""

from typing import Any

import pytest

from infra.database import Database
from service.ground.actor import Actor
from tests.ground import Answering
from tests.schema.test_touchpoints import drafted, publish, upserted

INGEST = """mutation($input: TouchpointEventIngestInput!) { touchpointEventIngest(input: $input) {
  userErrors { code field }
  summary { received created duplicates rejected }
  results { index outcome userErrors { code field } event { id key } } } }"""
REATTRIBUTE = """mutation($limit: Int! = 1000) { touchpointEventsReattribute(input: {limit: $limit}) {
  reattributed userErrors { code field } } }"""
EVENTS = """{ touchpointEvents(orderBy: {direction: ASC}) { nodes { key type channel occurredAt
  customer { displayName } touchpoint { key } unmatched unmatchedCustomer { system value }
  unmatchedTouchpointKey measured standardMet properties } } }"""
ADA = """mutation { customerUpsert(input: {match: {externalId: {system: "crm", value: "A1"}},
  displayName: "Ada", email: "ada@example.org"}) { customer { id } } }"""
BY_CRM = {"externalId": {"system": "crm", "value": "A1"}}


def event(key: str, **more: object) -> dict[str, object]:
    return {"key": key, "type": "SCREENED", "occurredAt": "2026-01-05T08:00:00Z", **more}


async def ingested(ask: Answering, *events: dict[str, object], **more: object) -> dict[str, Any]:
    given = {"source": "gates", "events": list(events), **more}
    answer: dict[str, Any] = (await ask(INGEST, input=given))["touchpointEventIngest"]
    return answer


async def all_events(ask: Answering) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await ask(EVENTS))["touchpointEvents"]["nodes"]
    return found


async def outbox(database: Database, actor: Actor) -> list[Any]:
    sql = """SELECT type, payload FROM outbox_event WHERE tenant_id = $1 AND type LIKE 'touchpoint_event%'
        ORDER BY id"""
    return list(await database.pool.fetch(sql, actor.tenant_id))


async def test_events_find_their_customer_and_touchpoint(ask: Answering) -> None:
    await ask(ADA)
    await upserted(ask)
    sent = event("g-1", customer=BY_CRM, touchpointKey="security", measured=901, properties={"lane": 4})

    answer = await ingested(ask, sent)

    assert answer["summary"] == {"received": 1, "created": 1, "duplicates": 0, "rejected": 0}
    assert await all_events(ask) == [
        {
            "key": "g-1",
            "type": "SCREENED",
            "channel": "IN_STORE",
            "occurredAt": "2026-01-05T08:00:00+00:00",
            "customer": {"displayName": "Ada"},
            "touchpoint": {"key": "security"},
            "unmatched": None,
            "unmatchedCustomer": None,
            "unmatchedTouchpointKey": None,
            "measured": 901.0,
            "standardMet": False,
            "properties": {"lane": 4},
        }
    ]


@pytest.mark.parametrize(
    ("measure", "measured", "met"),
    [
        ("SECONDS", 900, True),
        ("SECONDS", 900.5, False),
        ("SCORE", 900, True),
        ("SCORE", 899, False),
        ("SECONDS", None, None),
        (None, 900, None),
    ],
)
async def test_a_threshold_tells_whether_the_promise_was_kept(
    ask: Answering, measure: str | None, measured: float | None, *, met: bool | None
) -> None:
    await upserted(ask, standardMeasure=measure, standardThreshold=900 if measure else None)

    await ingested(ask, event("g-1", touchpointKey="security", measured=measured))

    assert [one["standardMet"] for one in await all_events(ask)] == [met]


async def test_the_sources_own_judgement_wins(ask: Answering) -> None:
    await upserted(ask)

    await ingested(ask, event("g-1", touchpointKey="security", measured=901, standardMet=True))

    assert [one["standardMet"] for one in await all_events(ask)] == [True]


async def test_an_event_of_somebody_unknown_is_kept_as_it_was_sent(ask: Answering) -> None:
    answer = await ingested(
        ask,
        event("g-1", customer=BY_CRM, touchpointKey="security"),
        event("g-2", customer={"email": "ada@example.org"}),
        event("g-3", touchpointKey="security", channel="WEB"),
        event("g-4"),
    )

    assert answer["summary"]["created"] == 4
    kept = [
        (one["unmatched"], one["unmatchedCustomer"], one["unmatchedTouchpointKey"], one["channel"])
        for one in await all_events(ask)
    ]
    assert kept == [
        ("BOTH", {"system": "crm", "value": "A1"}, "security", "OTHER"),
        ("CUSTOMER", {"system": None, "value": "ada@example.org"}, None, "OTHER"),
        ("TOUCHPOINT", None, "security", "WEB"),
        (None, None, None, "OTHER"),
    ]


async def test_the_same_key_again_is_a_duplicate(ask: Answering) -> None:
    first = await ingested(ask, event("g-1"))

    again = await ingested(ask, event("g-1", type="OTHERWISE"), event("g-2"), event("g-2"))

    assert [row["outcome"] for row in again["results"]] == ["DUPLICATE", "CREATED", "DUPLICATE"]
    assert again["results"][0]["event"] == first["results"][0]["event"]
    assert again["results"][2]["event"] == again["results"][1]["event"]
    assert again["summary"] == {"received": 3, "created": 1, "duplicates": 2, "rejected": 0}
    assert [one["type"] for one in await all_events(ask)] == ["SCREENED", "SCREENED"]


async def test_the_same_key_of_another_source_is_another_event(ask: Answering) -> None:
    await ingested(ask, event("g-1"))

    answer = await ingested(ask, event("g-1"), source="lanes")

    assert [row["outcome"] for row in answer["results"]] == ["CREATED"]


async def test_refused_rows_are_left_out_and_say_why(ask: Answering) -> None:
    nobody = "cus_01900000-0000-7000-8000-000000000000"
    answer = await ingested(
        ask,
        event("g-1"),
        event("g-2", occurredAt="2999-01-01T00:00:00Z"),
        event("", type="X"),
        event("g-4", customer={"id": nobody}),
        event("g-5", journeyInstance=nobody.replace("cus", "jin")),
        event("g-6", properties=[1]),
    )

    refused = [
        (row["userErrors"][0]["code"], row["userErrors"][0]["field"])
        for row in answer["results"]
        if row["outcome"] == "REJECTED"
    ]
    assert refused == [
        ("INVALID", ["events", "1", "occurredAt"]),
        ("REQUIRED", ["events", "2", "key"]),
        ("NOT_FOUND", ["events", "3", "customer", "id"]),
        ("NOT_FOUND", ["events", "4", "journeyInstance"]),
        ("INVALID", ["events", "5", "properties"]),
    ]
    assert [one["key"] for one in await all_events(ask)] == ["g-1"]


async def test_one_refused_row_can_refuse_the_whole_batch(
    ask: Answering, database: Database, actor: Actor
) -> None:
    answer = await ingested(
        ask, event("g-1"), event("g-2", occurredAt="2999-01-01T00:00:00Z"), errorPolicy="REJECT_ALL"
    )

    assert [(row["outcome"], row["event"]) for row in answer["results"]] == [
        ("REJECTED", None),
        ("REJECTED", None),
    ]
    assert await all_events(ask) == []
    assert await outbox(database, actor) == []


async def test_a_dry_run_tells_everything_and_keeps_nothing(ask: Answering) -> None:
    await ingested(ask, event("g-1"))

    answer = await ingested(ask, event("g-1"), event("g-2"), dryRun=True)

    assert [(row["outcome"], row["event"]) for row in answer["results"]] == [
        ("DUPLICATE", None),
        ("CREATED", None),
    ]
    assert [one["key"] for one in await all_events(ask)] == ["g-1"]


async def test_more_than_a_thousand_events_are_refused_unread(ask: Answering) -> None:
    answer = await ingested(ask, *(event(f"g-{n}") for n in range(1_001)))

    assert [(e["code"], e["field"]) for e in answer["userErrors"]] == [("LIMIT_EXCEEDED", ["events"])]
    assert answer["summary"] is None
    assert await all_events(ask) == []


async def test_a_batch_is_announced_once(ask: Answering, database: Database, actor: Actor) -> None:
    await ingested(ask, event("g-1"))

    answer = await ingested(ask, event("g-1"), event("g-2"), event("g-3"))

    created = [row["event"]["id"].removeprefix("tpe_") for row in answer["results"][1:]]
    announced = (await outbox(database, actor))[1]
    assert announced["type"] == "touchpoint_event.ingested"
    assert announced["payload"] == {"source": "gates", "count": 2, "ids": created}
    assert len(await outbox(database, actor)) == 2


async def test_a_silent_import_announces_nothing(ask: Answering, database: Database, actor: Actor) -> None:
    answer = await ingested(ask, event("g-1"), silent=True)

    assert answer["summary"]["created"] == 1
    assert await outbox(database, actor) == []


async def test_an_event_of_a_journey_is_its_customers(ask: Answering) -> None:
    await publish(ask, await drafted(ask))
    ada = (await ask(ADA))["customerUpsert"]["customer"]["id"]
    await ask('mutation{customerUpsert(input:{match:{email:"bob@example.org"}}){customer{id}}}')
    starting = """mutation($id: ID!) { journeyInstanceStart(input: {journeyKey: "departure",
        customer: {id: $id}}) { instance { id } } }"""
    instance = (await ask(starting, id=ada))["journeyInstanceStart"]["instance"]["id"]

    answer = await ingested(
        ask,
        event("g-1", journeyInstance=instance),
        event("g-2", journeyInstance=instance, customer={"email": "bob@example.org"}),
    )

    assert [row["outcome"] for row in answer["results"]] == ["CREATED", "REJECTED"]
    assert answer["results"][1]["userErrors"] == [
        {"code": "INVALID", "field": ["events", "1", "journeyInstance"]}
    ]
    found = await ask("""{ customer(ref: {externalId: {system: "crm", value: "A1"}}) {
        touchpointEvents { nodes { key } }
        journeyInstances { nodes { touchpointEvents { nodes { key } } } } } }""")
    assert found["customer"] == {
        "touchpointEvents": {"nodes": [{"key": "g-1"}]},
        "journeyInstances": {"nodes": [{"touchpointEvents": {"nodes": [{"key": "g-1"}]}}]},
    }


async def test_events_are_matched_again_when_their_references_are_known(
    ask: Answering, database: Database, actor: Actor
) -> None:
    await ingested(
        ask,
        event("g-1", customer=BY_CRM, touchpointKey="security", measured=60),
        event("g-2", customer={"email": "ada@example.org"}),
        event("g-3", customer={"email": "somebody@example.org"}),
    )
    await ask(ADA)
    await upserted(ask)

    answer = (await ask(REATTRIBUTE))["touchpointEventsReattribute"]

    assert answer == {"reattributed": 2, "userErrors": []}
    kept = [
        (one["key"], one["customer"], one["touchpoint"], one["unmatched"], one["standardMet"])
        for one in await all_events(ask)
    ]
    ada = {"displayName": "Ada"}
    assert kept == [
        ("g-1", ada, {"key": "security"}, None, True),
        ("g-2", ada, None, None, None),
        ("g-3", None, None, "CUSTOMER", None),
    ]
    announced = [row["type"] for row in await outbox(database, actor)]
    assert announced == ["touchpoint_event.ingested", "touchpoint_event.reattributed"]


async def test_what_is_found_of_an_event_is_matched_and_the_rest_waits(ask: Answering) -> None:
    await ingested(ask, event("g-1", customer=BY_CRM, touchpointKey="security"))
    await upserted(ask)

    await ask(REATTRIBUTE)

    (kept,) = await all_events(ask)
    assert (kept["unmatched"], kept["touchpoint"]) == ("CUSTOMER", {"key": "security"})
    assert kept["unmatchedCustomer"] == {"system": "crm", "value": "A1"}
    assert kept["unmatchedTouchpointKey"] is None


async def test_matching_is_bounded_and_goes_on_where_it_stopped(ask: Answering) -> None:
    await ingested(ask, *(event(f"g-{n}", touchpointKey="security") for n in range(3)))
    await upserted(ask)

    counts = [(await ask(REATTRIBUTE, limit=2))["touchpointEventsReattribute"] for _ in range(3)]

    assert [answer["reattributed"] for answer in counts] == [2, 1, 0]


async def test_a_bound_beyond_a_thousand_is_refused(ask: Answering) -> None:
    answer = (await ask(REATTRIBUTE, limit=1_001))["touchpointEventsReattribute"]

    assert answer == {"reattributed": None, "userErrors": [{"code": "INVALID", "field": ["limit"]}]}


async def test_events_are_filtered_and_ordered_by_when_they_happened(ask: Answering) -> None:
    await upserted(ask)
    await ingested(
        ask,
        event("g-1", occurredAt="2026-01-03T00:00:00Z", channel="WEB"),
        event("g-2", occurredAt="2026-01-01T00:00:00Z", type="BOARDED"),
        event("g-3", occurredAt="2026-01-02T00:00:00Z", customer=BY_CRM, touchpointKey="security"),
    )

    found = await ask("""{ latest: touchpointEvents { nodes { key } }
        type: touchpointEvents(filter: {type: {eq: "BOARDED"}}) { nodes { key } }
        channel: touchpointEvents(filter: {channel: [WEB]}) { nodes { key } }
        lost: touchpointEvents(filter: {unmatched: [CUSTOMER, BOTH]}) { nodes { key } }
        early: touchpointEvents(filter: {occurredAt: {lt: "2026-01-02T00:00:00Z"}}) { nodes { key } }
        there: touchpoint(key: "security") { events(filter: {not: {unmatched: [BOTH]}}) { nodes { key } } }
        one: touchpointEvent(source: "gates", key: "g-2") { type }
        none: touchpointEvent(source: "lanes", key: "g-2") { type } }""")

    def keys(name: str) -> list[str]:
        return [one["key"] for one in found[name]["nodes"]]

    assert keys("latest") == ["g-1", "g-3", "g-2"]
    assert keys("type") == ["g-2"]
    assert keys("channel") == ["g-1"]
    assert keys("lost") == ["g-3"]
    assert keys("early") == ["g-2"]
    assert found["there"] == {"events": {"nodes": [{"key": "g-3"}]}}
    assert (found["one"], found["none"]) == ({"type": "BOARDED"}, None)


async def test_merging_customers_hands_over_their_events(ask: Answering) -> None:
    ada = (await ask(ADA))["customerUpsert"]["customer"]["id"]
    twin = (await ask('mutation{customerUpsert(input:{match:{email:"a@example.org"}}){customer{id}}}'))[
        "customerUpsert"
    ]["customer"]["id"]
    await ingested(ask, event("g-1", customer={"id": twin}))

    await ask(
        """mutation($a: ID!, $b: ID!) { customerMerge(input: {survivorId: $a, mergedId: $b, reason: "same"}) {
        merge { id } } }""",
        a=ada,
        b=twin,
    )

    assert [one["customer"] for one in await all_events(ask)] == [{"displayName": "Ada"}]
