"""Do the numbers about loops count what they promise: silence and overrides in the denominator alone?"""

from datetime import timedelta
from uuid import UUID

import pytest

from infra.database import Database
from service import initiatives, loops
from service.ground.actor import Actor
from service.ground.machine import StateChange
from service.ground.session import Session
from service.initiatives import Evaluation
from service.initiatives.tables import EvidenceGrade, Verdict
from service.insights.tables import Insight, InsightStatus
from service.loops.tables import FollowUpStatus, Recovery, RecoveryOrigin, RecoveryStatus, Suppression
from service.touchpoints.tables import Channel
from tests.ground import Answering
from tests.service.changes import BETTER, S, initiative
from tests.service.loop_ground import Tale

RATE = "query($q: MetricInput!) { metric(input: $q) { value sampleSize } }"
UNCLEAR = Evaluation(Verdict.INCONCLUSIVE, EvidenceGrade.C, 812, reason_code="WIDE_INTERVAL", is_final=True)
EARLY = Evaluation(Verdict.IMPROVED, EvidenceGrade.C, 812, -0.4, -0.5, -0.3)


async def rate(ask: Answering, metric: str) -> tuple[int, int]:
    """Returns how many count, and of how many."""
    found = (await ask(RATE, q={"metric": metric}))["metric"]
    return round(found["value"] * found["sampleSize"]), found["sampleSize"]


@pytest.fixture
def tale(database: Database, actor: Actor) -> Tale:
    return Tale(database, actor)


async def test_silence_and_reopening_are_no_recovery_and_what_was_dismissed_counts_nowhere(
    ask: Answering, tale: Tale
) -> None:
    customer_id = await tale.customer()
    async with tale.database.work(tale.actor) as session:
        for status in ("RECOVERED", "RECOVERED", "UNCONFIRMED", "REOPENED", "DISMISSED", "DUPLICATE", "OPEN"):
            remedied = status in {"RECOVERED", "UNCONFIRMED", "REOPENED"}
            session.add(
                Recovery(
                    customer_id=customer_id,
                    origin=RecoveryOrigin.AGENT,
                    severity=3,
                    status=RecoveryStatus(status),
                    opened_at=session.now,
                    remedied_at=session.now if remedied else None,
                )
            )

    assert await rate(ask, "RECOVERY_RATE") == (2, 4)


async def test_told_is_counted_of_those_who_could_be_told(ask: Answering, tale: Tale) -> None:
    _, initiative_id = await tale.shipped(*[await tale.customer() for _ in range(4)])
    _, waived, suppressed, told = await tale.owed(initiative_id)
    async with tale.database.work(tale.actor) as session:
        await loops.follow_ups.waive(session, waived.id, "Told by telephone.")
        await loops.follow_ups.suppress(session, suppressed.id, Suppression.OPTED_OUT)
        await loops.follow_ups.send(session, told.id, Channel.EMAIL)

    assert [one.status for one in await tale.owed(initiative_id)] == [
        FollowUpStatus.READY,
        FollowUpStatus.WAIVED,
        FollowUpStatus.SUPPRESSED,
        FollowUpStatus.SENT,
    ]
    assert await rate(ask, "TOLD_RATE") == (1, 2)


async def test_an_effect_is_verified_by_what_was_computed_and_final(
    ask: Answering, database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        for found in (BETTER, UNCLEAR, EARLY, UNCLEAR):
            id_ = await initiative(session, S.OBSERVING, sponsor=actor.subject)
            await initiatives.evaluations.record(session, id_, found)
        await initiatives.override_verdict(session, id_, Verdict.IMPROVED, "Everybody says so.")

    assert await rate(ask, "VERIFIED_EFFECT_RATE") == (1, 3)


async def test_what_comes_back_within_the_window_regressed(
    ask: Answering, database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        resolved(session, days_ago=200)
        resolved(session, days_ago=200, back_after=89)
        resolved(session, days_ago=200, back_after=90)
        resolved(session, days_ago=20, back_after=5)

    assert await rate(ask, "REGRESSION_RATE") == (1, 3)


def resolved(session: Session, *, days_ago: int, back_after: int | None = None) -> None:
    """Add an insight that was resolved so long ago, and may have come back so many days later."""
    status = InsightStatus.RESOLVED if back_after is None else InsightStatus.REGRESSED
    insight = session.add(Insight(title="Queues", status=status))
    _step(session, insight.id, "RESOLVED", days_ago)
    if back_after is not None:
        _step(session, insight.id, "REGRESSED", days_ago - back_after)


def _step(session: Session, insight_id: UUID, target: str, days_ago: int) -> None:
    step = StateChange(
        subject_type="Insight",
        subject_id=insight_id,
        source="ADDRESSING",
        target=target,
        actor="someone",
        occurred_at=session.now - timedelta(days=days_ago),
    )
    session.add(step)
