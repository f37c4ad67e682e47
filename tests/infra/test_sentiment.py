"""Does a model judge only what nobody has judged, and say who it is?"""

from datetime import date
from uuid import UUID

import pytest

from infra.analysis import sentiment
from infra.database import Database
from service.feedback.tables import Feedback, FeedbackKind, FeedbackSource, Judge, Sentiment
from service.ground.actor import Actor
from service.ground.keys import uuid7
from service.ground.session import Session
from service.insights.finding_tables import AnalysisRun
from tests.service.signals import MONDAY

TODAY = date(2026, 6, 1)
BAD = "The staff was rude and the delay was terrible."


def said(session: Session, verbatim: str, **judged: object) -> UUID:
    return session.enter(
        Feedback,
        source="test",
        key=str(uuid7()),
        source_kind=FeedbackSource.REVIEW,
        kind=FeedbackKind.VERBATIM,
        verbatim=verbatim,
        submitted_at=MONDAY,
        recorded_at=session.now,
        recorded_by="test",
        **judged,
    )


async def heard(database: Database, actor: Actor, verbatim: str, **judged: object) -> Feedback:
    async with database.work(actor) as session:
        id_ = said(session, verbatim, **judged)
    async with database.work(actor) as session:
        await sentiment.run(session, TODAY)
    async with database.work(actor) as session:
        return await session.get(Feedback, id_)


async def test_a_model_says_its_version_and_how_decided_it_is(database: Database, actor: Actor) -> None:
    found = await heard(database, actor, "Today SUX!")

    assert (found.sentiment, found.sentiment_judge) == ("NEGATIVE", "MODEL")
    assert (found.sentiment_source, found.sentiment_confidence) == (sentiment.METHOD.name, 0.5461)


async def test_what_a_person_said_stays(database: Database, actor: Actor) -> None:
    person = {"sentiment": Sentiment.POSITIVE, "sentiment_judge": Judge.AGENT, "sentiment_source": "anna"}
    found = await heard(database, actor, BAD, **person)

    assert (found.sentiment, found.sentiment_judge, found.sentiment_source) == ("POSITIVE", "AGENT", "anna")


async def test_what_an_older_version_said_is_judged_anew(database: Database, actor: Actor) -> None:
    older = {"sentiment": Sentiment.POSITIVE, "sentiment_judge": Judge.MODEL, "sentiment_source": "vader 1.0"}
    found = await heard(database, actor, BAD, **older)

    assert (found.sentiment, found.sentiment_source) == ("NEGATIVE", sentiment.METHOD.name)


@pytest.mark.parametrize(("language", "judged"), [("en-GB", True), ("EN", True), ("de", False)])
async def test_only_english_is_judged(database: Database, actor: Actor, language: str, judged: bool) -> None:
    found = await heard(database, actor, BAD, language=language)

    assert (found.sentiment is not None) is judged


async def test_words_without_feeling_are_neutral_without_confidence(database: Database, actor: Actor) -> None:
    found = await heard(database, actor, "I took the train on Monday.")

    assert (found.sentiment, found.sentiment_confidence) == ("NEUTRAL", None)


async def test_a_second_run_has_nothing_to_do(database: Database, actor: Actor) -> None:
    await heard(database, actor, BAD)
    async with database.work(actor) as session:
        assert await sentiment.run(session, TODAY) == 0
        (run,) = await session.find(AnalysisRun)

    assert (run.kind, run.read_count, run.found_count) == ("SENTIMENT", 1, 1)


@pytest.mark.parametrize(
    ("compound", "expected"),
    [
        (0.05, (Sentiment.POSITIVE, 0.05)),
        (0.0499, (Sentiment.NEUTRAL, None)),
        (-0.0499, (Sentiment.NEUTRAL, None)),
        (-0.05, (Sentiment.NEGATIVE, 0.05)),
    ],
)
def test_the_limits_are_those_of_its_authors(
    compound: float, expected: tuple[Sentiment, float | None]
) -> None:
    assert sentiment.sentiment(compound) == expected
