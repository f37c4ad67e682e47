"""Who may register what? A document is checked against the schema and against what one may see."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from infra.database import Database
from schema.execution import Graph, Request
from service.ground.actor import Actor
from service.ground.scopes import EVERY, Scope
from tests.ground import Answering
from tests.webhooks.conftest import DOCUMENT, REGISTER, Register, name_customer
from tests.webhooks.inside import INSIDE

URL = "https://hooks.acme.com/in"
COUNT = "{webhookEndpoints{totalCount}}"
DRY = """mutation($input:WebhookDryRunInput!){webhookDryRun(input:$input){body bytes
userErrors{code message field}}}"""


async def asked(graph: Graph, actor: Actor, source: str, **variables: object) -> dict[str, Any]:
    """Ask as somebody else."""
    answer = await graph.answer(Request(source, variables=variables), actor)
    found: dict[str, Any] = orjson.loads(answer.body)
    return found


async def test_an_endpoint_keeps_what_its_registrar_may_read_and_shows_its_secret_once(
    ask: Answering, register: Register, database: Database, actor: Actor
) -> None:
    id_, secret = await register(URL, "customer.created", "feedback.*")

    shown = await ask("{webhookEndpoints{nodes{id eventTypes scopes registeredBy status}}}")
    rows = await database.within(
        actor.tenant_id, "SELECT * FROM webhook_endpoint WHERE tenant_id = $1", actor.tenant_id
    )
    assert shown["webhookEndpoints"]["nodes"] == [
        {
            "id": id_,
            "eventTypes": ["customer.created", "feedback.*"],
            "scopes": sorted(scope for scope in EVERY if scope.endswith(":read")),
            "registeredBy": "someone",
            "status": "ENABLED",
        }
    ]
    assert secret.startswith("whsec_")
    assert secret.removeprefix("whsec_") not in str(dict(rows[0]))


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        ({"url": "https://127.0.0.2/"}, "INVALID", ["url"]),
        ({"url": INSIDE[9]}, "INVALID", ["url"]),
        ({"eventTypes": []}, "REQUIRED", ["eventTypes"]),
        ({"eventTypes": ["nothing.happened"]}, "INVALID", ["eventTypes", "0"]),
        ({"eventTypes": ["customer"]}, "INVALID", ["eventTypes", "0"]),
        ({"eventTypes": ["customer.*", "customer.exploded"]}, "INVALID", ["eventTypes", "1"]),
        ({"eventTypes": ["webhook_endpoint.registered"]}, "INVALID", ["eventTypes", "0"]),
        ({"document": " "}, "REQUIRED", ["document"]),
        ({"document": "{"}, "INVALID", ["document"]),
        ({"document": "{ nothing }"}, "INVALID", ["document"]),
        ({"document": "mutation { __typename }"}, "INVALID", ["document"]),
        ({"document": "query($id: ID!) { node(id: $id) { id } }"}, "INVALID", ["document"]),
        ({"document": "query($subject: Int) { __typename }"}, "INVALID", ["document"]),
        ({"document": "{ viewer { __typename } } query B { __typename }"}, "INVALID", ["document"]),
        ({"document": "#" * 20_001}, "INVALID", ["document"]),
        ({"description": "x" * 501}, "INVALID", ["description"]),
    ],
)
async def test_what_cannot_be_told_is_refused_and_nothing_is_kept(
    ask: Answering, wish: dict[str, object], code: str, field: list[str]
) -> None:
    whole = {"url": URL, "eventTypes": ["customer.*"], "document": DOCUMENT, **wish}

    done = (await ask(REGISTER, input=whole))["webhookRegister"]

    assert done["secret"] is None
    assert [(one["code"], one["field"]) for one in done["userErrors"]] == [(code, field)]
    assert await ask(COUNT) == {"webhookEndpoints": {"totalCount": 0}}


@pytest.mark.parametrize(
    ("types", "document"),
    [
        (["feedback.*"], "query($subject: ID!) { node(id: $subject) { id } }"),
        (["customer.*"], "query($subject: ID!) { feedback: feedbacks { totalCount } }"),
    ],
)
async def test_nobody_is_told_what_the_registrar_may_not_read(
    ask: Answering, graph: Graph, actor: Actor, types: list[str], document: str
) -> None:
    less = replace(actor, scopes=EVERY - {Scope.FEEDBACK_READ})
    wish = {"url": URL, "eventTypes": types, "document": document}

    done = await asked(graph, less, REGISTER, input=wish)

    assert "webhookRegister" in done["data"], done
    assert done["data"]["webhookRegister"]["userErrors"] != []
    assert await ask(COUNT) == {"webhookEndpoints": {"totalCount": 0}}


async def test_without_the_scope_nothing_is_registered(ask: Answering, graph: Graph, actor: Actor) -> None:
    less = replace(actor, scopes=EVERY - {Scope.WEBHOOKS_DESIGN})
    wish = {"url": URL, "eventTypes": ["customer.*"], "document": DOCUMENT}

    done = await asked(graph, less, REGISTER, input=wish)

    assert [one["code"] for one in done["data"]["webhookRegister"]["userErrors"]] == ["FORBIDDEN"]
    assert await ask(COUNT) == {"webhookEndpoints": {"totalCount": 0}}


async def test_a_dry_run_shows_the_message_of_the_newest_event(ask: Answering) -> None:
    customer = await name_customer(ask, "ada", "Ada")

    done = (await ask(DRY, input={"eventType": "customer.created", "document": DOCUMENT}))["webhookDryRun"]

    said = orjson.loads(done["body"])
    assert done["userErrors"] == []
    assert (said["type"], said["subject"]) == ("customer.created", customer)
    assert said["data"] == {"node": {"id": customer, "displayName": "Ada"}}
    assert done["bytes"] == len(done["body"])
    assert await ask("{webhookDeliveries{totalCount}}") == {"webhookDeliveries": {"totalCount": 0}}


async def test_a_dry_run_without_any_event_asks_for_a_subject(ask: Answering) -> None:
    done = (await ask(DRY, input={"eventType": "customer.created", "document": DOCUMENT}))["webhookDryRun"]

    assert (done["body"], [one["field"] for one in done["userErrors"]]) == (None, [["subjectId"]])


async def test_a_changed_endpoint_is_told_the_new_thing(ask: Answering, register: Register) -> None:
    id_, _ = await register(URL)
    source = """mutation($input:WebhookUpdateInput!){webhookUpdate(input:$input)
    {endpoint{url eventTypes version} userErrors{code}}}"""
    wish = {"url": URL + "/2", "eventTypes": ["account.*"], "document": DOCUMENT, "expectedVersion": 1}

    first = (await ask(source, input={"endpointId": id_, **wish}))["webhookUpdate"]
    again = (await ask(source, input={"endpointId": id_, **wish}))["webhookUpdate"]

    assert first["endpoint"] == {"url": URL + "/2", "eventTypes": ["account.*"], "version": 2}
    assert [one["code"] for one in again["userErrors"]] == ["STALE_VERSION"]
