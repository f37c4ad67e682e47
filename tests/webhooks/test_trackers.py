"""Does an initiative ship because its tracker says so: once, and only where it is signed?"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
from standardwebhooks import Webhook
from starlette.applications import Starlette

from infra.database import Database
from infra.webhooks.receiving import TrackerReports
from service import initiatives
from service.ground.actor import Actor
from service.initiatives.tables import Initiative, InitiativeStatus
from service.webhooks.signing import SecretKeys
from tests.ground import Answering

REGISTER = """mutation{trackerRegister(input:{key:"linear",name:"Linear"}){secret tracker{id key}
userErrors{code field}}}"""
LINK = """mutation($input:InitiativeIssueLinkInput!){initiativeIssueLink(input:$input)
{initiative{trackerIssues{issue url tracker{key}}} userErrors{code field}}}"""
RECEIPT = """mutation($input:TrackerReceiptInput!){trackerReceipt(input:$input)
{outcome initiative{id status changeReference} userErrors{code field}}}"""
RECEIPTS = "{trackers{nodes{receipts{nodes{receipt issue outcome initiative{id}}}}}}"
PATH = "/trackers/{}/linear"


@pytest.fixture
async def active(database: Database, actor: Actor) -> str:
    """An initiative whose work has begun."""
    async with database.work(actor) as session:
        id_ = await initiatives.propose(session, {"name": "Shorter forms", "goal": "Less effort"})
    async with database.work(actor) as session:
        row = await session.get(Initiative, id_, locked=True)
        await session.change(row, status=InitiativeStatus.ACTIVE)
    return f"ini_{id_}"


@pytest.fixture
async def http(database: Database, keys: SecretKeys) -> AsyncIterator[httpx.AsyncClient]:
    reports = TrackerReports(keys)
    reports.database = database
    transport = httpx.ASGITransport(Starlette(routes=reports.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


@pytest.fixture
async def secret(ask: Answering) -> str:
    found: str = (await ask(REGISTER))["trackerRegister"]["secret"]
    return found


@pytest.fixture
async def linked(ask: Answering, active: str, secret: str) -> str:
    """The active initiative, linked to the issue CX-7."""
    wish = {"initiativeId": active, "tracker": "linear", "issue": "CX-7", "url": "https://linear.app/CX-7"}
    done = (await ask(LINK, input=wish))["initiativeIssueLink"]
    assert done["userErrors"] == []
    assert done["initiative"]["trackerIssues"] == [
        {"issue": "CX-7", "url": "https://linear.app/CX-7", "tracker": {"key": "linear"}}
    ]
    return active


def report(receipt: str, issue: str = "CX-7") -> dict[str, Any]:
    return {
        "tracker": "linear",
        "receipt": receipt,
        "issue": issue,
        "shippedAt": datetime.now(UTC).isoformat(),
        "scope": "everybody",
    }


def signed(secret: str, id_: str, body: bytes, at: datetime | None = None) -> dict[str, str]:
    now = at or datetime.now(UTC)
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(id_, now, body.decode()),
    }


async def test_an_issue_that_shipped_ships_its_initiative_once(ask: Answering, linked: str) -> None:
    first = (await ask(RECEIPT, input=report("r1")))["trackerReceipt"]
    again = (await ask(RECEIPT, input=report("r1")))["trackerReceipt"]
    other = (await ask(RECEIPT, input=report("r2")))["trackerReceipt"]

    shipped = {"id": linked, "status": "SHIPPED", "changeReference": "CX-7"}
    assert first == {"outcome": "SHIPPED", "initiative": shipped, "userErrors": []}
    assert again == first
    assert (other["outcome"], other["initiative"]) == ("ALREADY_SHIPPED", shipped)
    (tracker,) = (await ask(RECEIPTS))["trackers"]["nodes"]
    assert [(one["receipt"], one["outcome"]) for one in tracker["receipts"]["nodes"]] == [
        ("r2", "ALREADY_SHIPPED"),
        ("r1", "SHIPPED"),
    ]


async def test_an_issue_that_nobody_linked_is_kept_and_changes_nothing(ask: Answering, linked: str) -> None:
    done = (await ask(RECEIPT, input=report("r1", "CX-8")))["trackerReceipt"]

    assert (done["outcome"], done["initiative"]) == ("UNKNOWN_ISSUE", None)


async def test_an_issue_stands_for_one_initiative(
    ask: Answering, linked: str, database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        other = await initiatives.propose(session, {"name": "Another", "goal": "Less effort"})
    wish = {"initiativeId": f"ini_{other}", "tracker": "linear", "issue": "CX-7"}

    done = (await ask(LINK, input=wish))["initiativeIssueLink"]

    assert done["userErrors"] == [{"code": "TAKEN", "field": ["issue"]}]


async def test_a_signed_report_over_http_ships_the_initiative_once(
    ask: Answering, linked: str, secret: str, http: httpx.AsyncClient, actor: Actor
) -> None:
    said = {"issue": "CX-7", "shippedAt": datetime.now(UTC).isoformat(), "scope": "all"}
    body = orjson.dumps({"type": "issue.shipped", "data": said})
    path = PATH.format(actor.tenant_key)

    first = await http.post(path, content=body, headers=signed(secret, "msg_1", body))
    again = await http.post(path, content=body, headers=signed(secret, "msg_1", body))

    assert (first.status_code, first.json()) == (200, {"outcome": "SHIPPED"})
    assert (again.status_code, again.json()) == (200, {"outcome": "SHIPPED"})
    (tracker,) = (await ask(RECEIPTS))["trackers"]["nodes"]
    assert len(tracker["receipts"]["nodes"]) == 1


async def test_a_report_that_is_not_signed_well_changes_nothing(
    ask: Answering, linked: str, secret: str, http: httpx.AsyncClient, actor: Actor
) -> None:
    said = {"issue": "CX-7", "shippedAt": datetime.now(UTC).isoformat(), "scope": "all"}
    body = orjson.dumps({"type": "issue.shipped", "data": said})
    path = PATH.format(actor.tenant_key)
    right = signed(secret, "msg_1", body)
    old = signed(secret, "msg_1", body, datetime.now(UTC) - timedelta(minutes=6))
    wrong: list[tuple[str, dict[str, str], bytes]] = [
        (path, {}, body),
        (path, right, body + b" "),
        (path, {**right, "webhook-id": "msg_2"}, body),
        (path, {**right, "webhook-signature": "v1,AAAA"}, body),
        (path, old, body),
        (path, {**right, "webhook-timestamp": "x"}, body),
        (PATH.format("nobody"), right, body),
        (path.replace("linear", "jira"), right, body),
    ]

    answers = [await http.post(where, content=sent, headers=headers) for where, headers, sent in wrong]

    assert [answer.status_code for answer in answers] == [401] * len(wrong)
    (tracker,) = (await ask(RECEIPTS))["trackers"]["nodes"]
    assert tracker["receipts"]["nodes"] == []


@pytest.mark.parametrize(
    "said",
    [b"{", b"[]", b"{}", b'{"type":"issue.closed","data":{}}', b'{"type":"issue.shipped","data":{"issue":1}}',
     b'{"type":"issue.shipped","data":{"issue":"CX-7","shippedAt":"2026-01-01","scope":"all"}}'],
)  # fmt: skip
async def test_a_signed_report_that_cannot_be_read_is_told_why(
    linked: str, secret: str, http: httpx.AsyncClient, actor: Actor, said: bytes
) -> None:
    answer = await http.post(
        PATH.format(actor.tenant_key), content=said, headers=signed(secret, "msg_1", said)
    )

    assert (answer.status_code, set(answer.json())) == (409, {"error", "code"})
