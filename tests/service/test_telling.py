"""Is nobody told against their will or too often, and does nothing close while somebody is still owed?"""

from datetime import timedelta
from uuid import UUID

import pytest

from infra.database import Database
from service import customers, feedback, initiatives, loops
from service.customers import CustomerRef
from service.customers.consents import Word
from service.customers.tables import ConsentPurpose, ConsentStatus, CustomerConsent
from service.feedback.rules import NotAskedReason
from service.feedback.tables import SurveyInvitation, SurveyKind, SurveyPurpose
from service.ground.actor import Actor
from service.ground.problems import Blocked
from service.initiatives import StepDetails
from service.initiatives.tables import Initiative, InitiativeStatus
from service.insights.tables import Insight
from service.loops.rule_tables import ConsentBasis
from service.loops.tables import FeedbackLoop, FollowUpStatus, News, Suppression
from service.touchpoints.tables import Channel
from tests.service.loop_ground import Tale

_C, _F = ConsentStatus, FollowUpStatus


@pytest.fixture
def tale(database: Database, actor: Actor) -> Tale:
    return Tale(database, actor)


async def say(tale: Tale, customer_id: UUID, status: ConsentStatus, days_ago: int = 0) -> None:
    async with tale.database.work(tale.actor) as session:
        at = session.now - timedelta(days=days_ago)
        word = Word(ConsentPurpose.FEEDBACK, status, at, "form")
        await customers.consents.record(session, CustomerRef(id=customer_id), word)


async def send(tale: Tale, follow_up_id: UUID) -> None:
    async with tale.database.work(tale.actor) as session:
        await loops.follow_ups.send(session, follow_up_id, Channel.EMAIL)


async def invite(tale: Tale, customer_id: UUID) -> None:
    async with tale.database.work(tale.actor) as session:
        await feedback.invite(session, CustomerRef(id=customer_id), "nps", Channel.EMAIL)


async def survey(tale: Tale, **values: object) -> None:
    asked = {"name": "NPS", "kind": SurveyKind.NPS, "purpose": SurveyPurpose.RELATIONSHIP, **values}
    async with tale.database.work(tale.actor) as session:
        await feedback.survey_upsert(session, feedback.SurveyPatch("nps", asked))


async def test_who_was_written_to_lately_is_left_alone_for_a_while(tale: Tale) -> None:
    customer_id = await tale.customer()
    _, one = await tale.shipped(customer_id)
    _, two = await tale.shipped(customer_id)
    [first], [second] = await tale.owed(one), await tale.owed(two)
    await send(tale, first.id)

    with pytest.raises(Blocked) as blocked:
        await send(tale, second.id)

    assert blocked.value.reasons == (
        "The last message to the customer lies as far back as the tenant's terms ask for.",
    )
    assert [item.status for item in await tale.owed(two)] == [_F.READY]
    async with tale.database.work(tale.actor) as session:
        await loops.terms.revise(session, {"quiet_days": 0})
    await send(tale, second.id)


async def test_an_invitation_to_a_survey_tires_as_well(tale: Tale) -> None:
    customer_id = await tale.customer()
    _, initiative_id = await tale.shipped(customer_id)
    await survey(tale)
    await invite(tale, customer_id)
    [owed] = await tale.owed(initiative_id)

    with pytest.raises(Blocked):
        await send(tale, owed.id)

    assert [item.status for item in await tale.owed(initiative_id)] == [_F.READY]


async def test_whoever_objects_is_not_told_any_more(tale: Tale) -> None:
    ada, bob = await tale.customer(), await tale.customer()
    _, initiative_id = await tale.shipped(ada, bob)

    await say(tale, ada, _C.REVOKED)

    found = {one.customer_id: one for one in await tale.owed(initiative_id)}
    assert (found[ada].status, found[ada].suppressed_because) == (_F.SUPPRESSED, Suppression.OPTED_OUT)
    assert found[bob].status == _F.READY


async def test_an_old_word_does_not_undo_a_later_one(tale: Tale) -> None:
    customer_id = await tale.customer()
    _, initiative_id = await tale.shipped(customer_id)
    await say(tale, customer_id, _C.GRANTED)
    await say(tale, customer_id, _C.DENIED, days_ago=3)
    [owed] = await tale.owed(initiative_id)

    await send(tale, owed.id)

    assert [one.status for one in await tale.owed(initiative_id)] == [_F.SENT]
    async with tale.database.work(tale.actor) as session:
        assert len(await session.find(CustomerConsent)) == 2


async def test_where_consent_is_asked_for_silence_is_none(tale: Tale) -> None:
    customer_id = await tale.customer()
    _, initiative_id = await tale.shipped(customer_id)
    [owed] = await tale.owed(initiative_id)
    async with tale.database.work(tale.actor) as session:
        await loops.terms.revise(session, {"consent_basis": ConsentBasis.OPT_IN})

    with pytest.raises(Blocked) as blocked:
        await send(tale, owed.id)
    before = [one.status for one in await tale.owed(initiative_id)]
    await say(tale, customer_id, _C.GRANTED)
    await send(tale, owed.id)

    assert len(blocked.value.reasons) == 1
    assert before == [_F.READY]


async def test_erased_customers_are_told_nothing(tale: Tale) -> None:
    customer_id = await tale.customer()
    _, initiative_id = await tale.shipped(customer_id)
    async with tale.database.work(tale.actor) as session:
        session.emit("customer.erased", customer_id)

    [owed] = await tale.owed(initiative_id)
    assert (owed.status, owed.suppressed_because) == (_F.SUPPRESSED, Suppression.ERASED)


async def may_ask(tale: Tale, customer_id: UUID) -> NotAskedReason | None:
    async with tale.database.work(tale.actor) as session:
        return (await feedback.may_be_asked(session, customer_id, "nps")).reason


async def test_nobody_is_invited_again_within_the_pause(tale: Tale) -> None:
    customer_id = await tale.customer()
    await survey(tale, cooldown_days=30)
    await invite(tale, customer_id)

    with pytest.raises(Blocked, match="asked the same not long ago"):
        await invite(tale, customer_id)

    assert await may_ask(tale, customer_id) == NotAskedReason.INVITED_TO_THIS_SURVEY
    async with tale.database.work(tale.actor) as session:
        assert len(await session.find(SurveyInvitation)) == 1


async def test_whoever_objects_is_not_asked_either(tale: Tale) -> None:
    customer_id = await tale.customer()
    await survey(tale, needs_consent=True)
    before = await may_ask(tale, customer_id)
    await say(tale, customer_id, _C.DENIED, days_ago=1)
    denied = await may_ask(tale, customer_id)
    await say(tale, customer_id, _C.GRANTED)

    assert (before, denied) == (NotAskedReason.NO_CONSENT, NotAskedReason.OPTED_OUT)
    assert await may_ask(tale, customer_id) is None


async def stored(tale: Tale, initiative_id: UUID) -> Initiative:
    async with tale.database.work(tale.actor) as session:
        return await session.get(Initiative, initiative_id)


async def close(tale: Tale, initiative_id: UUID) -> None:
    async with tale.database.work(tale.actor) as session:
        details = StepDetails(learning_note="Ask once.")
        await initiatives.transition(session, initiative_id, InitiativeStatus.CLOSED, details)


async def test_an_initiative_does_not_close_while_somebody_is_owed_an_answer(tale: Tale) -> None:
    _, initiative_id = await tale.shipped(await tale.customer(), await tale.customer())
    await tale.prove(initiative_id)
    one, other = await tale.owed(initiative_id)

    with pytest.raises(Blocked, match="was told"):
        await close(tale, initiative_id)
    counts = [(await stored(tale, initiative_id)).untold_count]
    await send(tale, one.id)
    async with tale.database.work(tale.actor) as session:
        await loops.follow_ups.answer(session, one.id, _F.CONFIRMED)
        await loops.follow_ups.waive(session, other.id, "Told by telephone.")
    await close(tale, initiative_id)

    closed = await stored(tale, initiative_id)
    assert [*counts, closed.untold_count] == [2, 0]
    assert closed.status == InitiativeStatus.CLOSED


async def test_an_insight_knows_by_when_the_next_customer_is_to_be_told(tale: Tale) -> None:
    insight_id, initiative_id = await tale.shipped(await tale.customer())
    [owed] = await tale.owed(initiative_id)

    async def due() -> object:
        async with tale.database.work(tale.actor) as session:
            return (await session.get(Insight, insight_id)).follow_up_due_at

    ready = await due()
    await send(tale, owed.id)

    assert owed.due_at == owed.updated_at + timedelta(days=14)
    assert (ready, await due()) == (owed.due_at, None)


async def test_who_is_answered_by_another_initiative_is_not_told_that_nothing_comes_of_it(tale: Tale) -> None:
    customer_id = await tale.customer()
    insight_id = await tale.insight(await tale.feedback(customer_id))
    given_up, kept = await tale.initiative(insight_id), await tale.initiative(insight_id)

    await tale.step(given_up, InitiativeStatus.CANCELLED, reason="Too dear.")

    [folded], [owed] = await tale.owed(given_up), await tale.owed(kept)
    assert (folded.status, folded.folded_into_id, folded.news) == (_F.FOLDED, owed.id, None)
    assert owed.status == _F.OWED
    await tale.step(kept, InitiativeStatus.CANCELLED, reason="Too dear as well.")
    [told] = await tale.owed(kept)
    assert (told.status, told.news) == (_F.READY, News.DECLINED)


async def test_who_said_more_than_the_other_initiative_answers_is_told(tale: Tale) -> None:
    customer_id = await tale.customer()
    one = await tale.insight(await tale.feedback(customer_id))
    other = await tale.insight(await tale.feedback(customer_id))
    given_up = await tale.initiative(one, other)
    await tale.initiative(one)

    await tale.step(given_up, InitiativeStatus.CANCELLED, reason="Too dear.")

    [told] = await tale.owed(given_up)
    assert (told.status, told.news) == (_F.READY, News.DECLINED)


async def test_what_was_missing_when_a_sponsor_closed_a_loop_is_kept(tale: Tale) -> None:
    _, initiative_id = await tale.shipped(await tale.customer())
    async with tale.database.work(tale.actor) as session:
        [loop] = await session.find(FeedbackLoop, initiative_id=initiative_id)
        await loops.feedback_loops.close(session, loop.id, sponsor_reason="The terminal is rebuilt.")

    async with tale.database.work(tale.actor) as session:
        [closed] = await session.find(FeedbackLoop, initiative_id=initiative_id)
    assert closed.closed_despite is not None
    assert [line.split(" ")[1] for line in closed.closed_despite.split("\n")] == ["evaluation", "follow-up"]
