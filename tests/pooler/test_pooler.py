"""Are answers right behind PgBouncer in transaction mode, and is nobody shown what is another's?"""

import asyncio
from collections.abc import Mapping
from typing import Any

from tests.infra.replicas import Replica, client, replica
from tests.pooler.conftest import Stage, ask

TENANTS, ROUNDS, SHARED = 10, 6, 2
UPSERT = """mutation ($name: String!) { customerUpsert(input: {
    match: {externalId: {system: "crm", value: "one"}}, displayName: $name}) {
    customer { displayName } userErrors { code } } }"""
NAMES = "{ customers(first: 50) { totalCount nodes { displayName } } }"
LOGGED = "query ($first: Int!) { interactions(first: $first) { nodes { subject } } }"
LOG = """mutation ($subject: String!) { interactionLog(input: {channel: CHAT, subject: $subject}) {
    interaction { subject } userErrors { code } } }"""
KEYED = LOG.replace("subject: $subject}) {", 'subject: $subject}) @idempotent(key: "once-and-never-again") {')
BATCH = """mutation ($rows: [CustomerUpsertInput!]!) { customerBatchUpsert(input: {customers: $rows}) {
    summary { created } userErrors { code } } }"""
TEAM = """mutation ($name: String!) { teamUpsert(input: {key: "watched", name: $name}) {
    team { name } userErrors { code } } }"""
ALL = "subscription { events { type subject { ... on Team { name } } } }"


async def told(service: Replica, tenant: str, source: str, **variables: object) -> Mapping[str, Any]:
    """Return the data of an answer that has no errors."""
    answer = (await ask(service, tenant, source, **variables)).json()
    assert "errors" not in answer, answer
    data: Mapping[str, Any] = answer["data"]
    return data


async def live(service: Replica, tenant: str) -> None:
    """Write and read what only this tenant has, again and again."""
    for number in range(ROUNDS):
        name = f"{tenant} {number}"
        written, logged = await asyncio.gather(
            told(service, tenant, UPSERT, name=name), told(service, tenant, LOG, subject=name)
        )
        assert written["customerUpsert"]["customer"]["displayName"] == name
        assert logged["interactionLog"]["interaction"]["subject"] == name
        names, matters = await asyncio.gather(
            told(service, tenant, NAMES), told(service, tenant, LOGGED, first=50)
        )
        assert names["customers"] == {"totalCount": 1, "nodes": [{"displayName": name}]}
        subjects = {one["subject"] for one in matters["interactions"]["nodes"]}
        assert subjects == {f"{tenant} {past}" for past in range(number + 1)}


async def test_many_tenants_share_few_connections_and_each_sees_its_own(stage: Stage) -> None:
    tenants = [await stage.tenant() for _ in range(TENANTS)]
    with stage.pooler(default_pool_size=SHARED, reserve_pool_size=0) as pooler:
        async with stage.service(pooler) as service:
            await asyncio.gather(*(live(service, tenant) for tenant in tenants))

            await stage.becomes("%", SHARED)


async def test_without_prepared_statements_in_the_pooler_nothing_works(stage: Stage) -> None:
    tenants = [await stage.tenant() for _ in range(TENANTS)]
    with stage.pooler(default_pool_size=SHARED, max_prepared_statements=0) as pooler:
        async with stage.service(pooler) as service:
            lives = (live(service, tenant) for tenant in tenants)
            ends = await asyncio.gather(*lives, return_exceptions=True)

    assert "INTERNAL" in "".join(str(end) for end in ends)


async def test_a_batch_and_a_request_with_a_key_are_kept_once(stage: Stage) -> None:
    tenant = await stage.tenant()
    rows = [
        {"match": {"externalId": {"system": "crm", "value": str(number)}}, "displayName": f"Row {number}"}
        for number in range(200)
    ]
    with stage.pooler(default_pool_size=SHARED) as pooler:
        async with stage.service(pooler) as service:
            batch = await told(service, tenant, BATCH, rows=rows)
            first, *others = await asyncio.gather(
                *(told(service, tenant, KEYED, subject="once") for _ in range(5))
            )
            counted = await told(service, tenant, NAMES)
            matters = await told(service, tenant, LOGGED, first=5)

    assert batch["customerBatchUpsert"] == {"summary": {"created": 200}, "userErrors": []}
    assert counted["customers"]["totalCount"] == 200
    assert others == [first] * 4
    assert [one["subject"] for one in matters["interactions"]["nodes"]] == ["once"]


async def test_subscribers_hear_through_a_connection_of_its_own_what_the_relay_carries(stage: Stage) -> None:
    tenant = await stage.tenant()
    with stage.pooler() as pooler:
        async with (
            stage.service(pooler) as service,
            replica(stage.url, relay=True) as relaying,
            client(service.address, tenant) as listening,
        ):
            await (await listening.init()).subscribe("1", ALL)
            await listening.settled()
            await told(service, tenant, TEAM, name="Heard")
            heard = await listening.hear()
            await told(relaying, tenant, TEAM, name="Again")
            again = await listening.hear()

    events = [one["payload"]["data"]["events"] for one in (heard, again)]
    assert [event["subject"]["name"] for event in events] == ["Heard", "Again"]


async def test_periodic_work_is_done_through_the_pooler_too(stage: Stage) -> None:
    await stage.fetchval("TRUNCATE periodic_job")
    await stage.tenant()
    with stage.pooler(default_pool_size=SHARED) as pooler:
        async with stage.service(pooler, periodic_work=True):
            await stage.comes_true("SELECT count(*) >= 5 FROM periodic_job WHERE finished_at IS NOT NULL")
