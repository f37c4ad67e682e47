"""Is a customer won back only when the customer says so?"""

from uuid import UUID

import pytest

from infra.database import Database
from service import loops
from service.customers import CustomerRef
from service.ground.actor import Actor
from service.ground.machine import StateChange
from service.ground.problems import Blocked, Invalid, Problem, Required
from service.interactions import Named
from service.loops import Action, Diagnosis, Opening
from service.loops.tables import (
    ActionKind,
    Answer,
    Recovery,
    RecoveryRule,
    RecoveryStatus,
)
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


async def test_a_detractor_opens_a_recovery_once(tale: Tale) -> None:
    customer_id = await tale.customer()

    [feedback_id] = await submitted(tale, (customer_id, 2))
    async with tale.database.work(tale.actor) as session:
        session.emit("feedback.submitted", feedback_id, low=True)

    [found] = await tale.recoveries()
    assert (found.customer_id, found.feedback_id) == (customer_id, feedback_id)
    assert (found.rule, found.severity, found.status) == (RecoveryRule.DETRACTOR, 3, RecoveryStatus.OPEN)


async def test_neither_promoters_nor_nameless_answers_open_recoveries(tale: Tale) -> None:
    await submitted(tale, (await tale.customer(), 9), (None, 0))

    assert await tale.recoveries() == []


@pytest.mark.parametrize(("score", "severity"), [(0, 4), (1, 4), (2, 3), (4, 3), (5, 2), (6, 2)])
async def test_the_worse_the_answer_the_more_severe(tale: Tale, score: float, severity: int) -> None:
    await submitted(tale, (await tale.customer(), score))

    [found] = await tale.recoveries()
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

    assert [one.customer_id for one in await tale.recoveries()] == [ada]
