"""Do matters go from their opening to their resolution as their ledgers tell it?"""

from typing import Any

from infra.database import Database
from schema.execution import Graph, Request
from service.ground.actor import Actor
from tests.ground import Answering

MATTER = """id source key channel subject status priority origin assignee slaMet reopenCount openedAt
  firstRespondedAt resolvedAt closedAt lastEventAt version customer { displayName } team { key }
  contactReason { key } secondaryReasons { key }
  events { nodes { position type actor actorKind status body visibility team { key } assignee } }
  messages { totalCount } history { source target reason }
  allowedTransitions { to requires blockedBecause }"""
ERRORS = "userErrors { code message field }"
LOG = f"""mutation($input: InteractionLogInput!) {{ interactionLog(input: $input) {{
  interaction {{ {MATTER} }} {ERRORS} }} }}"""
SAY = f"""mutation($input: InteractionMessageAddInput!) {{ interactionMessageAdd(input: $input) {{
  interaction {{ {MATTER} }} event {{ body }} {ERRORS} }} }}"""
MOVE = f"""mutation($input: InteractionTransitionInput!) {{ interactionTransition(input: $input) {{
  interaction {{ {MATTER} }} {ERRORS} }} }}"""
ASSIGN = f"""mutation($input: InteractionAssignInput!) {{ interactionAssign(input: $input) {{
  interaction {{ {MATTER} }} {ERRORS} }} }}"""
UPDATE = f"""mutation($input: InteractionUpdateInput!) {{ interactionUpdate(input: $input) {{
  interaction {{ {MATTER} }} {ERRORS} }} }}"""
CUSTOMER = """mutation { customerUpsert(input: {
  match: {externalId: {system: "crm", value: "1"}}, displayName: "Zoë"}) { customer { id } } }"""
TEAM = (
    "mutation($input: TeamUpsertInput!) { teamUpsert(input: $input) { outcome team { id key version } "
    + ERRORS
    + " } }"
)
REASON = (
    "mutation($input: ContactReasonUpsertInput!) { contactReasonUpsert(input: $input) { outcome "
    "contactReason { id key name version parent { key } editions { version name parent { key } } "
    "children { nodes { key } } } " + ERRORS + " } }"
)
ZOE = {"externalId": {"system": "crm", "value": "1"}}


async def do(ask: Answering, source: str, /, **sent: object) -> dict[str, Any]:
    """Run one write and return its payload."""
    data = await ask(source, input=sent)
    (payload,) = data.values()
    found: dict[str, Any] = payload
    return found


async def opened(ask: Answering, /, **sent: object) -> dict[str, Any]:
    """Open a matter and return it."""
    payload = await do(ask, LOG, **{"channel": "PHONE", **sent})
    assert payload["userErrors"] == []
    found: dict[str, Any] = payload["interaction"]
    return found


async def moved(ask: Answering, matter: dict[str, Any], to: str, **sent: object) -> dict[str, Any]:
    """Take a step with a matter and return it."""
    payload = await do(ask, MOVE, interactionId=matter["id"], to=to, **sent)
    assert payload["userErrors"] == []
    found: dict[str, Any] = payload["interaction"]
    return found


async def catalogue(ask: Answering) -> None:
    """Make a customer, two teams and two reasons."""
    await ask(CUSTOMER)
    for key in ("billing", "returns"):
        assert (await do(ask, TEAM, key=key, name=key.title()))["userErrors"] == []
    await do(ask, REASON, key="invoice", name="Invoice", kind="QUESTION")
    await do(ask, REASON, key="invoice.wrong", parentKey="invoice", name="Wrong invoice", kind="COMPLAINT")


async def test_a_logged_matter_has_a_ledger_from_its_first_moment(ask: Answering) -> None:
    await catalogue(ask)
    matter = await opened(
        ask,
        customer=ZOE,
        subject="Charged twice",
        message="You charged me twice.",
        contactReason={"key": "invoice.wrong"},
        team={"key": "billing"},
        openedAt="2026-03-01T09:30:00Z",
    )
    assert matter["status"] == "NEW"
    assert matter["source"] == "direct"
    assert matter["id"] == f"int_{matter['key']}"
    assert matter["customer"] == {"displayName": "Zoë"}
    assert matter["team"] == {"key": "billing"}
    assert matter["contactReason"] == {"key": "invoice.wrong"}
    assert matter["openedAt"] == matter["lastEventAt"] == "2026-03-01T09:30:00+00:00"
    assert [(event["type"], event["actorKind"], event["body"]) for event in matter["events"]["nodes"]] == [
        ("OPENED", "CUSTOMER", None),
        ("MESSAGE", "CUSTOMER", "You charged me twice."),
    ]
    assert matter["messages"] == {"totalCount": 1}
    assert matter["history"] == []


async def test_a_matter_can_have_a_key_elsewhere_and_only_once(ask: Answering) -> None:
    first = await opened(ask, source="desk", key="4711")
    again = await do(ask, LOG, channel="PHONE", source="desk", key="4711")
    assert (first["source"], first["key"]) == ("desk", "4711")
    assert again["interaction"] is None
    assert [(error["code"], error["field"]) for error in again["userErrors"]] == [("TAKEN", ["key"])]
    assert await ask("{ interactions { totalCount } }") == {"interactions": {"totalCount": 1}}


async def test_a_matter_refers_to_what_exists(ask: Answering) -> None:
    await catalogue(ask)
    refused = {
        "customer": {"externalId": {"system": "crm", "value": "2"}},
        "contactReason": {"key": "none"},
        "team": {"key": "none"},
        "touchpointKey": "none",
    }
    for field, named in refused.items():
        payload = await do(ask, LOG, channel="CHAT", **{field: named})
        assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [
            ("NOT_FOUND", [field.removesuffix("Key")])
        ]
    stranger = "cus_00000000-0000-7000-8000-000000000000"
    payload = await do(ask, LOG, channel="CHAT", customer={"id": stranger})
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]
    assert await ask("{ interactions { totalCount } }") == {"interactions": {"totalCount": 0}}


async def test_a_matter_cannot_begin_in_the_future(ask: Answering) -> None:
    payload = await do(ask, LOG, channel="CHAT", openedAt="2999-01-01T00:00:00Z")
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [("INVALID", ["openedAt"])]


async def test_the_first_public_words_of_a_person_are_the_first_response(ask: Answering) -> None:
    matter = await opened(ask, openedAt="2026-03-01T09:00:00Z", message="Hello?")
    said = [
        ("BOT", "PUBLIC", "2026-03-01T09:01:00Z"),
        ("AGENT", "INTERNAL", "2026-03-01T09:02:00Z"),
        ("AGENT", "PUBLIC", "2026-03-01T09:05:00Z"),
        ("AGENT", "PUBLIC", "2026-03-01T09:07:00Z"),
    ]
    for party, visibility, at in said:
        payload = await do(
            ask,
            SAY,
            interactionId=matter["id"],
            body="Good morning",
            actorKind=party,
            visibility=visibility,
            occurredAt=at,
        )
        assert payload["userErrors"] == []
    answered = payload["interaction"]
    assert answered["firstRespondedAt"] == "2026-03-01T09:05:00+00:00"
    assert answered["lastEventAt"] == "2026-03-01T09:07:00+00:00"
    assert answered["status"] == "OPEN"
    assert answered["history"] == [{"source": "NEW", "target": "OPEN", "reason": "An answer came."}]


async def test_the_customers_answer_ends_the_wait_for_it(ask: Answering) -> None:
    matter = await moved(ask, await opened(ask), "WAITING_ON_CUSTOMER", reason="Which invoice?")
    assert [event["type"] for event in matter["events"]["nodes"]] == ["OPENED", "HELD"]
    note = await do(ask, SAY, interactionId=matter["id"], body="Still nothing.", visibility="INTERNAL")
    answer = await do(ask, SAY, interactionId=matter["id"], body="The second.", actorKind="CUSTOMER")
    assert note["interaction"]["status"] == "WAITING_ON_CUSTOMER"
    assert answer["interaction"]["status"] == "OPEN"
    assert answer["event"] == {"body": "The second."}


async def test_a_resolution_needs_a_contact_reason(ask: Answering) -> None:
    await catalogue(ask)
    matter = await moved(ask, await opened(ask), "OPEN")
    assert {"to": "RESOLVED", "requires": ["It has a contact reason."]}.items() <= next(
        step for step in matter["allowedTransitions"] if step["to"] == "RESOLVED"
    ).items()
    refused = await do(ask, MOVE, interactionId=matter["id"], to="RESOLVED")
    assert [(error["code"], error["message"]) for error in refused["userErrors"]] == [
        ("BLOCKED", "It has a contact reason.")
    ]
    unchanged = await ask(f"query($id: ID!) {{ interaction(id: $id) {{ {MATTER} }} }}", id=matter["id"])
    assert unchanged["interaction"] == matter
    resolved = await moved(
        ask, matter, "RESOLVED", reason="Paid back.", contactReason={"key": "invoice"}, expectedVersion=2
    )
    assert resolved["status"] == "RESOLVED"
    assert resolved["resolvedAt"] is not None
    assert resolved["closedAt"] is None
    assert resolved["events"]["nodes"][-1]["body"] == "Paid back."
    assert resolved["allowedTransitions"] == [
        {"to": "OPEN", "requires": [], "blockedBecause": []},
        {"to": "CLOSED", "requires": [], "blockedBecause": []},
    ]


async def test_a_reopening_takes_the_end_back_but_not_the_first_response(ask: Answering) -> None:
    await catalogue(ask)
    matter = await opened(ask, contactReason={"key": "invoice"})
    answered = (await do(ask, SAY, interactionId=matter["id"], body="Done."))["interaction"]
    await moved(ask, matter, "RESOLVED")
    await moved(ask, matter, "CLOSED")
    reopened = await moved(ask, matter, "OPEN", reason="Charged a third time.")
    assert reopened["reopenCount"] == 1
    assert reopened["resolvedAt"] is None
    assert reopened["closedAt"] is None
    assert reopened["firstRespondedAt"] == answered["firstRespondedAt"] is not None
    assert [event["type"] for event in reopened["events"]["nodes"]] == [
        "OPENED",
        "MESSAGE",
        "RESOLVED",
        "CLOSED",
        "REOPENED",
    ]
    found = await ask("{ interactions(filter: {reopened: true, resolved: false}) { nodes { id } } }")
    assert found == {"interactions": {"nodes": [{"id": matter["id"]}]}}


async def test_a_closed_matter_need_not_be_resolved(ask: Answering) -> None:
    closed = await moved(ask, await opened(ask), "CLOSED", reason="Wrong number.")
    assert closed["closedAt"] is not None
    assert closed["resolvedAt"] is None


async def test_a_step_that_does_not_exist_is_refused_with_those_that_do(ask: Answering) -> None:
    matter = await moved(ask, await opened(ask), "CLOSED")
    payload = await do(ask, MOVE, interactionId=matter["id"], to="ON_HOLD")
    assert [(error["code"], error["message"]) for error in payload["userErrors"]] == [
        (
            "INVALID_TRANSITION",
            "A Interaction cannot go from CLOSED to ON_HOLD. From CLOSED it can go to: OPEN.",
        )
    ]


async def test_a_step_on_an_old_version_is_refused(ask: Answering) -> None:
    matter = await moved(ask, await opened(ask), "OPEN")
    payload = await do(ask, MOVE, interactionId=matter["id"], to="ON_HOLD", expectedVersion=1)
    assert [error["code"] for error in payload["userErrors"]] == ["STALE_VERSION"]


async def test_a_team_takes_a_matter_without_the_former_agent(ask: Answering) -> None:
    await catalogue(ask)
    matter = await opened(ask, team={"key": "billing"}, assignee="ann")
    kept = (await do(ask, ASSIGN, interactionId=matter["id"], assignee="bob"))["interaction"]
    passed_on = (await do(ask, ASSIGN, interactionId=matter["id"], team={"key": "returns"}))["interaction"]
    assert (kept["team"], kept["assignee"]) == ({"key": "billing"}, "bob")
    assert (passed_on["team"], passed_on["assignee"]) == ({"key": "returns"}, None)
    nobody = await do(ask, ASSIGN, interactionId=matter["id"])
    assert [(error["code"], error["field"]) for error in nobody["userErrors"]] == [("INVALID", ["team"])]


async def test_a_correction_names_what_it_changed(ask: Answering) -> None:
    await catalogue(ask)
    matter = await opened(ask, subject="Inovice", contactReason={"key": "invoice"})
    sent = {
        "subject": "Invoice",
        "priority": "HIGH",
        "contactReason": None,
        "customer": ZOE,
        "secondaryReasons": [{"key": "invoice.wrong"}],
    }
    corrected = (await do(ask, UPDATE, interactionId=matter["id"], **sent))["interaction"]
    again = (await do(ask, UPDATE, interactionId=matter["id"], **sent))["interaction"]
    assert (corrected["subject"], corrected["priority"]) == ("Invoice", "HIGH")
    assert corrected["contactReason"] is None
    assert corrected["customer"] == {"displayName": "Zoë"}
    assert corrected["secondaryReasons"] == [{"key": "invoice.wrong"}]
    assert corrected["events"]["nodes"][-1]["body"] == (
        "Changed: contact reason, customer, priority, subject, secondary reasons"
    )
    assert again == corrected


async def test_a_contact_reason_keeps_what_it_was(ask: Answering) -> None:
    await catalogue(ask)
    payload = await do(ask, REASON, key="invoice.wrong", name="Invoice is wrong", parentKey=None)
    assert payload["outcome"] == "UPDATED"
    reason = payload["contactReason"]
    assert reason["version"] == 2
    assert reason["parent"] is None
    assert reason["editions"] == [
        {"version": 1, "name": "Wrong invoice", "parent": {"key": "invoice"}},
        {"version": 2, "name": "Invoice is wrong", "parent": None},
    ]
    same = await do(ask, REASON, key="invoice.wrong", name="Invoice is wrong")
    assert (same["outcome"], same["contactReason"]["version"]) == ("UNCHANGED", 2)


async def test_a_contact_reason_is_never_beneath_itself(ask: Answering) -> None:
    await catalogue(ask)
    await do(
        ask, REASON, key="invoice.wrong.twice", parentKey="invoice.wrong", name="Twice", kind="COMPLAINT"
    )
    for parent in ("invoice", "invoice.wrong", "invoice.wrong.twice"):
        payload = await do(ask, REASON, key="invoice", parentKey=parent)
        assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [
            ("INVALID", ["parentKey"])
        ]


async def test_a_new_reason_needs_a_name_a_kind_and_a_known_parent(ask: Answering) -> None:
    nameless = await do(ask, REASON, key="a", kind="ADVICE")
    kindless = await do(ask, REASON, key="a", name="A")
    orphan = await do(ask, REASON, key="a", name="A", kind="ADVICE", parentKey="b")
    refused = [payload["userErrors"][0] for payload in (nameless, kindless, orphan)]
    assert [(error["code"], error["field"]) for error in refused] == [
        ("REQUIRED", ["name"]),
        ("REQUIRED", ["kind"]),
        ("NOT_FOUND", ["parentKey"]),
    ]


async def test_matters_are_found_by_what_is_known_of_them(ask: Answering) -> None:
    await catalogue(ask)
    await opened(
        ask, subject="one", team={"key": "billing"}, priority="URGENT", openedAt="2026-01-01T00:00:00Z"
    )
    await opened(ask, subject="two", contactReason={"key": "invoice"}, channel="CHAT", customer=ZOE)
    three = await opened(ask, subject="three", openedAt="2026-01-02T00:00:00Z", source="desk", key="3")
    await moved(ask, three, "CLOSED")
    filters = {
        '{teamKey: "billing"}': ["one"],
        '{contactReasonKey: "invoice"}': ["two"],
        "{priority: [URGENT, HIGH]}": ["one"],
        "{channel: [CHAT]}": ["two"],
        "{status: [CLOSED]}": ["three"],
        '{openedAt: {lt: "2026-01-03T00:00:00Z"}}': ["three", "one"],
        "{not: {status: [CLOSED]}}": ["two", "one"],
        '{or: [{teamKey: "billing"}, {channel: [CHAT]}]}': ["two", "one"],
        '{source: {eq: "desk"}, key: {eq: "3"}}': ["three"],
        "{slaMet: true}": [],
        "{resolved: false}": ["two", "three", "one"],
    }
    for given, subjects in filters.items():
        found = await ask(f"{{ interactions(filter: {given}) {{ nodes {{ subject }} }} }}")
        assert [node["subject"] for node in found["interactions"]["nodes"]] == subjects, given


async def test_matters_are_seen_from_everything_they_refer_to(ask: Answering) -> None:
    await catalogue(ask)
    await opened(ask, subject="one", customer=ZOE, team={"key": "billing"}, contactReason={"key": "invoice"})
    found = await ask("""{
      customers { nodes { interactions { nodes { subject } } } }
      team(key: "billing") { interactions { totalCount } }
      contactReason(key: "invoice") { interactions { totalCount } children { nodes { key } } }
      contactReasons(filter: {parentKey: "invoice"}) { nodes { key parent { key } } }
      interactionEvents(filter: {type: [OPENED]}) { totalCount nodes { interaction { subject } } } }""")
    assert found == {
        "customers": {"nodes": [{"interactions": {"nodes": [{"subject": "one"}]}}]},
        "team": {"interactions": {"totalCount": 1}},
        "contactReason": {
            "interactions": {"totalCount": 1},
            "children": {"nodes": [{"key": "invoice.wrong"}]},
        },
        "contactReasons": {"nodes": [{"key": "invoice.wrong", "parent": {"key": "invoice"}}]},
        "interactionEvents": {"totalCount": 1, "nodes": [{"interaction": {"subject": "one"}}]},
    }


async def test_a_strangers_matter_does_not_exist(
    ask: Answering, graph: Graph, stranger: Actor, database: Database
) -> None:
    matter = await opened(ask)
    response = await graph.answer(
        Request("query($id: ID!) { interaction(id: $id) { id } }", variables={"id": matter["id"]}), stranger
    )
    assert response.body == b'{"data":{"interaction":null}}'
