"""Does the ledger tell how a caller got through to a person, or did not?"""

import pytest

from tests.ground import Answering
from tests.schema.test_interactions import ERRORS, MATTER, ZOE, catalogue, do, opened

PASS = f"""mutation($input: InteractionPassageRecordInput!) {{ interactionPassageRecord(input: $input) {{
  interaction {{ {MATTER} clocks {{ target state why }} }} event {{ type }} {ERRORS} }} }}"""


async def test_a_caller_who_gives_up_leaves_it_in_the_ledger_and_is_waited_for_no_longer(
    ask: Answering,
) -> None:
    await catalogue(ask)
    promise = {"targets": [{"target": "FIRST_RESPONSE", "seconds": 60}]}
    await ask(
        """mutation($wording: SlaWordingInput!) {
        slaPolicyCreate(input: {key: "calls", name: "Calls", wording: $wording}) { userErrors { code } } }""",
        wording=promise,
    )
    call = await opened(ask, customer=ZOE, openedAt="2026-03-01T09:30:00Z")
    at = {"interactionId": call["id"]}

    await do(ask, PASS, **at, kind="HANDED_OVER", team={"key": "billing"}, occurredAt="2026-03-01T09:30:05Z")
    await do(ask, PASS, **at, kind="QUEUED", occurredAt="2026-03-01T09:30:05Z")
    gone = await do(ask, PASS, **at, kind="ABANDONED", occurredAt="2026-03-01T09:30:45Z")

    assert gone["event"] == {"type": "ABANDONED"}
    matter = gone["interaction"]
    assert [(event["type"], event["actorKind"]) for event in matter["events"]["nodes"]] == [
        ("OPENED", "CUSTOMER"),
        ("HANDED_OVER", "BOT"),
        ("QUEUED", "SYSTEM"),
        ("ABANDONED", "CUSTOMER"),
    ]
    assert (matter["status"], matter["team"], matter["firstRespondedAt"]) == ("NEW", {"key": "billing"}, None)
    assert matter["clocks"] == [{"target": "FIRST_RESPONSE", "state": "CANCELLED", "why": "ABANDONED"}]
    given_up = await ask(
        """{ metric(input: {metric: ABANDON_QUEUE, from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z"})
        { value sampleSize } }"""
    )
    assert given_up["metric"] == {"value": 1.0, "sampleSize": 1}


async def test_nobody_gives_up_before_the_matter_began(ask: Answering) -> None:
    call = await opened(ask, openedAt="2026-03-01T09:30:00Z")

    early = {"interactionId": call["id"], "occurredAt": "2026-03-01T09:29:59Z"}
    refused = await do(ask, PASS, **early, kind="ABANDONED")
    stale = await do(ask, PASS, interactionId=call["id"], kind="ABANDONED", expectedVersion=9)

    assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [
        ("INVALID", ["occurredAt"])
    ]
    assert [error["code"] for error in stale["userErrors"]] == ["STALE_VERSION"]
    kept = await ask("query($id: ID!) { interaction(id: $id) { events { totalCount } } }", id=call["id"])
    assert kept["interaction"]["events"]["totalCount"] == 1


async def test_what_kept_agents_busy_is_their_handle_time(ask: Answering) -> None:
    first = await opened(ask, openedAt="2026-03-01T09:30:00Z")
    second = await opened(ask, openedAt="2026-03-01T10:00:00Z")
    await opened(ask, openedAt="2026-03-01T10:15:00Z")  # nobody took it up

    for call, minute, seconds in ((first, 36, 240), (first, 59, 60), (second, 50, 100)):
        at = f"2026-03-01T10:{minute}:00Z"
        told = await do(
            ask, PASS, interactionId=call["id"], kind="HANDLED", occurredAt=at, handleSeconds=seconds
        )
        assert (told["event"], told["userErrors"]) == ({"type": "HANDLED"}, [])

    found = await ask(
        """{ metric(input: {metric: HANDLE_TIME, from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z"})
        { value sampleSize unit interval { method } } }"""
    )
    assert found["metric"] == {
        "value": 200.0,
        "sampleSize": 2,
        "unit": "SECONDS",
        "interval": {"method": "STUDENT_T"},
    }
    entries = await ask(
        "query($id: ID!) { interaction(id: $id) { events { nodes { type actorKind handleSeconds } } } }",
        id=second["id"],
    )
    assert entries["interaction"]["events"]["nodes"][-1] == {
        "type": "HANDLED",
        "actorKind": "AGENT",
        "handleSeconds": 100,
    }


@pytest.mark.parametrize(
    ("kind", "seconds", "code"),
    [("HANDLED", None, "REQUIRED"), ("HANDLED", -1, "INVALID"), ("QUEUED", 5, "INVALID")],
)
async def test_a_handling_says_how_long_it_took_and_nothing_else_does(
    ask: Answering, kind: str, seconds: int | None, code: str
) -> None:
    call = await opened(ask)

    refused = await do(ask, PASS, interactionId=call["id"], kind=kind, handleSeconds=seconds)

    assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [(code, ["handleSeconds"])]
    kept = await ask("query($id: ID!) { interaction(id: $id) { events { totalCount } } }", id=call["id"])
    assert kept["interaction"]["events"]["totalCount"] == 1
