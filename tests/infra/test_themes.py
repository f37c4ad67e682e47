"""Are themes found in words, named by people, and do people's corrections hold against later runs?"""

from datetime import date
from uuid import UUID

import pytest

from infra.analysis import themes as finding
from infra.database import Database
from service import insights
from service.feedback.tables import Feedback, FeedbackKind, FeedbackSource, Judge
from service.ground.actor import Actor
from service.ground.keys import uuid7
from service.ground.problems import Invalid, Required
from service.ground.session import Session
from service.insights.discovery import continuing
from service.insights.tables import FeedbackTheme, Theme
from tests.ground import Answering
from tests.service.signals import MONDAY

TODAY = date(2026, 3, 9)
SUBJECTS = {
    "queue": "The security queue was slow, a {} line at the security queue.",
    "food": "Expensive coffee, the {} restaurant sells expensive coffee.",
    "parking": "No parking space, the {} garage had no parking space.",
}
COLOURS = ("red", "blue", "green", "small", "large", "old", "new", "busy", "quiet", "north", "south", "main")
SHOWN = """
{
  themes(filter: {current: true}) {
    nodes {
      name foundName renamedBy origin continues { id } analysisRun { kind model readCount }
      feedback { totalCount }
    }
  }
}
"""
WITHDRAW = """
mutation($theme: ID!, $feedback: [ID!]!) {
  themeWithdraw(input: {themeId: $theme, feedbackIds: $feedback, reason: "It is about the shop."}) {
    userErrors { code field }
    feedback {
      themes { nodes { id } }
      themeAssignments { theme { id } judge judgedBy confidence withdrawnBy withdrawReason }
    }
  }
}
"""


def said(session: Session, verbatim: str) -> UUID:
    return session.enter(
        Feedback,
        source="test",
        key=str(uuid7()),
        source_kind=FeedbackSource.REVIEW,
        kind=FeedbackKind.VERBATIM,
        verbatim=verbatim,
        language="en",
        submitted_at=MONDAY,
        recorded_at=session.now,
        recorded_by="test",
    )


async def spoken(database: Database, actor: Actor) -> dict[str, list[UUID]]:
    """Twelve customers speak of each subject, in different words."""
    async with database.work(actor) as session:
        return {
            subject: [said(session, text.format(colour)) for colour in COLOURS]
            for subject, text in SUBJECTS.items()
        }


async def discover(database: Database, actor: Actor) -> UUID | None:
    async with database.work(actor) as session:
        return await finding.run(session, TODAY)


async def current(database: Database, actor: Actor) -> dict[str, Theme]:
    """The themes that hold, by the first word of what the run called them."""
    async with database.work(actor) as session:
        found = await session.find(Theme)
    return {(row.found_name or row.name).split(",")[0]: row for row in found if row.superseded_at is None}


async def feedback_of(database: Database, actor: Actor, theme: Theme) -> set[UUID]:
    async with database.work(actor) as session:
        links = await session.find(FeedbackTheme, theme_id=theme.id)
    return {link.feedback_id for link in links if link.withdrawn_at is None}


def test_the_same_texts_give_the_same_topics() -> None:
    texts = [text.format(colour) for text in SUBJECTS.values() for colour in COLOURS]

    first, again = finding.find(texts), finding.find(texts)

    assert [topic.terms for topic in first] == [topic.terms for topic in again]


def test_what_may_name_a_person_is_no_term() -> None:
    text = "Ask joe.doe@mail.org or @joe at https://x.org/joe, booking AB12345 of 2026."

    assert finding.scrubbed(text).split() == ["ask", "or", "at", "booking", "of"]


def test_few_texts_have_no_topics() -> None:
    assert finding.find(["The queue was slow."] * 29) == []


def test_texts_without_common_terms_have_no_topics() -> None:
    assert finding.find([f"{'abcdefghijklmnopqrstuvwxyz'[n % 26] * (3 + n)}" for n in range(40)]) == []


@pytest.mark.parametrize(("texts", "expected"), [(30, 2), (225, 3), (2_500, 10), (20_000, 20)])
def test_more_texts_are_worth_more_themes(texts: int, expected: int) -> None:
    assert finding.themes_of(texts) == expected


def test_a_theme_continues_the_one_it_is_most_like() -> None:
    a, b, c, d = (uuid7() for _ in range(4))
    old, other = uuid7(), uuid7()

    found = continuing(
        {"same": frozenset({a, b}), "half": frozenset({a, b, c, d}), "new": frozenset({d})},
        {old: frozenset({a, b}), other: frozenset({c})},
    )

    assert found == {"same": old}


async def test_a_run_finds_what_was_spoken_of(database: Database, actor: Actor, ask: Answering) -> None:
    await spoken(database, actor)
    await discover(database, actor)

    nodes = (await ask(SHOWN))["themes"]["nodes"]

    assert len(nodes) == 2
    assert {node["origin"] for node in nodes} == {"DISCOVERED"}
    assert nodes[0]["analysisRun"] == {"kind": "THEMES", "model": "nmf", "readCount": 36}
    assert all(node["feedback"]["totalCount"] >= 12 for node in nodes)


async def test_a_later_run_keeps_a_persons_name(database: Database, actor: Actor, ask: Answering) -> None:
    await spoken(database, actor)
    await discover(database, actor)
    first = next(iter((await current(database, actor)).values()))
    async with database.work(actor) as session:
        await insights.themes.rename(session, first.id, "What we hear at security")
    await discover(database, actor)

    nodes = (await ask(SHOWN))["themes"]["nodes"]

    (renamed,) = [node for node in nodes if node["renamedBy"]]
    assert (renamed["name"], renamed["foundName"]) == ("What we hear at security", first.name)
    assert renamed["continues"] == {"id": f"thm_{first.id}"}
    assert len(nodes) == 2


async def test_a_later_run_keeps_what_a_person_assigned_and_withdrew(
    database: Database, actor: Actor
) -> None:
    heard = await spoken(database, actor)
    async with database.work(actor) as session:
        other = said(session, "Nice art.")
    await discover(database, actor)
    first = next(iter((await current(database, actor)).values()))
    taken_back = min(await feedback_of(database, actor, first))
    async with database.work(actor) as session:
        await insights.themes.assign(session, first.id, [other])
        await insights.themes.withdraw(session, first.id, [taken_back], "A joke.")
    await discover(database, actor)

    (later,) = [one for one in (await current(database, actor)).values() if one.continues_id == first.id]
    assert heard
    assert other in await feedback_of(database, actor, later)
    assert taken_back not in await feedback_of(database, actor, later)
    async with database.work(actor) as session:
        (kept,) = await session.find(FeedbackTheme, theme_id=later.id, feedback_id=taken_back)
    assert (kept.withdrawn_by, kept.withdraw_reason) == ("someone", "A joke.")


async def test_an_assignment_shows_who_made_it_and_who_took_it_back(
    database: Database, actor: Actor, ask: Answering
) -> None:
    await spoken(database, actor)
    await discover(database, actor)
    theme = next(iter((await current(database, actor)).values()))
    feedback = min(await feedback_of(database, actor, theme))

    answered = await ask(WITHDRAW, theme=f"thm_{theme.id}", feedback=[f"fbk_{feedback}"])

    (shown,) = answered["themeWithdraw"]["feedback"]
    (assignment,) = [one for one in shown["themeAssignments"] if one["theme"]["id"] == f"thm_{theme.id}"]
    assert f"thm_{theme.id}" not in {one["id"] for one in shown["themes"]["nodes"]}
    assert (assignment["judge"], assignment["judgedBy"]) == ("MODEL", finding.METHOD.name)
    assert assignment["confidence"] >= finding.SURE
    assert assignment["withdrawnBy"] == "someone"
    assert assignment["withdrawReason"] == "It is about the shop."


async def test_a_person_may_assign_again_what_was_withdrawn(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        theme = await insights.themes.add(session, "Security")
        words = said(session, "The queue was slow.")
        await insights.themes.assign(session, theme, [words])
        await insights.themes.withdraw(session, theme, [words], "A joke.")
        await insights.themes.assign(session, theme, [words])

    async with database.work(actor) as session:
        (link,) = await session.find(FeedbackTheme, theme_id=theme)
    assert (link.judge, link.judged_by, link.withdrawn_at) == (Judge.AGENT, "someone", None)


async def test_what_is_not_assigned_cannot_be_withdrawn(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        theme = await insights.themes.add(session, "Security")
        words = said(session, "The queue was slow.")
    with pytest.raises(Invalid):
        async with database.work(actor) as session:
            await insights.themes.withdraw(session, theme, [words], "A joke.")

    async with database.work(actor) as session:
        assert await session.find(FeedbackTheme) == []


async def test_a_withdrawal_needs_its_reason(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        theme = await insights.themes.add(session, "Security")
        words = said(session, "The queue was slow.")
        await insights.themes.assign(session, theme, [words])
    with pytest.raises(Required):
        async with database.work(actor) as session:
            await insights.themes.withdraw(session, theme, [words], " ")

    async with database.work(actor) as session:
        assert [link.withdrawn_at for link in await session.find(FeedbackTheme)] == [None]
