"""Does a claim ripen only by evidence, a root cause and proof?"""

from datetime import timedelta
from uuid import UUID

import pytest

from infra.database import Database
from service import insights
from service.ground.actor import Actor
from service.ground.machine import StateChange
from service.ground.problems import (
    Blocked,
    Invalid,
    InvalidTransition,
    NotFound,
    Required,
    StaleVersion,
)
from service.ground.session import Session
from service.insights import PriorityInputs, Signal, Standing
from service.insights.machine import INSIGHT
from service.insights.rules import priority
from service.insights.tables import (
    Insight,
    InsightStatus,
)
from tests.service import signals
from tests.service.signals import said

EVIDENCED, VALIDATED, PRIORITISED = (
    InsightStatus.EVIDENCED,
    InsightStatus.VALIDATED,
    InsightStatus.PRIORITISED,
)
ADDRESSING, RESOLVED = InsightStatus.ADDRESSING, InsightStatus.RESOLVED


async def ripe(session: Session, status: InsightStatus = ADDRESSING) -> UUID:
    """Add an insight and let it go through its states up to one of them."""
    insight_id = insights.draft(
        session, {"title": "Queues", "root_cause": "Lanes", "root_cause_method": "FIVE_WHYS"}
    )
    for target in (EVIDENCED, VALIDATED, PRIORITISED, ADDRESSING, RESOLVED):
        if target is PRIORITISED:
            await insights.prioritise(session, insight_id, PriorityInputs(120, 0.5, 1.5))
        elif target is ADDRESSING:
            await insights.note_initiatives(session, insight_id, Standing(session.now))
        else:
            await insights.transition(session, insight_id, target, sponsor_reason="We saw it ourselves.")
        if target is status:
            break
        await insights.note_initiatives(session, insight_id, Standing(None, session.now))
        if target is ADDRESSING:
            await insights.note_initiatives(session, insight_id, Standing(session.now, session.now))
    return insight_id


async def test_a_claim_is_evidenced_by_three_signals_of_three_customers(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})
        await insights.evidence.link(session, insight_id, said(session, "Ada", "Bob", "Eve"))

        insight = await insights.transition(session, insight_id, EVIDENCED)

    assert (insight.status, insight.version) == ("EVIDENCED", 2)


async def test_three_signals_of_two_customers_are_not_enough(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})
        ada = signals.customer(session, "Ada")
        twice = [Signal("interaction_id", signals.interaction(session, ada)) for _ in range(2)]
        await insights.evidence.link(session, insight_id, [*twice, *said(session, "Bob")])

    with pytest.raises(Blocked, match="3 different customers"):
        async with database.work(actor) as session:
            await insights.transition(session, insight_id, EVIDENCED)

    async with database.work(actor) as session:
        insight = await session.get(Insight, insight_id)
    assert (insight.status, insight.version) == ("DRAFT", 1)


async def test_a_sponsors_reason_stands_in_for_evidence_and_stays(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})

        await insights.transition(session, insight_id, EVIDENCED, sponsor_reason="The board saw it.")

        insight = await session.get(Insight, insight_id)
    assert (insight.status, insight.sponsor_reason) == ("EVIDENCED", "The board saw it.")


async def test_validation_needs_the_root_cause_and_how_it_was_found(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})
        await insights.transition(session, insight_id, EVIDENCED, sponsor_reason="The board saw it.")

        with pytest.raises(Blocked) as refused:
            await insights.transition(session, insight_id, VALIDATED)
        assert refused.value.reasons == (
            "Its root cause is written down",
            "It is said how the root cause was found",
        )

        await insights.change(session, insight_id, {"root_cause": "Lanes", "root_cause_method": "FIVE_WHYS"})
        insight = await insights.transition(session, insight_id, VALIDATED)
    assert insight.status == "VALIDATED"


def test_a_priority_is_the_product_of_its_three_factors() -> None:
    assert priority(PriorityInputs(affected_customers=120, gap=0.5, trend=1.5)) == 90.0


async def test_a_priority_keeps_the_factors_it_came_from(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = await ripe(session, PRIORITISED)

        await insights.prioritise(session, insight_id, PriorityInputs(200, 0.5, 1.0))

        insight = await session.get(Insight, insight_id)
    factors = (insight.priority_affected_customers, insight.priority_gap, insight.priority_trend)
    assert (insight.priority, factors) == (100.0, (200.0, 0.5, 1.0))
    assert insight.status == "PRIORITISED"


async def test_a_factor_below_nothing_is_refused(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = await ripe(session, VALIDATED)

        with pytest.raises(Invalid, match="0 or more"):
            await insights.prioritise(session, insight_id, PriorityInputs(120, -0.5, 1.0))

        assert (await session.get(Insight, insight_id)).priority is None


async def test_an_unvalidated_claim_gets_no_priority(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})

        with pytest.raises(InvalidTransition):
            await insights.prioritise(session, insight_id, PriorityInputs(120, 0.5, 1.0))

        assert (await session.get(Insight, insight_id)).priority is None


async def test_an_initiative_at_work_moves_its_insight_and_back_when_it_ends(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        insight_id = await ripe(session, PRIORITISED)

        await insights.note_initiatives(session, insight_id, Standing(session.now))
        assert (await session.get(Insight, insight_id)).status == "ADDRESSING"

        await insights.note_initiatives(session, insight_id, Standing())
        assert (await session.get(Insight, insight_id)).status == "PRIORITISED"


async def test_nobody_can_ask_for_a_step_that_rules_take(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = await ripe(session, PRIORITISED)

        with pytest.raises(InvalidTransition, match="it can go to: REJECTED, DORMANT"):
            await insights.transition(session, insight_id, ADDRESSING)


async def test_a_resolution_needs_proof_and_nobody_left_waiting(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = await ripe(session, ADDRESSING)
        await insights.note_initiatives(session, insight_id, Standing(session.now))
        await insights.note_follow_up_due(session, insight_id, session.now - timedelta(days=1))

        with pytest.raises(Blocked) as refused:
            await insights.transition(session, insight_id, RESOLVED)
        assert refused.value.reasons == (
            "An evaluation of an initiative for it says that things have improved",
            "No customer waits longer than promised to be told",
        )

        await insights.note_initiatives(session, insight_id, Standing(session.now, session.now))
        await insights.note_follow_up_due(session, insight_id, session.now + timedelta(days=1))
        insight = await insights.transition(session, insight_id, RESOLVED)
    assert insight.status == "RESOLVED"


async def test_what_comes_back_needs_a_new_proof(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = await ripe(session, RESOLVED)

        await insights.regress(session, insight_id, "Contacts are above the limit again.")

        insight = await session.get(Insight, insight_id)
        assert (insight.status, insight.verified_at, insight.regressed_at) == ("REGRESSED", None, session.now)
        again = await insights.transition(session, insight_id, PRIORITISED)
    assert again.status == "PRIORITISED"


@pytest.mark.parametrize("target", [InsightStatus.REJECTED, InsightStatus.DORMANT])
async def test_an_insight_is_put_away_with_a_reason_only(
    database: Database, actor: Actor, target: InsightStatus
) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})

        with pytest.raises(Required):
            await insights.transition(session, insight_id, target)
        insight = await insights.transition(session, insight_id, target, reason="Not ours.")

        steps = [(s.source, s.target, s.reason) for s in await history(session, insight_id)]
    assert insight.status == target
    assert steps == [(None, "DRAFT", None), ("DRAFT", target, "Not ours.")]


async def history(session: Session, subject_id: UUID) -> list[StateChange]:
    return await session.find(StateChange, subject_id=subject_id)


async def test_a_change_based_on_an_older_state_is_refused(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})
        await insights.change(session, insight_id, {"severity": 5})

        with pytest.raises(StaleVersion):
            await insights.change(session, insight_id, {"severity": 1}, expected_version=1)

        assert (await session.get(Insight, insight_id)).severity == 5


async def test_a_pin_to_nowhere_is_refused_by_its_name(database: Database, actor: Actor) -> None:
    with pytest.raises(NotFound) as refused:
        async with database.work(actor) as session:
            insights.draft(session, {"title": "Queues", "touchpoint_id": UUID(int=1)})

    assert refused.value.field == ("touchpointId",)


def test_every_open_insight_can_be_rejected_put_to_sleep_or_merged() -> None:
    ends = {"REJECTED", "DORMANT", "MERGED"}
    ending = {step.source for step in INSIGHT.steps if step.target in ends}

    assert ending == {
        "DRAFT",
        "EVIDENCED",
        "VALIDATED",
        "PRIORITISED",
        "ADDRESSING",
        "RESOLVED",
        "REGRESSED",
        "DORMANT",
    }
