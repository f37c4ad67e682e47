"""Does a loop close only when nothing is missing, or its sponsor says why?"""

from uuid import UUID

import pytest

from infra.database import Database
from service import initiatives, insights, loops
from service.ground.actor import Actor
from service.ground.batches import Outcome
from service.ground.problems import Blocked, Forbidden, Invalid
from service.initiatives.tables import EvidenceGrade, Verdict
from service.loops.tables import (
    FeedbackLoop,
    LoopStatus,
    Suppression,
)
from tests.service.loop_ground import Tale, states


@pytest.fixture
def tale(database: Database, actor: Actor) -> Tale:
    return Tale(database, actor)


async def loop_of(tale: Tale, insight_id: UUID) -> FeedbackLoop:
    async with tale.database.work(tale.actor) as session:
        [loop] = await session.find(FeedbackLoop, insight_id=insight_id)
        return loop


async def close(tale: Tale, loop_id: UUID, reason: str | None = None) -> None:
    async with tale.database.work(tale.actor) as session:
        await loops.feedback_loops.close(session, loop_id, sponsor_reason=reason)


async def test_a_loop_opens_when_work_begins_and_lists_what_it_lacks(tale: Tale) -> None:
    insight_id = await tale.insight(await tale.feedback(await tale.customer()))
    initiative_id = await tale.initiative(insight_id)
    await tale.begin_work(initiative_id)
    loop = await loop_of(tale, insight_id)

    with pytest.raises(Blocked) as blocked:
        await close(tale, loop.id)

    assert blocked.value.reasons == (
        "The initiative has shipped.",
        "The evaluation of the initiative's effect is final.",
        "Every follow-up of the loop is settled: confirmed, disputed, without reply, suppressed or waived.",
    )
    assert (await loop_of(tale, insight_id)).status == LoopStatus.OPEN


async def test_a_loop_closes_when_nothing_is_missing(tale: Tale) -> None:
    ada, bob = await tale.customer(), await tale.customer()
    insight_id, initiative_id = await tale.shipped(ada, bob)
    first, second = await tale.owed(initiative_id)
    found = initiatives.Evaluation(Verdict.NO_CHANGE, EvidenceGrade.C, 100, is_final=True)
    async with tale.database.work(tale.actor) as session:
        await initiatives.evaluations.record(session, initiative_id, found)
        await loops.follow_ups.suppress(session, first.id, Suppression.OPTED_OUT)
    with pytest.raises(Blocked) as blocked:
        await close(tale, (await loop_of(tale, insight_id)).id)
    async with tale.database.work(tale.actor) as session:
        await loops.follow_ups.waive(session, second.id, "Told by telephone.")
    await close(tale, (await loop_of(tale, insight_id)).id)

    loop = await loop_of(tale, insight_id)
    assert len(blocked.value.reasons) == 1
    assert (loop.status, loop.closed_by, loop.close_reason) == (LoopStatus.CLOSED, tale.actor.subject, None)


async def test_a_sponsor_may_close_a_loop_with_a_reason_and_nobody_else(tale: Tale, actor: Actor) -> None:
    insight_id = await tale.insight(await tale.feedback(await tale.customer()))
    initiative_id = await tale.initiative(insight_id)
    await tale.begin_work(initiative_id)
    loop = await loop_of(tale, insight_id)
    other = Tale(tale.database, Actor(actor.tenant_id, actor.tenant_key, "other", actor.kind, actor.scopes))

    with pytest.raises(Forbidden):
        await close(other, loop.id, "I wish.")
    await close(tale, loop.id, "The terminal was sold.")

    closed = await loop_of(tale, insight_id)
    assert (closed.status, closed.close_reason) == (LoopStatus.CLOSED, "The terminal was sold.")


async def test_an_insight_hands_its_loops_and_debts_to_the_one_it_is_merged_into(tale: Tale) -> None:
    ada = await tale.customer()
    source = await tale.insight(await tale.feedback(ada))
    initiative_id = await tale.initiative(source)
    async with tale.database.work(tale.actor) as session:
        await loops.feedback_loops.open_loop(session, source, initiative_id, name="You said")
    target = await tale.insight()
    async with tale.database.work(tale.actor) as session:
        await insights.merge(session, source, target, "The same.")

    loop = await loop_of(tale, target)
    assert loop.name == "You said"
    assert states(await tale.owed(initiative_id)) == [(ada, "OWED")]


async def test_opening_an_open_loop_again_names_it(tale: Tale) -> None:
    insight_id = await tale.insight()
    initiative_id = await tale.initiative(insight_id)
    outcomes = []
    for name in ("First", "Second", "Second"):
        async with tale.database.work(tale.actor) as session:
            _, outcome = await loops.feedback_loops.open_loop(session, insight_id, initiative_id, name=name)
            outcomes.append(outcome)

    loop = await loop_of(tale, insight_id)
    assert outcomes == [Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED]
    assert (loop.name, loop.owner) == ("Second", "owner")


async def test_an_initiative_that_does_not_answer_the_insight_has_no_loop_with_it(tale: Tale) -> None:
    insight_id, other = await tale.insight(), await tale.insight()
    initiative_id = await tale.initiative(other)

    async def open_loop() -> None:
        async with tale.database.work(tale.actor) as session:
            await loops.feedback_loops.open_loop(session, insight_id, initiative_id)

    with pytest.raises(Invalid):
        await open_loop()

    async with tale.database.work(tale.actor) as session:
        assert await session.find(FeedbackLoop) == []
