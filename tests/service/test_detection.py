"""What is suggested, and what becomes of it? Detection on weeks of contacts, and a person's decisions."""

from datetime import timedelta
from uuid import UUID

import pytest

from infra.database import Database
from service import insights
from service.feedback.tables import Feedback, FeedbackKind, FeedbackSource, Judge
from service.ground.actor import Actor
from service.ground.keys import uuid7
from service.ground.problems import InvalidTransition, Required
from service.ground.session import Session
from service.insights.finding_tables import AnalysisRun, Suggestion
from service.insights.tables import Evidence, FeedbackTheme, Insight, InsightStatus, Theme, ThemeOrigin
from service.interactions.tables import ContactReason, Interaction
from tests.service import weeks
from tests.service.weeks import TODAY


async def suggestions(database: Database, actor: Actor) -> list[Suggestion]:
    async with database.work(actor) as session:
        return await session.find(Suggestion)


async def suggested(database: Database, actor: Actor, **counts: int) -> list[Suggestion]:
    """Detect in the usual weeks with these counts in the last."""
    async with database.work(actor) as session:
        weeks.last_week(session, weeks.past(session), **counts)
    await detect(database, actor)
    return await suggestions(database, actor)


async def detect(database: Database, actor: Actor) -> insights.detection.Detection:
    async with database.work(actor) as session:
        return await insights.detection.run(session, TODAY)


async def reasons(session: Session) -> dict[str, UUID]:
    return {row.key: row.id for row in await session.find(ContactReason)}


async def test_a_surge_is_suggested_with_its_statistics(database: Database, actor: Actor) -> None:
    (found,) = await suggested(database, actor, login=30)

    async with database.work(actor) as session:
        assert found.contact_reason_id == (await reasons(session))["login"]
        (run,) = await session.find(AnalysisRun)
    assert (found.status, found.observed, found.customers) == ("OPEN", 30, 5)
    assert found.usual == pytest.approx(53 / 8)
    assert (found.baseline_periods, found.season) == (8, 1)
    assert found.probability < 1e-6
    assert found.title == "More customers than usual get in touch about Login"
    assert found.why.startswith("30 in the seven days up to 2026-06-01, where ")
    assert (run.kind, run.read_count, run.found_count, run.note) == ("DETECTION", 4, 1, None)


async def test_usual_weeks_suggest_nothing(database: Database, actor: Actor) -> None:
    assert await suggested(database, actor) == []


async def test_a_rise_that_all_share_is_not_suggested(database: Database, actor: Actor) -> None:
    assert await suggested(database, actor, billing=20, delivery=41, login=13, returns=30) == []


async def test_a_new_source_is_not_suggested_and_named(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        found = weeks.past(session)
        weeks.last_week(session, found)
        weeks.contacts(session, found["login"], 60, weeks_ago=0, source="chatbot")
    detection = await detect(database, actor)

    assert detection.left_out == ("chatbot",)
    assert await suggestions(database, actor) == []
    async with database.work(actor) as session:
        (run,) = await session.find(AnalysisRun)
        assert run.note == "Left out, since they began or paused meanwhile: chatbot."


async def test_a_reason_made_meanwhile_is_not_suggested(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        weeks.last_week(session, weeks.past(session))
        new = weeks.reason(session, "new-form")
        row = await session.get(ContactReason, new)
        await session.change(row, valid_from=weeks.MIDNIGHT - timedelta(days=10))
        weeks.contacts(session, new, 40, weeks_ago=0)
    await detect(database, actor)

    assert await suggestions(database, actor) == []


async def test_a_theme_that_rises_is_suggested(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        theme = session.add(
            Theme(key="queue", name="queues", origin=ThemeOrigin.CODED, created_at=session.now)
        )
        for week, count in enumerate((12, 2, 3, 1, 2, 3, 2, 2, 3)):
            for number in range(20):
                at = weeks.MIDNIGHT - timedelta(days=7 * week + 1, minutes=number)
                words = said(session, at)
                if number < count:
                    assigned(session, theme.id, words)
    detection = await detect(database, actor)

    (found,) = await suggestions(database, actor)
    assert (found.theme_id, found.observed) == (theme.id, 12)
    assert found.title == "More customers than usual speak of queues"
    assert detection.suggestion_ids == (found.id,)


async def test_the_same_day_again_renews_what_waits(database: Database, actor: Actor) -> None:
    (first,) = await suggested(database, actor, login=30)
    again = await detect(database, actor)

    (found,) = await suggestions(database, actor)
    assert (found.id, found.version, again.new) == (first.id, 2, 0)


async def test_accepting_makes_an_insight_with_the_signals_as_evidence(
    database: Database, actor: Actor
) -> None:
    (found,) = await suggested(database, actor, login=30)
    async with database.work(actor) as session:
        insight_id = await insights.suggestions.accept(session, found.id, {"severity": 4})

    async with database.work(actor) as session:
        insight = await session.get(Insight, insight_id)
        evidence = await session.find(Evidence, insight_id=insight_id)
        known = await reasons(session)
        contacts = {row.id for row in await session.find(Interaction, contact_reason_id=known["login"])}
    assert (insight.title, insight.summary, insight.severity) == (found.title, found.why, 4)
    assert (insight.contact_reason_id, insight.status) == (known["login"], "DRAFT")
    assert len(evidence) == 30
    assert {row.interaction_id for row in evidence} <= contacts
    assert len({row.customer_id for row in evidence}) == 5
    (decided,) = await suggestions(database, actor)
    assert (decided.status, decided.decided_by, decided.insight_id) == ("ACCEPTED", "someone", insight_id)


async def test_what_was_decided_cannot_be_decided_again(database: Database, actor: Actor) -> None:
    (found,) = await suggested(database, actor, login=30)
    async with database.work(actor) as session:
        await insights.suggestions.dismiss(session, found.id, "A test of the phones.")

    with pytest.raises(InvalidTransition):
        async with database.work(actor) as session:
            await insights.suggestions.accept(session, found.id, {})
    async with database.work(actor) as session:
        assert await session.find(Insight) == []


async def test_a_dismissal_needs_its_reason(database: Database, actor: Actor) -> None:
    (found,) = await suggested(database, actor, login=30)

    with pytest.raises(Required):
        async with database.work(actor) as session:
            await insights.suggestions.dismiss(session, found.id, " ")
    assert [row.status for row in await suggestions(database, actor)] == ["OPEN"]


async def test_what_was_dismissed_is_not_suggested_again(database: Database, actor: Actor) -> None:
    (found,) = await suggested(database, actor, login=30)
    async with database.work(actor) as session:
        await insights.suggestions.dismiss(session, found.id, "A test of the phones.")
    again = await detect(database, actor)

    assert again.suggestion_ids == ()
    assert [row.status for row in await suggestions(database, actor)] == ["DISMISSED"]


async def test_what_was_dismissed_is_suggested_again_once_it_is_much_stronger(
    database: Database, actor: Actor
) -> None:
    (found,) = await suggested(database, actor, login=30)
    async with database.work(actor) as session:
        await insights.suggestions.dismiss(session, found.id, "A test of the phones.")
        weeks.contacts(session, (await reasons(session))["login"], 40, weeks_ago=0)
    again = await detect(database, actor)

    assert (again.new, len(await suggestions(database, actor))) == (1, 2)


async def test_what_was_dismissed_and_calmed_down_is_news_again(database: Database, actor: Actor) -> None:
    (found,) = await suggested(database, actor, login=30)
    async with database.work(actor) as session:
        await insights.suggestions.dismiss(session, found.id, "A test of the phones.")
        await insights.suggestions.suggest(session, [], [found.contact_reason_id or found.id])
    again = await detect(database, actor)

    assert again.new == 1


async def test_while_its_insight_is_dealt_with_nothing_is_suggested(database: Database, actor: Actor) -> None:
    (found,) = await suggested(database, actor, login=30)
    async with database.work(actor) as session:
        insight_id = await insights.suggestions.accept(session, found.id, {})
        await insights.suggestions.suggest(session, [], [found.contact_reason_id or found.id])
    assert (await detect(database, actor)).suggestion_ids == ()

    async with database.work(actor) as session:
        await insights.transition(session, insight_id, InsightStatus.REJECTED, reason="No pattern.")
    assert (await detect(database, actor)).new == 1


async def test_a_tenant_is_not_suggested_what_another_sees(
    database: Database, actor: Actor, stranger: Actor
) -> None:
    await suggested(database, actor, login=30)

    assert (await detect(database, stranger)).looked_at == 0
    assert await suggestions(database, stranger) == []


def said(session: Session, at: object) -> UUID:
    return session.enter(
        Feedback,
        source="reviews",
        key=str(uuid7()),
        source_kind=FeedbackSource.REVIEW,
        kind=FeedbackKind.VERBATIM,
        verbatim="The queue was long.",
        submitted_at=at,
        recorded_at=session.now,
        recorded_by="test",
    )


def assigned(session: Session, theme_id: UUID, feedback_id: UUID) -> None:
    session.enter(
        FeedbackTheme, theme_id=theme_id, feedback_id=feedback_id, linked_at=session.now, judge=Judge.AGENT
    )
