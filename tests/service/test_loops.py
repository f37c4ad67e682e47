"""Is a customer won back only when the customer says so, and is everybody told who spoke up?"""

from collections.abc import Sequence
from uuid import UUID

import pytest

from infra.database import Database
from service import customers, initiatives, insights, loops
from service.customers import CustomerRef
from service.ground.actor import Actor
from service.ground.machine import StateChange
from service.ground.problems import Blocked, Forbidden, Invalid, InvalidTransition, Problem, Required
from service.initiatives.tables import EvidenceGrade, InitiativeStatus, Verdict
from service.interactions import Named
from service.loops import Action, Diagnosis, Opening
from service.loops.tables import (
    ActionKind,
    Answer,
    FeedbackLoop,
    FollowUp,
    FollowUpStatus,
    LoopStatus,
    News,
    Recovery,
    RecoveryRule,
    RecoveryStatus,
    Suppression,
)
from service.touchpoints.tables import Channel
from tests.service.loop_ground import Tale, keep_answer

TO_WORK = (RecoveryStatus.ACKNOWLEDGED, RecoveryStatus.IN_PROGRESS)
ALL_THREE = (
    "The contact reason is named.",
    "The root cause is named.",
    "At least one apology, fix, compensation or explanation is recorded.",
)


@pytest.fixture
def tale(database: Database, actor: Actor) -> Tale:
    return Tale(database, actor)


async def recovery(tale: Tale, customer_id: UUID) -> UUID:
    async with tale.database.work(tale.actor) as session:
        return await loops.recoveries.open_by_agent(session, Opening(3, CustomerRef(id=customer_id)))


async def step(tale: Tale, recovery_id: UUID, *targets: RecoveryStatus, reason: str | None = None) -> None:
    for target in targets:
        async with tale.database.work(tale.actor) as session:
            await loops.recoveries.transition(session, recovery_id, target, reason=reason)


async def remedy(tale: Tale, recovery_id: UUID) -> None:
    reason_id = await tale.reason()
    await step(tale, recovery_id, *TO_WORK)
    async with tale.database.work(tale.actor) as session:
        diagnosis = Diagnosis(Named(id=reason_id), "One lane was open.")
        await loops.recoveries.diagnose(session, recovery_id, diagnosis)
        await loops.recoveries.add_action(session, recovery_id, Action(ActionKind.APOLOGY))
    await step(tale, recovery_id, RecoveryStatus.REMEDIED)


async def verify(tale: Tale, recovery_id: UUID, answer: Answer) -> None:
    async with tale.database.work(tale.actor) as session:
        await loops.recoveries.verify(session, recovery_id, answer)


async def stored(tale: Tale, recovery_id: UUID) -> Recovery:
    async with tale.database.work(tale.actor) as session:
        return await session.get(Recovery, recovery_id)


async def submitted(tale: Tale, *answers: tuple[UUID | None, float]) -> list[UUID]:
    async with tale.database.work(tale.actor) as session:
        ids = [keep_answer(session, customer_id, score, "") for customer_id, score in answers]
        for id_, (_, score) in zip(ids, answers, strict=True):
            session.emit("feedback.submitted", id_, low=score <= 6)
        return ids


async def all_recoveries(tale: Tale) -> Sequence[Recovery]:
    async with tale.database.work(tale.actor) as session:
        return await session.find(Recovery)


async def test_a_detractor_opens_a_recovery_once(tale: Tale) -> None:
    customer_id = await tale.customer()

    [feedback_id] = await submitted(tale, (customer_id, 2))
    async with tale.database.work(tale.actor) as session:
        session.emit("feedback.submitted", feedback_id, low=True)

    [found] = await all_recoveries(tale)
    assert (found.customer_id, found.feedback_id) == (customer_id, feedback_id)
    assert (found.rule, found.severity, found.status) == (RecoveryRule.DETRACTOR, 3, RecoveryStatus.OPEN)


async def test_neither_promoters_nor_nameless_answers_open_recoveries(tale: Tale) -> None:
    await submitted(tale, (await tale.customer(), 9), (None, 0))

    assert await all_recoveries(tale) == []


@pytest.mark.parametrize(("score", "severity"), [(0, 4), (1, 4), (2, 3), (4, 3), (5, 2), (6, 2)])
async def test_the_worse_the_answer_the_more_severe(tale: Tale, score: float, severity: int) -> None:
    await submitted(tale, (await tale.customer(), score))

    [found] = await all_recoveries(tale)
    assert found.severity == severity


async def test_a_remedy_needs_reason_cause_and_action(tale: Tale) -> None:
    recovery_id = await recovery(tale, await tale.customer())
    await step(tale, recovery_id, *TO_WORK)

    with pytest.raises(Blocked) as blocked:
        await step(tale, recovery_id, RecoveryStatus.REMEDIED)

    assert blocked.value.reasons == ALL_THREE
    assert (await stored(tale, recovery_id)).status == RecoveryStatus.IN_PROGRESS


async def test_trying_to_reach_a_customer_is_no_remedy(tale: Tale) -> None:
    recovery_id = await recovery(tale, await tale.customer())
    await step(tale, recovery_id, *TO_WORK)
    async with tale.database.work(tale.actor) as session:
        await loops.recoveries.add_action(session, recovery_id, Action(ActionKind.CONTACT_ATTEMPT))

    with pytest.raises(Blocked) as blocked:
        await step(tale, recovery_id, RecoveryStatus.REMEDIED)

    assert blocked.value.reasons == ALL_THREE


async def test_only_the_customers_own_answer_recovers(tale: Tale) -> None:
    recovery_id = await recovery(tale, await tale.customer())
    await remedy(tale, recovery_id)

    with pytest.raises(Blocked):
        await step(tale, recovery_id, RecoveryStatus.RECOVERED)
    await verify(tale, recovery_id, Answer.POSITIVE)

    found = await stored(tale, recovery_id)
    assert (found.status, found.answer_recorded_by) == (RecoveryStatus.RECOVERED, tale.actor.subject)
    assert found.closed_at == found.answered_at


async def test_silence_closes_without_recovering_and_a_late_answer_still_counts(tale: Tale) -> None:
    recovery_id = await recovery(tale, await tale.customer())
    await remedy(tale, recovery_id)

    with pytest.raises(Required):
        await step(tale, recovery_id, RecoveryStatus.UNCONFIRMED)
    await step(tale, recovery_id, RecoveryStatus.UNCONFIRMED, reason="No answer in 14 days.")
    silent = await stored(tale, recovery_id)
    await verify(tale, recovery_id, Answer.POSITIVE)

    assert silent.closed_at is not None
    assert (await stored(tale, recovery_id)).status == RecoveryStatus.RECOVERED


async def test_a_bad_answer_reopens_and_the_next_remedy_asks_anew(tale: Tale) -> None:
    recovery_id = await recovery(tale, await tale.customer())
    await remedy(tale, recovery_id)

    await verify(tale, recovery_id, Answer.NEGATIVE)
    reopened = await stored(tale, recovery_id)
    await step(tale, recovery_id, RecoveryStatus.IN_PROGRESS, RecoveryStatus.REMEDIED)

    assert (reopened.status, reopened.closed_at) == (RecoveryStatus.REOPENED, None)
    assert (await stored(tale, recovery_id)).answer is None


async def test_every_step_is_remembered_with_who_took_it(tale: Tale) -> None:
    recovery_id = await recovery(tale, await tale.customer())
    await step(tale, recovery_id, RecoveryStatus.DISMISSED, reason="A test call.")

    async with tale.database.work(tale.actor) as session:
        steps = await session.find(StateChange, subject_id=recovery_id)
    assert [(one.source, one.target, one.reason) for one in steps] == [
        (None, "OPEN", None),
        ("OPEN", "DISMISSED", "A test call."),
    ]
    assert {one.actor for one in steps} == {tale.actor.subject}


async def test_a_duplicate_names_another_recovery_of_the_same_customer(tale: Tale) -> None:
    ada, bob = await tale.customer(), await tale.customer()
    first, second, other = await recovery(tale, ada), await recovery(tale, ada), await recovery(tale, bob)

    async def duplicate(target_id: UUID | None) -> None:
        async with tale.database.work(tale.actor) as session:
            target = RecoveryStatus.DUPLICATE
            await loops.recoveries.transition(session, second, target, duplicate_of_id=target_id)

    for wrong in (None, second, other):
        with pytest.raises(Problem):
            await duplicate(wrong)
    await duplicate(first)

    found = await stored(tale, second)
    assert (found.status, found.duplicate_of_id) == (RecoveryStatus.DUPLICATE, first)


async def test_a_signal_opens_a_recovery_of_its_own_customer_only(tale: Tale) -> None:
    ada, bob = await tale.customer(), await tale.customer()
    feedback_id = await tale.feedback(ada)

    async def open_for(customer: CustomerRef | None) -> None:
        async with tale.database.work(tale.actor) as session:
            await loops.recoveries.open_by_agent(session, Opening(3, customer, feedback_id=feedback_id))

    with pytest.raises(Invalid):
        await open_for(CustomerRef(id=bob))
    await open_for(None)

    assert [one.customer_id for one in await all_recoveries(tale)] == [ada]


async def test_whoever_backs_an_insight_is_owed_an_answer_whichever_is_linked_first(tale: Tale) -> None:
    early, late = await tale.customer(), await tale.customer()
    insight_id = await tale.insight(await tale.feedback(early))
    initiative_id = await tale.initiative(insight_id)
    await tale.back(
        insight_id, await tale.feedback(late), await tale.feedback(late), await tale.feedback(None)
    )

    owed = await tale.owed(initiative_id)
    assert sorted(one.customer_id for one in owed) == sorted([early, late])
    assert {one.status for one in owed} == {FollowUpStatus.OWED}


async def test_what_ships_is_ready_to_be_told_also_to_those_who_come_later(tale: Tale) -> None:
    insight_id = await tale.insight(await tale.feedback(await tale.customer()))
    initiative_id = await tale.initiative(insight_id)
    await tale.begin_work(initiative_id)
    await tale.ship(initiative_id)
    await tale.back(insight_id, await tale.feedback(await tale.customer()))

    owed = await tale.owed(initiative_id)
    assert [(one.status, one.news) for one in owed] == [(FollowUpStatus.READY, News.CHANGED)] * 2


async def test_what_is_given_up_is_told_as_well(tale: Tale) -> None:
    insight_id = await tale.insight(await tale.feedback(await tale.customer()))
    initiative_id = await tale.initiative(insight_id)
    await tale.step(initiative_id, InitiativeStatus.CANCELLED, reason="Too dear.")

    [owed] = await tale.owed(initiative_id)
    assert (owed.status, owed.news) == (FollowUpStatus.READY, News.DECLINED)


async def shipped(tale: Tale, *customer_ids: UUID) -> tuple[UUID, UUID]:
    insight_id = await tale.insight(*[await tale.feedback(id_) for id_ in customer_ids])
    initiative_id = await tale.initiative(insight_id)
    await tale.begin_work(initiative_id)
    await tale.ship(initiative_id)
    return insight_id, initiative_id


async def test_a_message_that_is_not_given_quotes_the_customer(tale: Tale) -> None:
    _, initiative_id = await shipped(tale, await tale.customer())
    [owed] = await tale.owed(initiative_id)
    async with tale.database.work(tale.actor) as session:
        await loops.follow_ups.send(session, owed.id, Channel.EMAIL)

    [sent] = await tale.owed(initiative_id)
    assert sent.status == FollowUpStatus.SENT
    assert sent.message == (
        "You told us: “The line did not move for an hour.”\n\n"
        "Because of it we have changed something: Open more lanes. Is it better for you now?"
    )


async def test_a_dispute_opens_a_recovery_with_the_words_it_came_from(tale: Tale) -> None:
    customer_id = await tale.customer()
    _, initiative_id = await shipped(tale, customer_id)
    [owed] = await tale.owed(initiative_id)
    async with tale.database.work(tale.actor) as session:
        await loops.follow_ups.send(session, owed.id, Channel.EMAIL, message="Better?")
    async with tale.database.work(tale.actor) as session:
        await loops.follow_ups.answer(session, owed.id, FollowUpStatus.DISPUTED, words="No.")

    [found] = await all_recoveries(tale)
    assert (found.rule, found.follow_up_id) == (RecoveryRule.FOLLOW_UP_DISPUTED, owed.id)
    assert (found.customer_id, found.severity) == (customer_id, 4)
    assert found.feedback_id is not None


async def test_what_is_not_ready_cannot_be_sent(tale: Tale) -> None:
    insight_id = await tale.insight(await tale.feedback(await tale.customer()))
    initiative_id = await tale.initiative(insight_id)
    [owed] = await tale.owed(initiative_id)

    with pytest.raises(InvalidTransition):
        async with tale.database.work(tale.actor) as session:
            await loops.follow_ups.send(session, owed.id, Channel.EMAIL)

    assert [one.status for one in await tale.owed(initiative_id)] == [FollowUpStatus.OWED]


async def merge(tale: Tale, survivor: UUID, merged: UUID) -> UUID:
    async with tale.database.work(tale.actor) as session:
        return await customers.merge(session, survivor, merged, "The same person.")


def states(owed: Sequence[FollowUp]) -> list[tuple[UUID, str]]:
    return [(one.customer_id, str(one.status)) for one in owed]


async def test_a_merged_person_is_told_once_and_unmerging_undoes_it(tale: Tale) -> None:
    ada, twin = await tale.customer(), await tale.customer()
    _, initiative_id = await shipped(tale, ada, twin)
    of_ada, of_twin = sorted(
        await tale.owed(initiative_id), key=lambda one: [ada, twin].index(one.customer_id)
    )
    async with tale.database.work(tale.actor) as session:
        await loops.follow_ups.send(session, of_twin.id, Channel.EMAIL)

    merge_id = await merge(tale, ada, twin)
    together = {one.id: one for one in await tale.owed(initiative_id)}
    async with tale.database.work(tale.actor) as session:
        await customers.unmerge(session, merge_id)
    apart = {one.id: one for one in await tale.owed(initiative_id)}

    assert states([together[of_ada.id], together[of_twin.id]]) == [(ada, "FOLDED"), (ada, "SENT")]
    assert together[of_ada.id].folded_into_id == of_twin.id
    assert states([apart[of_ada.id], apart[of_twin.id]]) == [(ada, "READY"), (twin, "SENT")]


async def test_a_merged_person_is_owed_nothing_twice_by_later_evidence(tale: Tale) -> None:
    ada, twin = await tale.customer(), await tale.customer()
    insight_id = await tale.insight(await tale.feedback(twin))
    initiative_id = await tale.initiative(insight_id)
    await merge(tale, ada, twin)

    await tale.back(insight_id, await tale.feedback(ada))

    assert states(await tale.owed(initiative_id)) == [(ada, "OWED")]


async def test_what_was_folded_before_shipping_is_ready_after_unmerging(tale: Tale) -> None:
    ada, twin = await tale.customer(), await tale.customer()
    insight_id = await tale.insight(await tale.feedback(ada), await tale.feedback(twin))
    initiative_id = await tale.initiative(insight_id)
    await tale.begin_work(initiative_id)
    merge_id = await merge(tale, ada, twin)
    await tale.ship(initiative_id)
    async with tale.database.work(tale.actor) as session:
        await customers.unmerge(session, merge_id)

    assert sorted(states(await tale.owed(initiative_id))) == sorted([(ada, "READY"), (twin, "READY")])


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
    insight_id, initiative_id = await shipped(tale, ada, bob)
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
