"""Is a change judged by what was computed, and by nobody's hand?"""

from dataclasses import replace
from datetime import timedelta

import pytest

from infra.database import Database
from service import initiatives, insights
from service.ground.actor import Actor
from service.ground.problems import (
    Forbidden,
    Invalid,
    InvalidTransition,
)
from service.initiatives import Evaluation, StepDetails
from service.initiatives.tables import (
    EvidenceGrade,
    ImpactEvaluation,
    Initiative,
    InitiativeStatus,
    MeasurementPlan,
    Verdict,
)
from service.insights.tables import InsightStatus
from tests.service.changes import BETTER, NOTHING, S, initiative, insight_of


async def test_nobody_can_ask_for_a_verdict(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING)

        for verdict in (S.IMPROVED, S.NO_CHANGE, S.WORSENED, S.INCONCLUSIVE):
            with pytest.raises(InvalidTransition, match="it can go to: nowhere"):
                await initiatives.transition(session, id_, verdict, StepDetails())


async def test_a_final_evaluation_becomes_the_verdict_and_verifies_the_insight(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.SHIPPED)

        evaluation_id = await initiatives.evaluations.record(session, id_, BETTER)

        row = await session.get(Initiative, id_)
        kept = await session.get(ImpactEvaluation, evaluation_id)
        found = await insight_of(session, id_)
        assert (row.status, row.verdict, kept.edition, kept.estimate) == ("IMPROVED", "IMPROVED", 1, 0.41)
        assert found.verified_at == session.now
        await insights.transition(session, found.id, InsightStatus.RESOLVED)


async def test_a_preliminary_evaluation_gives_no_verdict(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING)

        await initiatives.evaluations.record(session, id_, replace(BETTER, is_final=False))

        row = await session.get(Initiative, id_)
        assert (row.status, row.verdict) == ("OBSERVING", None)
        assert (await insight_of(session, id_)).verified_at is None


async def test_what_changed_nothing_leaves_its_insight_to_others(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING)

        await initiatives.evaluations.record(session, id_, NOTHING)

        found = await insight_of(session, id_)
    assert (found.status, found.verified_at) == ("PRIORITISED", None)


async def test_a_later_final_evaluation_takes_an_earlier_proof_back(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING)
        await initiatives.evaluations.record(session, id_, BETTER)

        await initiatives.evaluations.record(session, id_, NOTHING)

        row = await session.get(Initiative, id_)
        assert (row.status, (await insight_of(session, id_)).verified_at) == ("NO_CHANGE", None)
        assert [one.edition for one in await session.find(ImpactEvaluation)] == [1, 2]


@pytest.mark.parametrize(
    ("status", "found", "message"),
    [
        (S.ACTIVE, BETTER, "not shipped"),
        (S.OBSERVING, replace(BETTER, evidence_grade=EvidenceGrade.D), "before and after"),
        (S.OBSERVING, Evaluation(Verdict.INCONCLUSIVE, EvidenceGrade.C, 4), "says why"),
    ],
    ids=["before shipping", "by before and after", "without a reason"],
)
async def test_an_evaluation_that_proves_nothing_is_refused(
    database: Database, actor: Actor, status: InitiativeStatus, found: Evaluation, message: str
) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, status)

        with pytest.raises(Invalid, match=message):
            await initiatives.evaluations.record(session, id_, found)

        assert await session.find(ImpactEvaluation) == []


async def test_there_are_no_early_verdicts(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING)
        [plan] = await session.find(MeasurementPlan, initiative_id=id_)
        await session.change(plan, evaluation_end=session.now + timedelta(days=1))

        with pytest.raises(Invalid, match="no early verdicts"):
            await initiatives.evaluations.record(session, id_, BETTER)

        assert (await session.get(Initiative, id_)).verdict is None


async def test_only_the_sponsor_overrides_a_verdict(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING)
        await initiatives.evaluations.record(session, id_, NOTHING)

        with pytest.raises(Forbidden):
            await initiatives.override_verdict(session, id_, Verdict.IMPROVED, "I feel it.")

        row = await session.get(Initiative, id_)
    assert (row.status, row.verdict, row.overridden_by) == ("NO_CHANGE", "NO_CHANGE", None)


async def test_an_override_stays_visible_and_proves_nothing(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING, sponsor="someone")
        await initiatives.evaluations.record(session, id_, NOTHING)

        await initiatives.override_verdict(
            session, id_, Verdict.IMPROVED, "The survey missed the night shift."
        )
        await initiatives.evaluations.record(session, id_, NOTHING)

        row = await session.get(Initiative, id_)
        assert (row.status, row.verdict) == ("IMPROVED", "IMPROVED")
        assert (row.overridden_by, row.override_reason) == ("someone", "The survey missed the night shift.")
        assert (await insight_of(session, id_)).verified_at is None


async def test_what_regressed_is_not_addressed_by_what_ended_before(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = await initiative(session, S.OBSERVING)
        await initiatives.evaluations.record(session, id_, BETTER)
        found = await insight_of(session, id_)
        await insights.transition(session, found.id, InsightStatus.RESOLVED)
        await insights.regress(session, found.id, "Contacts are above the limit again.")
        await insights.transition(session, found.id, InsightStatus.PRIORITISED)

        await initiatives.transition(session, id_, S.CLOSED, StepDetails())

        again = await insight_of(session, id_)
    assert (again.status, again.verified_at) == ("PRIORITISED", None)
