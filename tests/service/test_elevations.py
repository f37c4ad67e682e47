"""Does the front line get an answer to everything it asks to be fixed?"""

from uuid import UUID

import pytest

from infra.database import Database
from service import insights
from service.ground.actor import Actor
from service.ground.problems import (
    InvalidTransition,
    Required,
)
from service.ground.session import Session
from service.insights import Signal
from service.insights.tables import (
    Elevation,
    ElevationSignal,
    ElevationStatus,
    Evidence,
    FeedbackTheme,
    Insight,
    Theme,
    ThemeOrigin,
)
from tests.service import signals
from tests.service.signals import WORDS, said


async def proposed(session: Session, *names: str) -> tuple[UUID, list[Signal]]:
    found = said(session, *names)
    return await insights.elevations.propose(
        session, {"title": "Lanes close early", "frequency": "daily"}, found
    ), found


async def test_an_accepted_elevation_becomes_an_insight_with_its_signals(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        elevation_id, found = await proposed(session, "Ada", "Bob")

        insight_id = await insights.elevations.accept(session, elevation_id, {"severity": 4})

        elevation = await session.get(Elevation, elevation_id)
        insight = await session.get(Insight, insight_id)
        evidence = await session.find(Evidence, insight_id=insight_id)
    assert (elevation.status, elevation.insight_id, elevation.proposer) == ("ACCEPTED", insight_id, "someone")
    assert (insight.title, insight.severity) == ("Lanes close early", 4)
    assert [(row.feedback_id, row.quote) for row in evidence] == [(one.id, WORDS) for one in found]


async def test_an_elevation_can_be_accepted_into_an_insight_that_exists(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})
        elevation_id, _ = await proposed(session, "Ada")

        accepted = await insights.elevations.accept(session, elevation_id, insight_id)

        assert (accepted, len(await session.find(Evidence, insight_id=insight_id))) == (insight_id, 1)


async def test_an_elevation_without_a_signal_is_refused(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        with pytest.raises(Required) as refused:
            await insights.elevations.propose(session, {"title": "Lanes"}, [])

        assert (refused.value.field, await session.find(Elevation)) == (("signals",), [])


async def test_a_returned_elevation_is_answered_and_proposed_again(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        elevation_id, _ = await proposed(session, "Ada")
        asked = await insights.elevations.hand_back(session, elevation_id, "Which lanes?")
        assert (asked.status, asked.question) == ("RETURNED", "Which lanes?")
        with pytest.raises(InvalidTransition):
            await insights.elevations.accept(session, elevation_id, {})

        answered = await insights.elevations.answer(
            session, elevation_id, "Lane 4.", about=said(session, "Bob")
        )

        assert (answered.status, answered.answer) == ("PROPOSED", "Lane 4.")
        assert len(await session.find(ElevationSignal, elevation_id=elevation_id)) == 2


async def test_a_declined_elevation_says_why_and_stays_declined(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        elevation_id, _ = await proposed(session, "Ada")

        declined = await insights.elevations.decline(session, elevation_id, "The lease forbids it.")

        assert (declined.status, declined.decline_reason) == ("DECLINED", "The lease forbids it.")
    with pytest.raises(InvalidTransition):
        async with database.work(actor) as session:
            await insights.elevations.accept(session, elevation_id, {})

    async with database.work(actor) as session:
        assert await session.find(Insight) == []


async def test_an_elevation_merged_into_an_accepted_one_gives_it_more_evidence(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        first, _ = await proposed(session, "Ada")
        insight_id = await insights.elevations.accept(session, first, {})
        second, _ = await proposed(session, "Bob")

        await insights.elevations.merge(session, second, first)

        merged = await session.get(Elevation, second)
        assert (merged.status, merged.merged_into_id) == (ElevationStatus.MERGED, first)
        assert len(await session.find(ElevationSignal, elevation_id=first)) == 2
        assert len(await session.find(Evidence, insight_id=insight_id)) == 2


async def test_a_run_of_themes_can_be_recorded_again(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        first, second = (signals.feedback(session, None, WORDS) for _ in range(2))
        found = insights.themes.ThemeFound("queues", "Queues", feedback={first: 0.9})
        await insights.themes.record(session, "2026-03", ThemeOrigin.DISCOVERED, [found])

        more = insights.themes.ThemeFound("queues", "Queues", feedback={first: 0.8, second: None})
        ids = await insights.themes.record(session, "2026-03", ThemeOrigin.DISCOVERED, [more])

        links = [(link.feedback_id, link.confidence) for link in await session.find(FeedbackTheme)]
        assert [theme.id for theme in await session.find(Theme)] == [ids["queues"]]
        assert links == [(first, 0.9), (second, None)]
