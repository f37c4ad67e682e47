"""Do subscriptions stream over HTTP, to those who ask for it, and go on after the last event?"""

from collections.abc import AsyncIterator

import httpx
import orjson
import pytest

from infra.database import Database
from service.ground.actor import Actor
from tests.infra.relaying import tell
from tests.infra.replicas import Replica, client, replica

ALL = "subscription { events { id type } }"
PAGE = "https://cx.example"
BOTH = "application/graphql-response+json, application/json, text/event-stream"


@pytest.fixture(scope="module")
async def service(database_url: str) -> AsyncIterator[Replica]:
    async with replica(database_url) as found:
        yield found


async def test_posting_a_subscription_is_answered_with_where_to_go(service: Replica, actor: Actor) -> None:
    async with httpx.AsyncClient(headers={"x-cx-tenant": actor.tenant_key}) as http:
        answer = await http.post(service.url, json={"query": ALL})

    assert answer.json()["errors"][0]["message"].startswith("Subscriptions travel over a WebSocket")


async def test_events_stream_over_http_and_resume_after_the_last(
    service: Replica, database: Database, actor: Actor
) -> None:
    headers = {"x-cx-tenant": actor.tenant_key, "accept": "text/event-stream"}
    async with httpx.AsyncClient(headers=headers, timeout=30) as http:
        async with http.stream("POST", service.url, json={"query": ALL}) as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == ":"
            await tell(database, actor, "team.created")
            first = await told(lines)
        await tell(database, actor, "team.updated")
        last = {"last-event-id": first["id"]}
        async with http.stream("POST", service.url, json={"query": ALL}, headers=last) as stream:
            second = await told(stream.aiter_lines())

    assert stream.headers["content-type"].startswith("text/event-stream")
    assert orjson.loads(first["data"])["data"]["events"] == {"id": first["id"], "type": "team.created"}
    assert orjson.loads(second["data"])["data"]["events"]["type"] == "team.updated"
    assert first["event"] == "next"


async def test_who_takes_json_too_is_sent_a_stream_for_a_subscription_only(
    service: Replica, database: Database, actor: Actor
) -> None:
    headers = {"x-cx-tenant": actor.tenant_key, "accept": BOTH}
    async with httpx.AsyncClient(headers=headers, timeout=30) as http:
        query = await http.post(service.url, json={"query": "{ viewer { subject } }"})
        wrong = await http.post(service.url, json={"query": "{ nobody }"})
        async with http.stream("POST", service.url, json={"query": ALL}) as stream:
            assert await anext(stream.aiter_lines()) == ":"

    assert (query.status_code, wrong.status_code) == (200, 400)
    assert query.json()["data"]["viewer"]["subject"]
    assert wrong.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert stream.headers["content-type"].startswith("text/event-stream")


async def told(lines: AsyncIterator[str]) -> dict[str, str]:
    """Return the next event of a stream, by its lines."""
    found: dict[str, str] = {}
    async for line in lines:
        name, _, text = line.partition(": ")
        if name == "" or line == ":":
            if "data" in found:
                return found
            continue
        found[name] = text
    return found


async def test_a_stream_that_is_refused_says_why(service: Replica, actor: Actor) -> None:
    headers = {"x-cx-tenant": actor.tenant_key, "accept": "text/event-stream"}
    async with httpx.AsyncClient(headers=headers) as http:
        query = await http.post(service.url, json={"query": "{ viewer { subject } }"})
        unknown = await http.post(service.url, json={"query": ALL}, headers={"x-cx-tenant": "nobody"})

    assert (query.status_code, unknown.status_code) == (400, 401)


async def test_a_page_of_an_origin_that_a_setting_names_may_subscribe(
    database_url: str, database: Database, actor: Actor
) -> None:
    headers = {"x-cx-tenant": actor.tenant_key, "accept": "text/event-stream", "origin": PAGE}
    wish = {
        "accept": "*/*",
        "access-control-request-method": "POST",
        "access-control-request-headers": "last-event-id",
    }
    async with (
        replica(database_url, cors_origins=PAGE) as service,
        httpx.AsyncClient(headers=headers, timeout=30) as http,
    ):
        asked = await http.options(service.url, headers=wish)
        wrong = await http.post(service.url, json={"query": "{ viewer { subject } }"})
        async with http.stream("POST", service.url, json={"query": ALL}) as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == ":"
            await tell(database, actor, "team.created")
            heard = await told(lines)
        async with client(service.address, actor.tenant_key, origin=PAGE) as listening:
            await listening.init()

    assert (asked.status_code, wrong.status_code, stream.status_code) == (204, 400, 200)
    assert "last-event-id" in asked.headers["access-control-allow-headers"]
    for answer in (asked, wrong, stream):
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert answer.headers["vary"] == "origin"
    assert stream.headers["cross-origin-resource-policy"] == "cross-origin"
    assert orjson.loads(heard["data"])["data"]["events"]["type"] == "team.created"


async def test_a_page_of_another_origin_may_not_subscribe_and_reads_no_refusal(
    service: Replica, actor: Actor
) -> None:
    headers = {"x-cx-tenant": actor.tenant_key, "accept": "text/event-stream", "origin": PAGE}
    async with httpx.AsyncClient(headers=headers) as http:
        asked = await http.options(service.url, headers={"accept": "*/*"})
        refused = await http.post(service.url, json={"query": ALL})
        own = service.url.removesuffix("/graphql")
        async with http.stream("POST", service.url, json={"query": ALL}, headers={"origin": own}) as stream:
            assert await anext(stream.aiter_lines()) == ":"

    assert refused.status_code == 403
    assert not any("access-control-allow-origin" in one.headers for one in (asked, refused, stream))
    assert stream.headers["cross-origin-resource-policy"] == "same-origin"
