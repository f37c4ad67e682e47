"""Is an evaluation recorded once, again when something it rests on changes, and never too early?"""

import asyncio
from datetime import timedelta

import pytest

from infra import evaluations
from infra.database import Database
from service import initiatives, insights
from service.ground.actor import Actor
from service.ground.batches import Outcome
from service.ground.problems import Invalid
from service.initiatives.proof_tables import EvaluationOverlap, ProofGuard
from service.initiatives.tables import (
    ImpactEvaluation,
    Initiative,
    MeasurementPlan,
)
from service.insights.tables import InsightStatus
from tests.service.changes import S, initiative, insight_of
from tests.service.contacts import (
    AFTER,
    BESIDE_OTHERS,
    CHANGE,
    END,
    halved,
    lay,
    midnight,
    reason,
    steady,
    weekly_plan,
)
from tests.service.judged import evaluated, queues, shipped


async def test_late_contacts_make_a_second_edition_and_the_same_ones_none(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        about = await queues(session, halved(steady(40, 1)))
        first = await evaluated(session, weekly_plan(about, **BESIDE_OTHERS))
    async with database.work(actor) as session:
        again = await initiatives.judging.evaluate(session, first.initiative_id)
        assert (again.evaluation_id, again.outcome) == (first.id, Outcome.UNCHANGED)
    async with database.work(actor) as session:
        lay(session, about, {CHANGE + timedelta(weeks=n): 30 for n in range(AFTER)})
        session.now = midnight(END)

        second = await initiatives.judging.evaluate(session, first.initiative_id)

        editions = await session.find(ImpactEvaluation, initiative_id=first.initiative_id)
        assert second.outcome is Outcome.CREATED
        assert [(one.edition, one.verdict == "IMPROVED") for one in editions] == [(1, True), (2, False)]
        row = await session.get(Initiative, first.initiative_id)
        assert (row.verdict, (await insight_of(session, row.id)).verified_at) == (editions[1].verdict, None)
        assert editions[0].estimate == first.estimate


async def test_two_that_evaluate_at_once_record_one_edition(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        about = await queues(session, halved(steady(40, 1)))
        id_ = await shipped(session, weekly_plan(about))

    async def evaluate() -> Outcome:
        async with database.work(actor) as session:
            return (await initiatives.judging.evaluate(session, id_)).outcome

    outcomes = await asyncio.gather(evaluate(), evaluate())

    async with database.work(actor) as session:
        editions = await session.find(ImpactEvaluation, initiative_id=id_)
    assert (sorted(outcomes), len(editions)) == ([Outcome.CREATED, Outcome.UNCHANGED], 1)


async def test_a_plan_that_cannot_be_computed_leaves_the_others_alone(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        about = await queues(session, halved(steady(40, 1)))
        odd = await shipped(session, weekly_plan(reason(session, "signs")))
        [plan] = await session.find(MeasurementPlan, initiative_id=odd)
        await session.change(plan, metric_id="BACKLOG")  # as plans could before series were made of rows
        good = await shipped(session, weekly_plan(about))

    await evaluations.work(database, actor.as_system())

    async with database.work(actor) as session:
        found = await session.find(ImpactEvaluation)
        assert [(one.initiative_id, one.verdict) for one in found] == [(good, "IMPROVED")]
        assert await initiatives.judging.due(session) == [odd]  # a year later no data are late


async def test_worse_by_late_data_brings_a_resolved_insight_back(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        about = await queues(session, halved(steady(40, 1)))
        first = await evaluated(session, weekly_plan(about))
        found = await insight_of(session, first.initiative_id)
        await insights.transition(session, found.id, InsightStatus.RESOLVED)
    async with database.work(actor) as session:
        lay(session, about, {CHANGE + timedelta(weeks=n): 60 for n in range(AFTER)})

        await initiatives.judging.evaluate(session, first.initiative_id)

        [_, second] = await session.find(ImpactEvaluation, initiative_id=first.initiative_id)
        again = await insight_of(session, first.initiative_id)
    assert (second.edition, second.verdict, again.status) == (2, "WORSENED", "REGRESSED")


async def test_what_has_not_shipped_or_not_ended_is_refused(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        about = await queues(session, steady(40, 1))
        active = await initiative(session, S.ACTIVE, plan=weekly_plan(about))
        late = {"evaluation_end": session.now + timedelta(days=30)}
        early = await shipped(session, weekly_plan(reason(session, "signs"), **late))

        with pytest.raises(Invalid, match="not shipped"):
            await initiatives.judging.evaluate(session, active)
        with pytest.raises(Invalid, match="no early verdicts"):
            await initiatives.judging.evaluate(session, early)

        assert await session.find(ImpactEvaluation) == []
        assert await initiatives.judging.due(session) == []


async def test_a_second_change_of_the_same_thing_confounds_both(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        about = await queues(session, halved(steady(40, 1)))
        other = await shipped(session, weekly_plan(about))

        found = await evaluated(session, weekly_plan(about, **BESIDE_OTHERS))

        overlaps = await session.find(EvaluationOverlap, evaluation_id=found.id)
        guards = await session.find(ProofGuard, evaluation_id=found.id)
    assert (found.verdict, found.reason_code) == ("INCONCLUSIVE", "CONFOUNDED")
    assert [one.initiative_id for one in overlaps] == [other]
    assert {one.reason: one.passed for one in guards} == {
        "TOO_FEW_PERIODS": True,
        "TOO_FEW_EVENTS": True,
        "DATA_GAP": True,
        "CONFOUNDED": False,
    }


async def test_a_change_of_something_else_confounds_nothing(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        about = await queues(session, halved(steady(40, 1)))
        elsewhere = reason(session, "signs")
        await shipped(session, weekly_plan(elsewhere))

        found = await evaluated(session, weekly_plan(about))

    assert found.verdict == "IMPROVED"
