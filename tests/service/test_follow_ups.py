"""Is everybody told who spoke up, once, and whatever becomes of their records?"""

import asyncio
from uuid import UUID

import pytest

from infra.database import Database
from service import customers, loops
from service.ground.actor import Actor
from service.ground.problems import InvalidTransition
from service.initiatives.tables import InitiativeStatus
from service.loops.tables import (
    FollowUpStatus,
    News,
    RecoveryTrigger,
)
from service.touchpoints.tables import Channel
from tests.service.loop_ground import Tale, states


@pytest.fixture
def tale(database: Database, actor: Actor) -> Tale:
    return Tale(database, actor)


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


async def test_a_message_that_is_not_given_quotes_the_customer(tale: Tale) -> None:
    _, initiative_id = await tale.shipped(await tale.customer())
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
    _, initiative_id = await tale.shipped(customer_id)
    [owed] = await tale.owed(initiative_id)
    async with tale.database.work(tale.actor) as session:
        await loops.follow_ups.send(session, owed.id, Channel.EMAIL, message="Better?")
    async with tale.database.work(tale.actor) as session:
        await loops.follow_ups.answer(session, owed.id, FollowUpStatus.DISPUTED, words="No.")

    [found] = await tale.recoveries()
    assert (found.trigger, found.follow_up_id) == (RecoveryTrigger.FOLLOW_UP_DISPUTED, owed.id)
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


async def test_a_merged_person_is_told_once_and_unmerging_undoes_it(tale: Tale) -> None:
    ada, twin = await tale.customer(), await tale.customer()
    _, initiative_id = await tale.shipped(ada, twin)
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


async def test_two_transactions_owe_one_customer_one_answer(tale: Tale) -> None:
    customer_id = await tale.customer()
    first, second = await tale.feedback(customer_id), await tale.feedback(customer_id)
    one, two = await tale.insight(), await tale.insight()
    initiative_id = await tale.initiative(one, two)

    await asyncio.gather(tale.back(one, first), tale.back(two, second))

    assert states(await tale.owed(initiative_id)) == [(customer_id, "OWED")]


async def test_two_who_send_at_once_send_once(tale: Tale) -> None:
    _, initiative_id = await tale.shipped(await tale.customer())
    [owed] = await tale.owed(initiative_id)

    async def send() -> None:
        async with tale.database.work(tale.actor) as session:
            await loops.follow_ups.send(session, owed.id, Channel.EMAIL)

    sent = await asyncio.gather(send(), send(), return_exceptions=True)

    assert sorted(type(one).__name__ for one in sent) == ["InvalidTransition", "NoneType"]


async def test_a_late_reply_still_counts(tale: Tale) -> None:
    _, initiative_id = await tale.shipped(await tale.customer())
    [owed] = await tale.owed(initiative_id)
    async with tale.database.work(tale.actor) as session:
        await loops.follow_ups.send(session, owed.id, Channel.SMS, message="Better?")
    for reply in (FollowUpStatus.NO_REPLY, FollowUpStatus.CONFIRMED):
        async with tale.database.work(tale.actor) as session:
            await loops.follow_ups.answer(session, owed.id, reply, words="Yes.")

    [found] = await tale.owed(initiative_id)
    assert (found.status, found.answer_words) == (FollowUpStatus.CONFIRMED, "Yes.")


async def test_three_records_of_one_person_unfold_one_by_one(tale: Tale) -> None:
    ada, one, two = await tale.customer(), await tale.customer(), await tale.customer()
    _, initiative_id = await tale.shipped(ada, one, two)
    first = await merge(tale, ada, one)
    second = await merge(tale, ada, two)
    together = states(await tale.owed(initiative_id))
    for merge_id in (first, second):
        async with tale.database.work(tale.actor) as session:
            await customers.unmerge(session, merge_id)

    assert sorted(state for _, state in together) == ["FOLDED", "FOLDED", "READY"]
    assert {id_ for id_, _ in together} == {ada}
    assert sorted(states(await tale.owed(initiative_id))) == sorted((id_, "READY") for id_ in (ada, one, two))
