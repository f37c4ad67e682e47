"""What moves the scores, and how sure is that? Leave one out, with the bootstrap's interval."""

from datetime import timedelta
from uuid import UUID

import pytest

from infra.database import Database
from service import insights
from service.feedback.rules import nps_category
from service.feedback.tables import Feedback, FeedbackKind, FeedbackReason, FeedbackSource, ScaleDirection
from service.ground.actor import Actor
from service.ground.keys import uuid7
from service.ground.session import Session
from service.insights.drivers import impact
from service.insights.finding_tables import AnalysisRun, Driver
from service.metrics.nps import Groups, difference
from tests.service import weeks
from tests.service.weeks import MIDNIGHT, TODAY


def test_the_impact_is_the_score_of_all_less_that_of_the_others() -> None:
    # Of 100: 60 promoters, 20 detractors, 40 points. Without those who met it 50 of 60 and none: 83.3 points.
    found = impact(Groups(10, 10, 20), Groups(50, 10, 0))

    assert found.points == pytest.approx(40 - 100 * 50 / 60)


def test_the_interval_is_that_of_the_difference_times_the_share() -> None:
    # The impact is the share of those who met it times the difference of the scores; shares hardly vary here.
    those, others = Groups(400, 300, 300), Groups(600, 250, 150)
    found = impact(those, others)
    wald = difference(those, others).interval

    assert wald is not None
    assert found.interval.low == pytest.approx(wald.low / 2, abs=0.6)
    assert found.interval.high == pytest.approx(wald.high / 2, abs=0.6)


def test_the_same_answers_give_the_same_interval() -> None:
    assert impact(Groups(5, 9, 30), Groups(80, 9, 3)) == impact(Groups(5, 9, 30), Groups(80, 9, 3))


def test_what_makes_no_difference_has_no_impact() -> None:
    found = impact(Groups(30, 40, 30), Groups(60, 80, 60))

    assert found.points == 0
    assert found.interval.low < 0 < found.interval.high


def rated(session: Session, score: float, reason_id: UUID | None) -> None:
    at = MIDNIGHT - timedelta(days=3)
    row = Feedback(
        source="desk",
        key=str(uuid7()),
        source_kind=FeedbackSource.SURVEY,
        kind=FeedbackKind.NPS,
        score=score,
        scale_min=0,
        scale_max=10,
        direction=ScaleDirection.HIGHER_IS_BETTER,
        nps_category=nps_category(score),
        submitted_at=at,
        recorded_at=session.now,
        recorded_by="test",
    )
    feedback = session.add(row).id
    if reason_id:
        session.add(FeedbackReason(feedback_id=feedback, contact_reason_id=reason_id, submitted_at=at))


async def measure(database: Database, actor: Actor, *, met: int) -> list[Driver]:
    """`met` answers of 0 speak of billing; 60 of 10 speak of nothing."""
    async with database.work(actor) as session:
        billing = weeks.reason(session, "billing")
        for _ in range(met):
            rated(session, 0, billing)
        for _ in range(60):
            rated(session, 10, None)
    async with database.work(actor) as session:
        await insights.drivers.run(session, TODAY)
        return await session.find(Driver)


async def test_a_reason_that_pulls_the_score_down_is_measured(database: Database, actor: Actor) -> None:
    (found,) = await measure(database, actor, met=40)

    assert (found.metric, found.answers, found.other_answers) == ("NPS", 40, 60)
    assert (found.score, found.other_score) == (-100, 100)
    assert found.impact == pytest.approx(20 - 100)
    assert found.impact_low < found.impact < found.impact_high < 0


async def test_too_few_answers_are_not_measured(database: Database, actor: Actor) -> None:
    assert await measure(database, actor, met=29) == []


async def test_a_later_run_keeps_the_earlier_one_beside_it(database: Database, actor: Actor) -> None:
    await measure(database, actor, met=40)
    async with database.work(actor) as session:
        await insights.drivers.run(session, TODAY)

    async with database.work(actor) as session:
        assert sorted(row.current for row in await session.find(Driver)) == [False, True]
        assert len(await session.find(AnalysisRun)) == 2
