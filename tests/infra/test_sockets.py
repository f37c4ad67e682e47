"""Is graphql-transport-ws spoken to the letter, and does everybody get what happens, and nobody else's?"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from infra import sockets
from infra.database import Database
from infra.outbox import last_position
from schema.ground import ids
from service.customers.tables import Customer
from service.ground.actor import Actor
from service.ground.keys import uuid7
from tests.infra.relaying import tell
from tests.infra.replicas import Client, Replica, client, replica

ALL = "subscription { events { id type } }"


@pytest.fixture(scope="module")
async def service(database_url: str) -> AsyncIterator[Replica]:
    async with replica(database_url) as found:
        yield found


@pytest.fixture
async def listener(service: Replica, actor: Actor) -> AsyncIterator[Client]:
    async with client(service.address, actor.tenant_key) as found:
        yield await found.init()


async def customer_of(database: Database, actor: Actor, name: str = "Ada") -> Customer:
    async with database.work(actor) as session:
        found = session.add(Customer(display_name=name))
        session.emit("customer.created", found.id)
    return found


async def types_heard(listening: Client, number: int) -> list[str]:
    heard = [await listening.hear() for _ in range(number)]
    return [one["payload"]["data"]["events"]["type"] for one in heard]


async def test_a_subscriber_hears_what_happens_with_what_it_asked_for(
    listener: Client, database: Database, actor: Actor
) -> None:
    query = """subscription { events {
        type actor subject { ... on Customer { id displayName } } customer { id } } }"""
    await listener.subscribe("1", query)
    await listener.settled()
    ada = await customer_of(database, actor)

    heard = await listener.hear()

    named = f"cus_{ada.id}"
    assert (heard["id"], heard["type"]) == ("1", "next")
    assert heard["payload"]["data"] == {
        "events": {
            "type": "customer.created",
            "actor": "someone",
            "subject": {"id": named, "displayName": "Ada"},
            "customer": {"id": named},
        }
    }
    assert heard["payload"]["extensions"]["eventId"].startswith("evt_")


async def test_a_subscription_ends_when_the_client_completes_it(
    listener: Client, database: Database, actor: Actor
) -> None:
    await listener.subscribe("1", ALL)
    await listener.settled()
    await listener.say(id="1", type="complete")
    await listener.subscribe("2", ALL)
    await listener.settled()
    await tell(database, actor, "team.created")

    assert (await listener.hear())["id"] == "2"
    await listener.settled()


async def test_only_the_wanted_types_and_customers_are_told(
    listener: Client, database: Database, actor: Actor
) -> None:
    eve = await customer_of(database, actor, "Eve")
    ada = await customer_of(database, actor)
    query = """subscription($types: [String!], $ids: [ID!]) {
        events(types: $types, customerIds: $ids) { type subject { ... on Customer { id } } } }"""
    wanted = ["customer.updated", "customer.unmerged"]
    await listener.subscribe("1", query, types=wanted, ids=[f"cus_{ada.id}"])
    await listener.settled()
    await tell(database, actor, "customer.updated", subject=eve.id)
    await tell(database, actor, "customer.merged", "customer.updated", subject=ada.id)

    heard = await listener.hear()

    subject = {"id": f"cus_{ada.id}"}
    assert heard["payload"]["data"]["events"] == {"type": "customer.updated", "subject": subject}
    await listener.settled()


async def test_another_tenant_hears_nothing(
    service: Replica, listener: Client, database: Database, actor: Actor, stranger: Actor
) -> None:
    async with client(service.address, stranger.tenant_key) as other:
        await other.init()
        for one in (listener, other):
            await one.subscribe("1", ALL)
            await one.settled()
        await tell(database, actor, "team.created")
        assert await types_heard(listener, 1) == ["team.created"]
        await tell(database, stranger, "survey.created")

        assert await types_heard(other, 1) == ["survey.created"]
    await listener.settled()


async def test_who_may_not_read_a_chapter_is_not_told_of_it(
    service: Replica, database: Database, actor: Actor
) -> None:
    issuer = service.application._development
    assert issuer is not None
    token = issuer.token(tenant=actor.tenant_key, subject="ada", roles=["viewer"])
    async with client(service.address) as viewer:
        await viewer.init(Authorization=f"Bearer {token}")
        await viewer.subscribe("1", ALL)
        await viewer.settled()
        await tell(database, actor, "api_key.created", "team.created")

        assert await types_heard(viewer, 1) == ["team.created"]


async def test_a_pong_tells_that_a_subscription_has_begun(
    listener: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_begin = asyncio.Event()

    async def late(database: Database, tenant_id: UUID) -> int:
        await may_begin.wait()
        return await last_position(database, tenant_id)

    monkeypatch.setattr("infra.subscriptions.last_position", late)
    monkeypatch.setattr(sockets, "BEGINNING_SECONDS", 60.0)

    await listener.subscribe("1", ALL)
    settled = asyncio.create_task(listener.settled())
    told, _ = await asyncio.wait({settled}, timeout=0.3)
    may_begin.set()
    await settled

    assert told == set()


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ('events(types: ["no.such"]) { id }', "BAD_USER_INPUT"),
        ('events(after: "evt_x") { id }', "BAD_USER_INPUT"),
        ('interactionChanged(id: "cus_x") { id }', "BAD_USER_INPUT"),
        ('metricUpdated(id: "NOPE") { asOf }', "BAD_USER_INPUT"),
        ("nothing { id }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_what_cannot_be_waited_for_is_refused_and_the_others_live(
    listener: Client, field: str, code: str
) -> None:
    await listener.subscribe("1", f"subscription {{ {field} }}")

    heard = await listener.hear()

    assert (heard["id"], heard["type"]) == ("1", "error")
    assert heard["payload"][0]["extensions"]["code"] == code
    await listener.subscribe("2", ALL)
    await listener.settled()


async def test_queries_and_mutations_do_not_travel_here(listener: Client) -> None:
    await listener.subscribe("1", "{ viewer { subject } }")

    assert (await listener.hear())["payload"][0]["message"].startswith("Only subscriptions travel this way")


async def test_a_role_without_events_may_not_subscribe(service: Replica, actor: Actor) -> None:
    async with client(service.address, actor.tenant_key, **{"x-cx-roles": "nobody"}) as nobody:
        await nobody.init()
        await nobody.subscribe("1", ALL)

        heard = await nobody.hear()

    assert heard["payload"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("no json", 4400),
        ("[]", 4400),
        ('{"id": "1"}', 4400),
        ('{"type": "unheard_of"}', 4400),
        ('{"type": "next", "id": "1", "payload": {}}', 4400),
        ('{"type": "subscribe", "payload": {"query": "x"}}', 4400),
        ('{"type": "subscribe", "id": "", "payload": {"query": "x"}}', 4400),
        ('{"type": "subscribe", "id": "1"}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": {"query": 1}}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": {"query": "x", "variables": []}}', 4400),
        ('{"type": "complete"}', 4400),
        ('{"type": "ping", "payload": 1}', 4400),
        ('{"type": "connection_init"}', 4429),
        (b"\x00", 4400),
    ],
)
async def test_a_message_out_of_order_closes_the_socket(
    listener: Client, sent: str | bytes, code: int
) -> None:
    await listener.connection.send(sent)

    assert (await listener.closed())[0] == code


async def test_pings_are_answered_and_pongs_are_taken(listener: Client) -> None:
    await listener.say(type="pong", payload={"a": 1})
    await listener.say(type="ping", payload={"b": 2})

    assert await listener.hear() == {"type": "pong"}


async def test_subscribing_before_the_beginning_is_unauthorized(service: Replica, actor: Actor) -> None:
    async with client(service.address, actor.tenant_key) as early:
        await early.subscribe("1", ALL)

        assert await early.closed() == (4401, "Unauthorized")


async def test_the_same_id_twice_is_refused(listener: Client) -> None:
    await listener.subscribe("twin", ALL)
    await listener.subscribe("twin", ALL)

    assert await listener.closed() == (4409, "Subscriber for twin already exists")


async def test_who_says_nothing_is_sent_away(
    service: Replica, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "INIT_SECONDS", 0.05)
    async with client(service.address, actor.tenant_key) as silent:
        assert await silent.closed() == (4408, "Connection initialisation timeout")


async def test_who_is_nobody_is_forbidden(service: Replica) -> None:
    async with client(service.address, "no-such-tenant") as nobody:
        await nobody.say(type="connection_init")

        assert (await nobody.closed())[0] == 4403


async def test_a_socket_is_closed_when_its_token_expires(
    service: Replica, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = service.application._development
    assert issuer is not None
    monkeypatch.setattr("infra.development.LIFETIME_SECONDS", 1)
    token = issuer.token(tenant=actor.tenant_key, subject="ada", roles=["viewer"])
    async with client(service.address) as short:
        await short.init(authorization=f"Bearer {token}")

        assert await short.closed() == (4401, "The token has expired")


async def test_other_protocols_and_foreign_pages_are_not_accepted(service: Replica, actor: Actor) -> None:
    url = f"ws://{service.address}/graphql"
    async with connect(url, subprotocols=["graphql-ws"]) as old:  # type: ignore[list-item]  # a NewType
        await old.wait_closed()
        assert old.close_code == 4406
    with pytest.raises(InvalidStatus) as refused:
        await connect(url, origin="https://evil.example", subprotocols=["graphql-transport-ws"])  # type: ignore[arg-type, list-item]  # NewTypes
    assert refused.value.response.status_code == 403


async def test_a_socket_has_only_so_many_subscriptions_and_messages(listener: Client) -> None:
    for n in range(sockets.MOST_SUBSCRIPTIONS):
        await listener.subscribe(str(n), ALL)
    await listener.subscribe("more", ALL)
    assert (await listener.hear())["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
    for _ in range(sockets.MOST_MESSAGES):
        await listener.connection.send('{"type":"pong"}')

    assert await listener.closed() == (4429, "Too many messages")


async def test_a_huge_message_is_refused(listener: Client) -> None:
    await listener.connection.send('{"type":"ping","payload":{"x":"' + "x" * 200_000 + '"}}')

    assert (await listener.closed())[0] == 1009


async def test_interactions_recoveries_and_loops_are_shown_as_they_are(
    listener: Client, database: Database, actor: Actor, service: Replica
) -> None:
    async with httpx.AsyncClient(headers={"x-cx-tenant": actor.tenant_key}) as http:
        ada = await customer_of(database, actor)
        opened = await http.post(service.url, json={"query": OPEN, "variables": {"input": MATTER}})
        interaction = opened.json()["data"]["interactionLog"]["interaction"]["id"]
        changed = "subscription($id: ID!) { interactionChanged(id: $id) { id subject } }"
        await listener.subscribe("1", changed, id=interaction)
        await listener.subscribe("2", "subscription { recoveryDue { id status feedback { npsCategory } } }")
        await listener.settled()
        await tell(database, actor, "interaction.updated", subject=uuid7())
        await tell(database, actor, "interaction.updated", subject=ids.split(interaction)[1])  # type: ignore[index]  # an id
        first = await listener.hear()
        said = await http.post(service.url, json={"query": SUBMIT, "variables": {"id": f"cus_{ada.id}"}})
        assert said.json()["data"]["feedbackSubmit"]["userErrors"] == []
        second = await listener.hear()
        while second["id"] == "1":  # the matter's own opening may have been relayed after it was watched
            second = await listener.hear()
        recovery = second["payload"]["data"]["recoveryDue"]["id"]
        await tell(database, actor, "recovery.overdue", subject=ids.split(recovery)[1])  # type: ignore[index]  # an id
        third = await listener.hear()

    assert first["payload"]["data"]["interactionChanged"] == {"id": interaction, "subject": "Late"}
    assert second["id"] == "2"
    assert second["payload"]["data"]["recoveryDue"]["status"] == "OPEN"
    assert second["payload"]["data"]["recoveryDue"]["feedback"] == {"npsCategory": "DETRACTOR"}
    assert third["payload"]["data"] == second["payload"]["data"]


OPEN = "mutation($input: InteractionLogInput!) { interactionLog(input: $input) { interaction { id } } }"
MATTER = {"channel": "EMAIL", "subject": "Late"}
SUBMIT = """mutation($id: ID!) { feedbackSubmit(input: { customer: { id: $id }, kind: NPS, score: 1 }) {
    userErrors { message } feedback { id } } }"""


async def test_a_metric_is_told_of_once_in_a_while(
    listener: Client, database: Database, actor: Actor
) -> None:
    query = """subscription { metricUpdated(id: "NPS", minIntervalSeconds: 1) {
        metric { id } query { feedback(first: 1) { totalCount } } } }"""
    await listener.subscribe("1", query)
    await listener.settled()
    for _ in range(5):
        await tell(database, actor, *["feedback.submitted"] * 3)

    heard: list[dict[str, Any]] = [await listener.hear()]
    await asyncio.sleep(1.3)
    await listener.say(type="ping")
    while heard[-1]["type"] != "pong":
        heard.append(await listener.hear())

    updates = [one["payload"]["data"]["metricUpdated"] for one in heard[:-1]]
    assert len(updates) <= 2
    assert updates[0] == {"metric": {"id": "NPS"}, "query": {"feedback": {"totalCount": 0}}}
