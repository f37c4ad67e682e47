"""Does SQL count as friction what the rules say? Each kind of hurt, and the twin of a low answer."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from infra.database import Database
from service.feedback import rules
from service.feedback.rules import CUSTOMARY_SCALES, Scale
from service.feedback.tables import Feedback, FeedbackKind, FeedbackSource, ScaleDirection, SurveyKind
from service.ground.actor import Actor
from service.ground.keys import uuid7
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.insights import friction_counts, friction_rules
from service.interactions.tables import Interaction, InteractionEvent, LedgerType, Party
from service.touchpoints.tables import Channel
from tests.service import weeks
from tests.service.signals import customer
from tests.service.weeks import MIDNIGHT

_feedback = table_of(Feedback)
LOW = Statement(
    select(_feedback.c.id, friction_counts.is_low(_feedback).label("low")).where(
        _feedback.c.tenant_id == TENANT
    )
)
CALM = MIDNIGHT - timedelta(days=20)


def matter(session: Session, reason_id: UUID, customer_id: UUID | None, at: datetime, **also: object) -> UUID:
    return session.enter(
        Interaction,
        source="desk",
        key=str(uuid7()),
        contact_reason_id=reason_id,
        customer_id=customer_id,
        channel=Channel.PHONE,
        opened_at=at,
        last_event_at=at,
        **also,
    )


async def hurt(session: Session) -> int:
    """Return how many customers the only reason hurt in the last period."""
    since = MIDNIGHT - friction_counts.PERIOD
    found = await friction_counts.counts(session, "contact_reason_id", since, MIDNIGHT)
    return sum(one.hurt for one in found)


@pytest.mark.parametrize(
    ("also", "expected"),
    [
        ({}, 0),
        ({"reopen_count": 1}, 1),
        ({"sla_met": False}, 1),
        ({"sla_met": True}, 0),
    ],
)
async def test_a_reopened_or_late_matter_hurts(
    database: Database, actor: Actor, also: dict[str, object], expected: int
) -> None:
    async with database.work(actor) as session:
        matter(session, weeks.reason(session, "fees"), customer(session, "Ada"), CALM, **also)

        assert await hurt(session) == expected


async def test_a_matter_that_was_abandoned_hurts(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        id_ = matter(session, weeks.reason(session, "fees"), customer(session, "Ada"), CALM)
        session.enter(
            InteractionEvent,
            interaction_id=id_,
            position=1,
            type=LedgerType.ABANDONED,
            actor_kind=Party.CUSTOMER,
            occurred_at=CALM,
            recorded_at=CALM,
        )

        assert await hurt(session) == 1


@pytest.mark.parametrize(("days", "expected"), [(7, 1), (8, 0)])
async def test_the_same_again_within_a_week_hurts(
    database: Database, actor: Actor, days: int, expected: int
) -> None:
    async with database.work(actor) as session:
        reason, ada = weeks.reason(session, "fees"), customer(session, "Ada")
        matter(session, reason, ada, CALM - timedelta(days=days))
        matter(session, reason, ada, CALM)

        assert await hurt(session) == expected


async def test_another_reason_within_a_week_does_not_hurt(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        ada = customer(session, "Ada")
        matter(session, weeks.reason(session, "fees"), ada, CALM - timedelta(days=1))
        matter(session, weeks.reason(session, "login"), ada, CALM)

        assert await hurt(session) == 0


async def test_what_came_back_on_the_first_day_is_known_by_the_week_before(
    database: Database, actor: Actor
) -> None:
    first = MIDNIGHT - friction_counts.PERIOD + timedelta(hours=1)
    async with database.work(actor) as session:
        reason, ada = weeks.reason(session, "fees"), customer(session, "Ada")
        matter(session, reason, ada, first - timedelta(days=3))
        matter(session, reason, ada, first)

        assert await hurt(session) == 1


async def test_unknown_customers_count_for_nothing(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        reason = weeks.reason(session, "fees")
        for _ in range(2):
            matter(session, reason, None, CALM, reopen_count=1)

        assert await hurt(session) == 0


def test_months_before_counting_began_say_nothing_about_scatter() -> None:
    # Shares of one half, twice: 60 and 40 where 50 are due is a chi square of 4 x 100 / 50, of one degree.
    steady = friction_rules.months([[0, 0, 3, 60, 40], [0, 0, 9, 40, 60]])

    assert friction_rules.scatter(steady) == pytest.approx(8)
    assert friction_rules.scatter(steady[:, :4]) == 1


async def test_sql_calls_low_what_the_rule_calls_low(database: Database, actor: Actor) -> None:
    expected: dict[UUID, bool] = {}
    async with database.work(actor) as session:
        for kind in SurveyKind:
            scale = CUSTOMARY_SCALES[kind]
            for direction in [ScaleDirection.HIGHER_IS_BETTER] if kind == SurveyKind.NPS else ScaleDirection:
                shown = Scale(scale.least, scale.most, direction)
                for score in range(int(scale.least), int(scale.most) + 1):
                    id_ = answer(session, FeedbackKind(kind), score, shown)
                    expected[id_] = rules.is_low(FeedbackKind(kind), score, shown)
        found = {row["id"]: row["low"] for row in await session.rows(LOW)}

    assert found == expected
    assert set(expected.values()) == {True, False}


def answer(session: Session, kind: FeedbackKind, score: float, scale: Scale) -> UUID:
    return session.enter(
        Feedback,
        source="desk",
        key=str(uuid7()),
        source_kind=FeedbackSource.SURVEY,
        kind=kind,
        score=score,
        scale_min=scale.least,
        scale_max=scale.most,
        direction=scale.direction,
        nps_category=rules.nps_category(score) if kind == FeedbackKind.NPS else None,
        submitted_at=CALM,
        recorded_at=CALM,
        recorded_by="test",
    )
