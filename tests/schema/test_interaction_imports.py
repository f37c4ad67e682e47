"""Does history come in whole, with its own times, and without disturbing anybody?"""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from infra.database import Database
from service.customers.tables import Tenant
from tests.ground import Answering

IMPORT = """mutation($input: InteractionImportInput!) { interactionImport(input: $input) {
  summary { received created duplicates rejected }
  results { index outcome interaction { key status team { key } openedAt firstRespondedAt resolvedAt closedAt
    reopenCount lastEventAt slaMet contactReason { key } secondaryReasons { key } customer { displayName }
    events { nodes { position type occurredAt status team { key } actor actorKind body visibility } } }
    userErrors { code message field } } userErrors { code message } } }"""
CATALOGUE = """mutation {
  customerUpsert(input: {match: {externalId: {system: "desk", value: "7"}}, displayName: "Ada"}) { outcome }
  teamBatchUpsert(input: {teams: [{key: "a", name: "A"}, {key: "b", name: "B"}]}) {
    summary { created } results { team { key } } }
  contactReasonBatchUpsert(input: {contactReasons: [
    {key: "net", name: "Network", kind: INCIDENT},
    {key: "net.vpn", parentKey: "net", name: "VPN", kind: INCIDENT},
    {key: "lost", parentKey: "none", name: "Lost", kind: INCIDENT}]}) {
    summary { created rejected } results { contactReason { key parent { key } } userErrors { field } } } }"""
COUNTS = "{ interactions { totalCount } interactionEvents { totalCount } }"
NOTHING = {"interactions": {"totalCount": 0}, "interactionEvents": {"totalCount": 0}}

LEDGER: Sequence[Mapping[str, object]] = (
    {
        "type": "ASSIGNED",
        "at": "2016-03-01T09:00:00Z",
        "teamKey": "a",
        "actorKind": "AGENT",
        "actor": "user-1",
    },
    {"type": "MESSAGE", "at": "2016-03-01T09:30:00Z", "actorKind": "AGENT", "body": "Looking into it."},
    {"type": "HELD", "at": "2016-03-01T10:00:00Z", "status": "WAITING_ON_CUSTOMER", "visibility": "INTERNAL"},
    {"type": "RESOLVED", "at": "2016-03-02T08:00:00Z", "status": "RESOLVED", "teamKey": "b"},
    {"type": "REOPENED", "at": "2016-03-03T08:00:00Z"},
    {"type": "MESSAGE", "at": "2016-03-03T09:00:00Z", "actorKind": "AGENT", "body": "Again."},
    {"type": "RESOLVED", "at": "2016-03-04T08:00:00Z"},
    {"type": "CLOSED", "at": "2016-03-09T08:00:00Z"},
)


def matter(key: str, **other: object) -> dict[str, object]:
    """Return a past matter with its ledger."""
    return {
        "source": "desk",
        "key": key,
        "customer": {"externalId": {"system": "desk", "value": "7"}},
        "channel": "PHONE",
        "openedAt": "2016-03-01T08:55:00Z",
        "contactReasonKey": "net.vpn",
        "slaMet": True,
        "events": LEDGER,
        **other,
    }


async def bring_in(ask: Answering, *matters: Mapping[str, object], **options: object) -> dict[str, Any]:
    """Import matters and return the payload."""
    data = await ask(IMPORT, input={"interactions": matters, **options})
    payload: dict[str, Any] = data["interactionImport"]
    return payload


async def test_the_catalogue_comes_in_at_once_parents_first(ask: Answering) -> None:
    made = await ask(CATALOGUE)
    assert made["teamBatchUpsert"] == {
        "summary": {"created": 2},
        "results": [{"team": {"key": "a"}}, {"team": {"key": "b"}}],
    }
    assert made["contactReasonBatchUpsert"] == {
        "summary": {"created": 2, "rejected": 1},
        "results": [
            {"contactReason": {"key": "net", "parent": None}, "userErrors": []},
            {"contactReason": {"key": "net.vpn", "parent": {"key": "net"}}, "userErrors": []},
            {"contactReason": None, "userErrors": [{"field": ["contactReasons", "2", "parentKey"]}]},
        ],
    }


async def test_a_past_matter_is_what_its_ledger_adds_up_to(ask: Answering) -> None:
    await ask(CATALOGUE)
    payload = await bring_in(ask, matter("1", secondaryReasonKeys=["net"]))
    assert payload["summary"] == {"received": 1, "created": 1, "duplicates": 0, "rejected": 0}
    found = payload["results"][0]["interaction"]
    events = found.pop("events")["nodes"]
    assert found == {
        "key": "1",
        "status": "CLOSED",
        "team": {"key": "b"},
        "openedAt": "2016-03-01T08:55:00+00:00",
        "firstRespondedAt": "2016-03-01T09:30:00+00:00",
        "resolvedAt": "2016-03-04T08:00:00+00:00",
        "closedAt": "2016-03-09T08:00:00+00:00",
        "reopenCount": 1,
        "lastEventAt": "2016-03-09T08:00:00+00:00",
        "slaMet": True,
        "contactReason": {"key": "net.vpn"},
        "secondaryReasons": [{"key": "net"}],
        "customer": {"displayName": "Ada"},
    }
    assert [event["position"] for event in events] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert events[0] == {
        "position": 1,
        "type": "ASSIGNED",
        "occurredAt": "2016-03-01T09:00:00+00:00",
        "status": None,
        "team": {"key": "a"},
        "actor": "user-1",
        "actorKind": "AGENT",
        "body": None,
        "visibility": "PUBLIC",
    }


async def test_no_entry_is_added_for_an_opening_that_the_ledger_does_not_tell(ask: Answering) -> None:
    await ask(CATALOGUE)
    payload = await bring_in(ask, matter("1", events=[], teamKey="a"))
    found = payload["results"][0]["interaction"]
    assert found["events"] == {"nodes": []}
    assert (found["status"], found["team"], found["lastEventAt"]) == ("NEW", {"key": "a"}, found["openedAt"])


async def test_the_same_history_again_is_a_duplicate(ask: Answering) -> None:
    await ask(CATALOGUE)
    await bring_in(ask, matter("1"))
    payload = await bring_in(ask, matter("1", subject="other"), matter("2"), matter("2"))
    assert [result["outcome"] for result in payload["results"]] == ["DUPLICATE", "CREATED", "DUPLICATE"]
    assert [result["interaction"]["key"] for result in payload["results"]] == ["1", "2", "2"]
    assert await ask(COUNTS) == {"interactions": {"totalCount": 2}, "interactionEvents": {"totalCount": 16}}


REFUSED: Mapping[str, tuple[Mapping[str, object], list[str]]] = {
    "customer": ({"customer": {"externalId": {"system": "desk", "value": "8"}}}, ["customer"]),
    "reason": ({"contactReasonKey": "none"}, ["contactReasonKey"]),
    "further reason": ({"secondaryReasonKeys": ["net", "none"]}, ["secondaryReasonKeys", "1"]),
    "team": ({"teamKey": "none"}, ["teamKey"]),
    "touchpoint": ({"touchpointKey": "none"}, ["touchpointKey"]),
    "team of an entry": (
        {"events": [LEDGER[0], {**LEDGER[0], "teamKey": "none"}]},
        ["events", "1", "teamKey"],
    ),
    "opening": ({"openedAt": "2999-01-01T00:00:00Z"}, ["openedAt"]),
    "time of an entry": ({"events": [{**LEDGER[0], "at": "2999-01-01T00:00:00Z"}]}, ["events", "0", "at"]),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_refused_matter_says_where_and_leaves_nothing(ask: Answering, what: str) -> None:
    await ask(CATALOGUE)
    wrong, field = REFUSED[what]
    payload = await bring_in(ask, matter("1"), matter("2", **wrong))
    (error,) = payload["results"][1]["userErrors"]
    assert error["field"] == ["interactions", "1", *field]
    assert [result["outcome"] for result in payload["results"]] == ["CREATED", "REJECTED"]
    assert await ask(COUNTS) == {"interactions": {"totalCount": 1}, "interactionEvents": {"totalCount": 8}}


async def test_an_unknown_customer_is_named_as_the_reason(ask: Answering) -> None:
    await ask(CATALOGUE)
    payload = await bring_in(ask, matter("1", customer={"email": "nobody@example.org"}))
    assert payload["results"][0]["userErrors"][0]["message"] == "No customer with this e-mail address exists."


@pytest.mark.parametrize("options", [{"dryRun": True}, {"errorPolicy": "REJECT_ALL"}], ids=str)
async def test_a_dry_run_and_a_batch_refused_whole_leave_nothing(
    ask: Answering, options: dict[str, object]
) -> None:
    await ask(CATALOGUE)
    payload = await bring_in(ask, matter("1"), matter("2", teamKey="none"), **options)
    assert payload["results"][1]["outcome"] == "REJECTED"
    assert [result["interaction"] for result in payload["results"]] == [None, None]
    assert await ask(COUNTS) == NOTHING


@pytest.mark.parametrize(("silent", "told"), [(True, 0), (False, 1)])
async def test_history_is_silent_unless_it_is_to_be_told(
    ask: Answering, database: Database, tenant: Tenant, silent: bool, told: int
) -> None:
    await ask(CATALOGUE)
    await bring_in(ask, matter("1"), silent=silent)
    events = await database.pool.fetch(
        "SELECT type FROM outbox_event WHERE tenant_id = $1 AND type LIKE 'interaction.%'", tenant.id
    )
    assert len(events) == told


async def test_too_much_at_once_is_refused_unread(ask: Answering) -> None:
    rows = await bring_in(ask, *(matter(str(n), events=[]) for n in range(1001)))
    entries = await bring_in(ask, matter("1", events=[LEDGER[1]] * 10_001))
    assert [error["message"] for error in rows["userErrors"]] == [
        "At most 1000 rows are accepted here, 1001 were sent."
    ]
    assert [error["message"] for error in entries["userErrors"]] == [
        "At most 10000 ledger entries are accepted here, 10001 were sent."
    ]
