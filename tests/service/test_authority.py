"""Does nobody grant more than they may, alone or in pieces, and does somebody else's yes count?"""

from dataclasses import replace
from uuid import UUID

import pytest

from infra.database import Database
from service import loops
from service.customers import CustomerRef
from service.ground.actor import Actor
from service.ground.batches import Outcome
from service.ground.problems import BeyondAuthority, Blocked, Forbidden, Invalid, Problem
from service.interactions import Named
from service.loops import Action, Diagnosis, Opening
from service.loops.rule_tables import AuthorityLimit, HolderKind
from service.loops.tables import ActionDecision, ActionKind, RecoveryAction, RecoveryStatus
from tests.service.loop_ground import Tale

_S = RecoveryStatus


@pytest.fixture
def tale(database: Database, actor: Actor) -> Tale:
    return Tale(database, actor)


@pytest.fixture
def boss(database: Database, actor: Actor) -> Tale:
    """Somebody else of the same tenant, in a role."""
    return Tale(database, replace(actor, subject="boss", scopes=frozenset({"lead"})))


async def limit(tale: Tale, kind: HolderKind, holder: str, amount: int) -> Outcome:
    async with tale.database.work(tale.actor) as session:
        _, outcome = await loops.authority.set_limit(session, kind, holder, "EUR", amount)
        return outcome


async def begun(tale: Tale) -> UUID:
    async with tale.database.work(tale.actor) as session:
        opening = Opening(3, CustomerRef(id=await tale.customer()))
        return await loops.openings.open_by_agent(session, opening)


async def grant(tale: Tale, id_: UUID, amount: int, *, ask: bool = False, currency: str = "EUR") -> UUID:
    action = Action(ActionKind.COMPENSATION, None, amount, currency, ask)
    async with tale.database.work(tale.actor) as session:
        return await loops.remedies.add(session, id_, action)


async def approve(tale: Tale, action_id: UUID) -> None:
    async with tale.database.work(tale.actor) as session:
        await loops.remedies.approve(session, action_id, reason="It is fair.")


async def actions(tale: Tale) -> list[tuple[int | None, str]]:
    async with tale.database.work(tale.actor) as session:
        return [(one.amount_minor, str(one.decision)) for one in await session.find(RecoveryAction)]


async def test_a_refusal_names_the_limit_and_nothing_is_kept(tale: Tale) -> None:
    await limit(tale, HolderKind.AGENT, "someone", 5000)
    id_ = await begun(tale)

    with pytest.raises(BeyondAuthority) as refused:
        await grant(tale, id_, 5001)

    assert (refused.value.code, refused.value.field) == ("BEYOND_AUTHORITY", ("amountMinor",))
    assert "5000 EUR" in refused.value.message
    assert await actions(tale) == []


async def test_a_sum_in_pieces_stays_the_sum(tale: Tale) -> None:
    await limit(tale, HolderKind.AGENT, "someone", 5000)
    id_ = await begun(tale)
    await grant(tale, id_, 3000)

    with pytest.raises(BeyondAuthority):
        await grant(tale, id_, 2001)
    await grant(tale, id_, 2000)
    await grant(tale, await begun(tale), 5000)

    assert sum(amount or 0 for amount, _ in await actions(tale)) == 10_000


async def test_where_there_are_limits_who_has_none_grants_nothing(tale: Tale) -> None:
    await limit(tale, HolderKind.ROLE, "lead", 5000)
    id_ = await begun(tale)

    with pytest.raises(BeyondAuthority):
        await grant(tale, id_, 1)
    await grant(tale, id_, 900_000, currency="USD")

    assert await actions(tale) == [(900_000, "GRANTED")]


async def test_an_agents_own_limit_comes_before_that_of_a_role(boss: Tale) -> None:
    await limit(boss, HolderKind.ROLE, "lead", 5000)
    id_ = await begun(boss)
    await grant(boss, id_, 4000)
    await limit(boss, HolderKind.AGENT, "boss", 4500)

    with pytest.raises(BeyondAuthority):
        await grant(boss, id_, 600)

    assert await actions(boss) == [(4000, "GRANTED")]


async def test_what_waits_for_approval_is_no_remedy_until_somebody_else_grants_it(
    tale: Tale, boss: Tale
) -> None:
    await limit(tale, HolderKind.ROLE, "lead", 9000)
    id_ = await begun(tale)
    action_id = await grant(tale, id_, 8000, ask=True)
    async with tale.database.work(tale.actor) as session:
        await loops.recoveries.diagnose(session, id_, Diagnosis(Named(id=await tale.reason()), "Slow."))
    await step(tale, id_, _S.ACKNOWLEDGED, _S.IN_PROGRESS)

    with pytest.raises(Blocked):
        await step(tale, id_, _S.REMEDIED)
    with pytest.raises(Forbidden):
        await approve(tale, action_id)
    waiting = await actions(tale)
    await approve(boss, action_id)
    await step(tale, id_, _S.REMEDIED)

    assert waiting == [(8000, "PROPOSED")]
    async with tale.database.work(tale.actor) as session:
        [action] = await session.find(RecoveryAction)
    assert (action.decision, action.decided_by, action.decision_reason) == (
        ActionDecision.GRANTED,
        "boss",
        "It is fair.",
    )


async def test_an_approver_has_a_limit_too(tale: Tale, boss: Tale) -> None:
    await limit(tale, HolderKind.ROLE, "lead", 7000)
    action_id = await grant(tale, await begun(tale), 8000, ask=True)

    with pytest.raises(BeyondAuthority):
        await approve(boss, action_id)

    assert await actions(tale) == [(8000, "PROPOSED")]


async def test_what_was_refused_is_decided(tale: Tale, boss: Tale) -> None:
    await limit(tale, HolderKind.ROLE, "lead", 9000)
    action_id = await grant(tale, await begun(tale), 8000, ask=True)
    async with boss.database.work(boss.actor) as session:
        await loops.remedies.reject(session, action_id, "Too much.")

    with pytest.raises(Invalid):
        await approve(boss, action_id)

    assert await actions(tale) == [(8000, "REJECTED")]


@pytest.mark.parametrize(
    ("holder", "currency", "amount"), [("", "EUR", 1), ("a", "eur", 1), ("a", "EUR", -1)]
)
async def test_a_limit_that_is_none_is_refused(tale: Tale, holder: str, currency: str, amount: int) -> None:
    with pytest.raises(Problem):
        async with tale.database.work(tale.actor) as session:
            await loops.authority.set_limit(session, HolderKind.AGENT, holder, currency, amount)

    async with tale.database.work(tale.actor) as session:
        assert await session.find(AuthorityLimit) == []


async def test_setting_a_limit_tells_what_it_did(tale: Tale) -> None:
    outcomes = [await limit(tale, HolderKind.AGENT, "someone", amount) for amount in (1, 1, 2)]

    assert outcomes == [Outcome.CREATED, Outcome.UNCHANGED, Outcome.UPDATED]


async def step(tale: Tale, id_: UUID, *targets: RecoveryStatus) -> None:
    for target in targets:
        async with tale.database.work(tale.actor) as session:
            await loops.recoveries.transition(session, id_, target)
