"""Does writing customers do what a CRM integration expects?"""

import asyncio
from typing import Any

from infra.database import Database
from schema.execution import Graph, Request
from service.customers.tables import Customer
from service.ground.actor import Actor
from service.ground.keys import uuid7
from tests.ground import Answering

UPSERT = """mutation($input: CustomerUpsertInput!) { customerUpsert(input: $input) {
  outcome customer { id displayName email lifecycleStage version externalIds { system value }
    segments { nodes { key } } lifecycle { stage } account { name } }
  userErrors { code message field } } }"""

BATCH = """mutation($input: CustomerBatchUpsertInput!) { customerBatchUpsert(input: $input) {
  summary { received created updated unchanged rejected }
  results { index outcome customer { id } userErrors { code field } } userErrors { code message } } }"""

ACCOUNT = """mutation($name: String!) { accountUpsert(
  input: {match: {externalId: {system: "crm", value: $name}}, name: $name}) { account { id } } }"""

COUNT = "{ customers { totalCount } }"


def named(value: str, system: str = "crm") -> dict[str, Any]:
    """Return a match by external id."""
    return {"externalId": {"system": system, "value": value}}


async def upsert(ask: Answering, **sent: object) -> dict[str, Any]:
    """Upsert one customer and return the payload."""
    payload: dict[str, Any] = (await ask(UPSERT, input=sent))["customerUpsert"]
    return payload


async def test_an_unknown_external_id_creates_a_customer(ask: Answering) -> None:
    payload = await upsert(ask, match=named("1"), displayName="Zoë", segments=["vip"])
    assert payload["outcome"] == "CREATED"
    customer = payload["customer"]
    assert customer["externalIds"] == [{"system": "crm", "value": "1"}]
    assert customer["segments"]["nodes"] == [{"key": "vip"}]
    assert customer["lifecycle"] == [{"stage": "ACTIVE"}]


async def test_the_same_again_changes_nothing(ask: Answering) -> None:
    first = await upsert(ask, match=named("1"), displayName="Zoë", segments=["vip"])
    second = await upsert(ask, match=named("1"), displayName="Zoë", segments=["vip"])
    assert second["outcome"] == "UNCHANGED"
    assert second["customer"] == first["customer"]


async def test_absent_keeps_and_null_clears(ask: Answering) -> None:
    await upsert(ask, match=named("1"), displayName="Zoë", email="z@x.org")
    payload = await upsert(ask, match=named("1"), email=None)
    assert payload["outcome"] == "UPDATED"
    assert payload["customer"]["displayName"] == "Zoë"
    assert payload["customer"]["email"] is None


async def test_an_email_match_never_merges_two_customers(ask: Answering) -> None:
    await upsert(ask, match=named("1"), email="same@x.org")
    await upsert(ask, match=named("2"), email="same@x.org")
    assert await ask(COUNT) == {"customers": {"totalCount": 2}}


async def test_an_email_finds_or_creates_one_customer(ask: Answering) -> None:
    first = await upsert(ask, match={"email": "z@x.org"}, displayName="Zoë")
    second = await upsert(ask, match={"email": "z@x.org"}, displayName="Zoe")
    assert (first["outcome"], second["outcome"]) == ("CREATED", "UPDATED")
    assert first["customer"]["id"] == second["customer"]["id"]


async def test_anothers_external_id_is_refused_and_nothing_changes(ask: Answering) -> None:
    await upsert(ask, match=named("1"))
    payload = await upsert(ask, match=named("2"), externalIds=[{"system": "crm", "value": "1"}])
    assert payload["customer"] is None
    assert [error["code"] for error in payload["userErrors"]] == ["TAKEN"]
    assert await ask(COUNT) == {"customers": {"totalCount": 1}}


async def test_an_old_version_is_refused(ask: Answering) -> None:
    await upsert(ask, match=named("1"), displayName="a")
    await upsert(ask, match=named("1"), displayName="b")
    payload = await upsert(ask, match=named("1"), displayName="c", expectedVersion=1)
    assert payload["userErrors"] == [
        {
            "code": "STALE_VERSION",
            "message": "It has changed: expected version 1, found 2. Read it again and repeat.",
            "field": ["expectedVersion"],
        }
    ]


async def test_the_lifecycle_is_remembered(ask: Answering) -> None:
    await upsert(ask, match=named("1"), lifecycleStage="ONBOARDING")
    payload = await upsert(ask, match=named("1"), lifecycleStage="CHURNED")
    assert payload["customer"]["lifecycle"] == [{"stage": "ONBOARDING"}, {"stage": "CHURNED"}]


async def test_leaving_a_segment_keeps_the_stay(ask: Answering, database: Database, actor: Actor) -> None:
    await upsert(ask, match=named("1"), segments=["a", "b"])
    payload = await upsert(ask, match=named("1"), segments=["b"])
    assert payload["customer"]["segments"]["nodes"] == [{"key": "b"}]
    sql = "SELECT count(*) FROM segment_membership WHERE tenant_id = $1 AND left_at IS NOT NULL"
    assert await database.pool.fetchval(sql, actor.tenant_id) == 1


async def test_a_batch_answers_for_every_row(ask: Answering) -> None:
    await upsert(ask, match=named("taken"))
    rows = [
        {"match": named("1")},
        {"match": named("2"), "externalIds": [{"system": "crm", "value": "taken"}]},
        {"match": named("1"), "displayName": "again"},
        {"match": named("taken")},
    ]
    payload = (await ask(BATCH, input={"customers": rows}))["customerBatchUpsert"]
    assert [result["outcome"] for result in payload["results"]] == [
        "CREATED",
        "REJECTED",
        "UPDATED",
        "UNCHANGED",
    ]
    assert payload["results"][1]["userErrors"] == [
        {"code": "TAKEN", "field": ["customers", "1", "externalIds"]}
    ]
    assert payload["summary"] == {"received": 4, "created": 1, "updated": 1, "unchanged": 1, "rejected": 1}


async def test_a_row_that_names_an_unknown_account_is_refused_alone(ask: Answering) -> None:
    unknown = f"acc_{uuid7()}"
    known = (await ask(ACCOUNT, name="Acme"))["accountUpsert"]["account"]["id"]
    await upsert(ask, match=named("old"))
    rows = [
        {"match": named("1"), "account": known},
        {"match": named("2"), "account": unknown},
        {"match": named("old"), "account": unknown},
        {"match": named("4"), "account": None},
    ]
    payload = (await ask(BATCH, input={"customers": rows}))["customerBatchUpsert"]

    assert [result["outcome"] for result in payload["results"]] == [
        "CREATED",
        "REJECTED",
        "REJECTED",
        "CREATED",
    ]
    assert [payload["results"][n]["userErrors"] for n in (1, 2)] == [
        [{"code": "NOT_FOUND", "field": ["customers", str(n), "account"]}] for n in (1, 2)
    ]
    assert await ask(COUNT) == {"customers": {"totalCount": 3}}


async def test_a_refused_row_refuses_the_batch_if_asked_to(ask: Answering) -> None:
    await upsert(ask, match=named("taken"))
    rows = [
        {"match": named("1")},
        {"match": named("2"), "externalIds": [{"system": "crm", "value": "taken"}]},
    ]
    payload = (await ask(BATCH, input={"customers": rows, "errorPolicy": "REJECT_ALL"}))[
        "customerBatchUpsert"
    ]
    assert [result["outcome"] for result in payload["results"]] == ["REJECTED", "REJECTED"]
    assert await ask(COUNT) == {"customers": {"totalCount": 1}}


async def test_a_dry_run_answers_and_keeps_nothing(ask: Answering) -> None:
    sent = {"customers": [{"match": named("1")}], "dryRun": True}
    payload = (await ask(BATCH, input=sent))["customerBatchUpsert"]
    assert payload["results"] == [{"index": 0, "outcome": "CREATED", "customer": None, "userErrors": []}]
    assert await ask(COUNT) == {"customers": {"totalCount": 0}}


async def test_a_batch_of_more_than_a_thousand_rows_is_refused(ask: Answering) -> None:
    rows = [{"match": named(str(number))} for number in range(1001)]
    payload = (await ask(BATCH, input={"customers": rows}))["customerBatchUpsert"]
    assert payload["userErrors"] == [
        {"code": "LIMIT_EXCEEDED", "message": "At most 1000 rows are accepted here, 1001 were sent."}
    ]
    assert await ask(COUNT) == {"customers": {"totalCount": 0}}


async def test_a_merge_hands_everything_over_and_can_be_undone(ask: Answering) -> None:
    survivor = (await upsert(ask, match=named("1")))["customer"]["id"]
    merged = (await upsert(ask, match=named("2")))["customer"]["id"]
    merge = """mutation($input: CustomerMergeInput!) { customerMerge(input: $input) {
      merge { id survivor { externalIds { value } } merged { mergedInto { id } } } userErrors { code } } }"""
    sent = {"survivorId": survivor, "mergedId": merged, "reason": "the same passport"}
    done = (await ask(merge, input=sent))["customerMerge"]["merge"]
    assert sorted(name["value"] for name in done["survivor"]["externalIds"]) == ["1", "2"]
    assert done["merged"]["mergedInto"] == {"id": survivor}
    assert (await upsert(ask, match=named("2"), displayName="through the old name"))["customer"][
        "id"
    ] == survivor

    unmerge = """mutation($id: ID!) { customerUnmerge(mergeId: $id) {
      merge { unmergedAt merged { mergedInto { id } externalIds { value } } } userErrors { code } } }"""
    undone = (await ask(unmerge, id=done["id"]))["customerUnmerge"]["merge"]
    assert undone["merged"] == {"mergedInto": None, "externalIds": [{"value": "2"}]}
    again = (await ask(unmerge, id=done["id"]))["customerUnmerge"]
    assert again["userErrors"] == [{"code": "INVALID"}]


async def test_a_customer_cannot_be_merged_into_itself(ask: Answering) -> None:
    own = (await upsert(ask, match=named("1")))["customer"]["id"]
    merge = (
        "mutation($input: CustomerMergeInput!) { customerMerge(input: $input) { userErrors { code field } } }"
    )
    payload = await ask(merge, input={"survivorId": own, "mergedId": own, "reason": "no"})
    assert payload["customerMerge"]["userErrors"] == [{"code": "INVALID", "field": ["mergedId"]}]


async def test_an_account_needs_a_name_when_it_is_new(ask: Answering) -> None:
    mutation = """mutation($input: AccountUpsertInput!) { accountUpsert(input: $input) {
      outcome account { name tier } userErrors { code field } } }"""
    refused = (await ask(mutation, input={"match": named("1")}))["accountUpsert"]
    assert refused["userErrors"] == [{"code": "INVALID", "field": ["name"]}]
    made = (await ask(mutation, input={"match": named("1"), "name": "Acme"}))["accountUpsert"]
    changed = (await ask(mutation, input={"match": named("1"), "tier": "gold"}))["accountUpsert"]
    assert (made["outcome"], changed["outcome"]) == ("CREATED", "UPDATED")
    assert changed["account"] == {"name": "Acme", "tier": "gold"}


async def test_two_that_create_the_same_customer_make_one(graph: Graph, actor: Actor, ask: Answering) -> None:
    request = Request(UPSERT, variables={"input": {"match": named("1"), "displayName": "Zoë"}})
    await asyncio.gather(*(graph.answer(request, actor) for _ in range(8)))
    assert await ask(COUNT) == {"customers": {"totalCount": 1}}


async def test_a_failed_write_leaves_no_event(ask: Answering, database: Database, actor: Actor) -> None:
    await upsert(ask, match={"id": f"cus_{actor.tenant_id}"}, displayName="nobody")
    sql = "SELECT count(*) FROM outbox_event WHERE tenant_id = $1"
    assert await database.pool.fetchval(sql, actor.tenant_id) == 0


def test_a_customer_is_kept_under_its_tenant() -> None:
    assert [column.name for column in Customer.__table__.primary_key] == ["tenant_id", "id"]  # type: ignore[attr-defined]
