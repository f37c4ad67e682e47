"""Does a customer answer by a signed link alone, once, and for as long as it lasts?"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from infra.database import Database
from service import loops
from service.customers import CustomerRef
from service.ground.actor import Actor
from service.ground.problems import Invalid
from service.ground.signatures import Signatures, Ticket
from service.interactions import Named
from service.loops import Action, Diagnosis, Opening
from service.loops.tables import ActionKind, Answer, RecoveryStatus
from service.touchpoints.tables import Channel
from tests.service.loop_ground import Tale

_S = RecoveryStatus
ASK = """mutation($id:ID!){done:recoveryAsk(input:{recoveryId:$id,channel:EMAIL}){token userErrors{code}}}"""
TELL = """mutation($id:ID!){done:followUpAsk(input:{followUpId:$id}){token userErrors{code}}}"""
STATE = """query($id:ID!){recovery(id:$id){status answerWords answerRecordedBy replyLinks{answer channel}}}"""


@pytest.fixture
def tale(database: Database, actor: Actor) -> Tale:
    return Tale(database, actor)


@pytest.fixture
async def agent(service_url: str, actor: Actor) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody of the tenant."""
    async with httpx.AsyncClient(base_url=service_url, headers={"x-cx-tenant": actor.tenant_key}) as opened:
        yield opened


@pytest.fixture
async def customer(service_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has nothing but a link."""
    async with httpx.AsyncClient(base_url=service_url) as opened:
        yield opened


async def asked(agent: httpx.AsyncClient, source: str, id_: str) -> Any:  # noqa: ANN401 - JSON
    reply = await agent.post("/graphql", json={"query": source, "variables": {"id": id_}})
    return reply.json()["data"]


async def link(agent: httpx.AsyncClient, id_: str, source: str = ASK) -> str:
    done = (await asked(agent, source, id_))["done"]
    assert done["userErrors"] == []
    return f"/reply/{done['token']}"


async def remedied(tale: Tale) -> UUID:
    """Begin a recovery in which something was done."""
    customer_id, reason_id = await tale.customer(), await tale.reason()
    async with tale.database.work(tale.actor) as session:
        id_ = await loops.openings.open_by_agent(session, Opening(3, CustomerRef(id=customer_id)))
        await loops.recoveries.diagnose(session, id_, Diagnosis(Named(id=reason_id), "One lane was open."))
        await loops.remedies.add(session, id_, Action(ActionKind.APOLOGY))
    await step(tale, id_, _S.ACKNOWLEDGED, _S.IN_PROGRESS, _S.REMEDIED)
    return id_


async def step(tale: Tale, id_: UUID, *targets: RecoveryStatus) -> None:
    for target in targets:
        async with tale.database.work(tale.actor) as session:
            await loops.recoveries.transition(session, id_, target)


async def state(agent: httpx.AsyncClient, id_: UUID) -> Any:  # noqa: ANN401 - JSON
    return (await asked(agent, STATE, f"rec_{id_}"))["recovery"]


async def test_a_customer_confirms_without_signing_in(
    agent: httpx.AsyncClient, customer: httpx.AsyncClient, tale: Tale
) -> None:
    id_ = await remedied(tale)
    path = await link(agent, f"rec_{id_}")

    said = await customer.post(path, json={"answer": "POSITIVE", "words": "Thank you."})

    assert (said.status_code, said.json()) == (200, {"answer": "POSITIVE", "outcome": "CREATED"})
    assert await state(agent, id_) == {
        "status": "RECOVERED",
        "answerWords": "Thank you.",
        "answerRecordedBy": "customer",
        "replyLinks": [{"answer": "POSITIVE", "channel": "EMAIL"}],
    }


async def test_looking_at_a_link_answers_nothing(
    agent: httpx.AsyncClient, customer: httpx.AsyncClient, tale: Tale
) -> None:
    id_ = await remedied(tale)

    shown = await customer.get(await link(agent, f"rec_{id_}"))

    assert shown.status_code == 200
    assert "Is it good now?" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert (await state(agent, id_))["status"] == "REMEDIED"


async def test_a_form_is_answered_by_a_page(
    agent: httpx.AsyncClient, customer: httpx.AsyncClient, tale: Tale
) -> None:
    id_ = await remedied(tale)

    said = await customer.post(await link(agent, f"rec_{id_}"), data={"answer": "NEGATIVE", "words": "No."})

    assert "Thank you" in said.text
    assert (await state(agent, id_))["status"] == "REOPENED"


async def test_the_same_answer_again_changes_nothing_and_another_is_refused(
    agent: httpx.AsyncClient, customer: httpx.AsyncClient, tale: Tale
) -> None:
    id_ = await remedied(tale)
    path = await link(agent, f"rec_{id_}")
    await customer.post(path, json={"answer": "NEGATIVE"})
    before = await state(agent, id_)

    again = await customer.post(path, json={"answer": "NEGATIVE"})
    otherwise = await customer.post(path, json={"answer": "POSITIVE"})

    assert again.json() == {"answer": "NEGATIVE", "outcome": "UNCHANGED"}
    assert (otherwise.status_code, otherwise.json()["error"]) == (
        409,
        "This link was used before, with another answer.",
    )
    assert await state(agent, id_) == before


async def test_a_link_asks_about_its_own_remedy_only(
    agent: httpx.AsyncClient, customer: httpx.AsyncClient, tale: Tale
) -> None:
    id_ = await remedied(tale)
    first, second = await link(agent, f"rec_{id_}"), await link(agent, f"rec_{id_}")
    await customer.post(first, json={"answer": "NEGATIVE"})
    await step(tale, id_, _S.IN_PROGRESS, _S.REMEDIED)

    late = await customer.post(second, json={"answer": "POSITIVE"})

    assert late.status_code == 409
    assert (await state(agent, id_))["status"] == "REMEDIED"


@pytest.mark.parametrize("token", ["x", "A" * 96, "%00", "é"])
async def test_what_was_not_signed_here_is_not_found(customer: httpx.AsyncClient, token: str) -> None:
    assert (await customer.get(f"/reply/{token}")).status_code == 404
    assert (await customer.post(f"/reply/{token}", json={"answer": "POSITIVE"})).status_code == 404


async def test_a_link_that_was_tampered_with_is_not_found(
    agent: httpx.AsyncClient, customer: httpx.AsyncClient, tale: Tale
) -> None:
    id_ = await remedied(tale)
    path = await link(agent, f"rec_{id_}")
    middle = len(path) // 2
    other = "A" if path[middle] != "A" else "B"

    said = await customer.post(path[:middle] + other + path[middle + 1 :], json={"answer": "POSITIVE"})

    assert said.status_code == 404
    assert (await state(agent, id_))["status"] == "REMEDIED"


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 409), (b"[]", 409), (b'{"answer":"MAYBE"}', 409), (b'{"answer":[]}', 409), (b"x" * 20_000, 413)],
)
async def test_what_is_no_answer_is_refused(
    agent: httpx.AsyncClient, customer: httpx.AsyncClient, tale: Tale, body: bytes, status: int
) -> None:
    id_ = await remedied(tale)
    path = await link(agent, f"rec_{id_}")

    said = await customer.post(path, content=body, headers={"content-type": "application/json"})

    assert said.status_code == status
    assert (await state(agent, id_))["status"] == "REMEDIED"


async def test_nobody_is_asked_before_something_was_done(agent: httpx.AsyncClient, tale: Tale) -> None:
    async with tale.database.work(tale.actor) as session:
        opening = Opening(3, CustomerRef(id=await tale.customer()))
        id_ = await loops.openings.open_by_agent(session, opening)

    done = (await asked(agent, ASK, f"rec_{id_}"))["done"]

    assert done == {"token": None, "userErrors": [{"code": "INVALID"}]}
    assert (await state(agent, id_))["replyLinks"] == []


async def test_whoever_was_told_replies_by_a_link_too(
    agent: httpx.AsyncClient, customer: httpx.AsyncClient, tale: Tale
) -> None:
    _, initiative_id = await tale.shipped(await tale.customer())
    [owed] = await tale.owed(initiative_id)
    async with tale.database.work(tale.actor) as session:
        await loops.follow_ups.send(session, owed.id, Channel.EMAIL)

    await customer.post(
        await link(agent, f"fup_{owed.id}", TELL), json={"answer": "NEGATIVE", "words": "No."}
    )

    [told] = await tale.owed(initiative_id)
    [recovery] = await tale.recoveries()
    assert (told.status, told.answer_words, recovery.follow_up_id) == ("DISPUTED", "No.", owed.id)


async def test_an_expired_link_is_refused(tale: Tale) -> None:
    id_ = await remedied(tale)
    async with tale.database.work(tale.actor) as session:
        ticket = await loops.reply_links.ask_of_recovery(session, id_, Channel.SMS)
    old = Ticket(ticket.tenant_id, ticket.id, datetime.now(UTC) - timedelta(seconds=1))
    signatures = Signatures(b"k" * 32)
    read = signatures.read(signatures.sign(old))

    assert read is not None
    with pytest.raises(Invalid, match="expired"):
        async with tale.database.work(tale.actor) as session:
            await loops.reply_links.answer(session, read, Answer.POSITIVE)

    [stored] = await tale.recoveries()
    assert stored.status == RecoveryStatus.REMEDIED
