"""Is a customer won back only when the customer says so?"""

import asyncio
from uuid import UUID

import pytest

from infra.database import Database
from service import interactions, loops
from service.customers import CustomerRef
from service.ground.actor import Actor
from service.ground.machine import StateChange
from service.ground.problems import Blocked, Invalid, Problem, Required
from service.interactions import Matter, Named, Refs
from service.loops import Action, Diagnosis, Opening
from service.loops.tables import (
    ActionKind,
    Answer,
    Recovery,
    RecoveryAction,
    RecoveryStatus,
    RecoveryTrigger,
)
from service.touchpoints.tables import Channel
from tests.service.loop_ground import Tale, keep_answer

TO_WORK = (RecoveryStatus.ACKNOWLEDGED, RecoveryStatus.IN_PROGRESS)
_COMPENSATION = ActionKind.COMPENSATION
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
        return await loops.openings.open_by_agent(session, Opening(3, CustomerRef(id=customer_id)))


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
        await loops.remedies.add(session, recovery_id, Action(ActionKind.APOLOGY))
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
    assert (found.trigger, found.severity, found.status) == (
        RecoveryTrigger.DETRACTOR,
        3,
        RecoveryStatus.OPEN,
    )


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
        await loops.remedies.add(session, recovery_id, Action(ActionKind.CONTACT_ATTEMPT))

    with pytest.raises(Blocked) as blocked:
        await step(tale, recovery_id, RecoveryStatus.REMEDIED)

    assert blocked.value.reasons == ALL_THREE


@pytest.mark.parametrize("kind", sorted(set(ActionKind) - {ActionKind.CONTACT_ATTEMPT}))
async def test_apology_fix_compensation_and_explanation_are_each_a_remedy(
    tale: Tale, kind: ActionKind
) -> None:
    recovery_id = await recovery(tale, await tale.customer())
    money: tuple[int, str] | tuple[None, None] = (500, "EUR") if kind is _COMPENSATION else (None, None)
    await step(tale, recovery_id, *TO_WORK)
    async with tale.database.work(tale.actor) as session:
        diagnosis = Diagnosis(Named(id=await tale.reason()), "One lane was open.")
        await loops.recoveries.diagnose(session, recovery_id, diagnosis)
        await loops.remedies.add(session, recovery_id, Action(kind, "Sorry.", *money))

    await step(tale, recovery_id, RecoveryStatus.REMEDIED)

    assert (await stored(tale, recovery_id)).status == RecoveryStatus.REMEDIED


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
            await loops.openings.open_by_agent(session, Opening(3, customer, feedback_id=feedback_id))

    with pytest.raises(Invalid):
        await open_for(CustomerRef(id=bob))
    await open_for(None)

    assert [one.customer_id for one in await tale.recoveries()] == [ada]


async def contact(tale: Tale, customer_id: UUID, reason_id: UUID | None) -> None:
    async with tale.database.work(tale.actor) as session:
        refs = Refs(customer=CustomerRef(id=customer_id), reason=Named(id=reason_id))
        await interactions.log(session, Matter(Channel.EMAIL, refs))


async def test_getting_in_touch_about_the_same_reason_again_reopens(tale: Tale) -> None:
    customer_id = await tale.customer()
    recovery_id = await recovery(tale, customer_id)
    await remedy(tale, recovery_id)
    await verify(tale, recovery_id, Answer.POSITIVE)
    reason_id = (await stored(tale, recovery_id)).contact_reason_id

    await contact(tale, customer_id, await tale.reason())
    await contact(tale, await tale.customer(), reason_id)
    untouched = await stored(tale, recovery_id)
    await contact(tale, customer_id, reason_id)

    assert untouched.status == RecoveryStatus.RECOVERED
    assert (await stored(tale, recovery_id)).status == RecoveryStatus.REOPENED


async def test_of_two_who_answer_at_once_one_is_told_that_it_has_changed(tale: Tale) -> None:
    recovery_id = await recovery(tale, await tale.customer())
    await remedy(tale, recovery_id)

    answers = await asyncio.gather(
        verify(tale, recovery_id, Answer.POSITIVE),
        verify(tale, recovery_id, Answer.POSITIVE),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in answers) == ["InvalidTransition", "NoneType"]
    assert (await stored(tale, recovery_id)).status == RecoveryStatus.RECOVERED


@pytest.mark.parametrize(
    "action",
    [
        Action(ActionKind.COMPENSATION, amount_minor=100),
        Action(ActionKind.COMPENSATION, currency="EUR"),
        Action(ActionKind.COMPENSATION, amount_minor=0, currency="EUR"),
        Action(ActionKind.APOLOGY, amount_minor=100, currency="EUR"),
    ],
)
async def test_money_is_a_compensation_with_amount_and_currency(tale: Tale, action: Action) -> None:
    recovery_id = await recovery(tale, await tale.customer())

    with pytest.raises(Problem):
        await act(tale, recovery_id, action)

    async with tale.database.work(tale.actor) as session:
        assert await session.find(RecoveryAction) == []


async def test_nothing_is_added_to_a_closed_recovery(tale: Tale) -> None:
    recovery_id = await recovery(tale, await tale.customer())
    await step(tale, recovery_id, RecoveryStatus.DISMISSED, reason="A test call.")

    with pytest.raises(Invalid):
        await act(tale, recovery_id, Action(ActionKind.APOLOGY))
    with pytest.raises(Invalid):
        await assign(tale, recovery_id, "somebody")

    assert (await stored(tale, recovery_id)).version == 2


async def act(tale: Tale, recovery_id: UUID, action: Action) -> None:
    async with tale.database.work(tale.actor) as session:
        await loops.remedies.add(session, recovery_id, action)


async def assign(tale: Tale, recovery_id: UUID, owner: str) -> None:
    async with tale.database.work(tale.actor) as session:
        await loops.recoveries.assign(session, recovery_id, owner)


async def test_a_thousand_answers_open_their_recoveries_with_a_few_statements(tale: Tale) -> None:
    customer_id = await tale.customer()

    await submitted(tale, *((customer_id, 1.0) for _ in range(1_000)))

    assert len(await tale.recoveries()) == 1_000
