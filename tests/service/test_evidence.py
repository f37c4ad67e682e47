"""Are the customers' own words what backs an insight, and does nothing get lost on the way?"""

import asyncio
from uuid import UUID

import pytest

from infra.database import Database
from service import insights
from service.ground.actor import Actor
from service.ground.events import OutboxEvent
from service.ground.problems import (
    Blocked,
    Invalid,
    LimitExceeded,
    NotFound,
    Problem,
    Required,
)
from service.insights import Signal
from service.insights.tables import (
    Evidence,
    Insight,
    InsightStatus,
)
from service.touchpoints.tables import TouchpointEvent
from tests.service import signals
from tests.service.signals import WORDS, said

EVIDENCED = InsightStatus.EVIDENCED


async def test_feedback_becomes_evidence_with_the_customers_own_words(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})
        ada = signals.customer(session, "Ada")
        feedback = signals.feedback(session, ada, WORDS)

        [evidence_id] = await insights.evidence.link(session, insight_id, [Signal("feedback_id", feedback)])

        row = await session.get(Evidence, evidence_id)
    assert (row.customer_id, row.quote, row.importance, row.linked_by) == (ada, WORDS, 1, "someone")


async def test_a_quote_is_copied_letter_by_letter(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})
        feedback = signals.feedback(session, None, WORDS)
        await insights.evidence.link(session, insight_id, [Signal("feedback_id", feedback, "took an hour")])
        other = signals.feedback(session, None, WORDS)

        with pytest.raises(Invalid) as refused:
            await insights.evidence.link(session, insight_id, [Signal("feedback_id", other, "took a day")])

        quotes = [row.quote for row in await session.find(Evidence)]
    assert refused.value.field == ("signals", "0", "quote")
    assert quotes == ["took an hour"]


async def test_each_new_evidence_is_announced_with_its_customer(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})
        ada, bob = signals.customer(session, "Ada"), signals.customer(session, "Bob")
        hers = [
            Signal("interaction_id", signals.interaction(session, ada)),
            Signal("touchpoint_event_id", signals.touchpoint_event(session, ada)),
        ]
        his = Signal("feedback_id", signals.feedback(session, bob, WORDS))

        linked = await insights.evidence.link(session, insight_id, [*hers, his])

        events = await session.find(OutboxEvent, type="evidence.linked")
    told = [(event.subject_id, event.payload["customer"]) for event in events]
    assert told == [(linked[0], str(ada)), (linked[1], str(ada)), (linked[2], str(bob))]


async def test_a_signal_backs_an_insight_once(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})
        [signal] = said(session, "Ada")
        first = await insights.evidence.link(session, insight_id, [signal, signal])

        second = await insights.evidence.link(session, insight_id, [signal])

        assert (first, len(await session.find(Evidence))) == (second, 1)


async def test_two_who_link_the_same_signal_at_once_link_it_once(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})
        [signal] = said(session, "Ada")

    async def link() -> list[UUID]:
        async with database.work(actor) as session:
            return await insights.evidence.link(session, insight_id, [signal])

    one, other = await asyncio.gather(link(), link())

    async with database.work(actor) as session:
        assert [row.id for row in await session.find(Evidence)] == one == other


async def test_unlinked_evidence_counts_no_longer_but_is_kept(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})
        found = said(session, "Ada", "Bob", "Eve")
        linked = await insights.evidence.link(session, insight_id, found)

        row = await insights.evidence.unlink(session, linked[0], "It was another airport.")

        assert (row.unlinked_by, row.unlink_reason, row.quote) == (
            "someone",
            "It was another airport.",
            WORDS,
        )
        with pytest.raises(Blocked):
            await insights.transition(session, insight_id, EVIDENCED)
        with pytest.raises(Invalid, match="before"):
            await insights.evidence.unlink(session, linked[0], "Twice.")
        again = await insights.evidence.link(session, insight_id, found[:1])
        assert again != linked[:1]
        await insights.transition(session, insight_id, EVIDENCED)


@pytest.mark.parametrize(
    ("chosen", "problem", "field"),
    [
        ([], Required, ("signals",)),
        ([Signal("feedback_id", UUID(int=1))], NotFound, ("signals", "0", "feedbackId")),
        ([Signal("interaction_id", UUID(int=n)) for n in range(101)], LimitExceeded, ("signals",)),
    ],
    ids=["none", "unknown", "too many"],
)
async def test_evidence_needs_signals_that_exist(
    database: Database, actor: Actor, chosen: list[Signal], problem: type[Problem], field: tuple[str, ...]
) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})

        with pytest.raises(problem) as refused:
            await insights.evidence.link(session, insight_id, chosen)

        assert (refused.value.field, await session.find(Evidence)) == (field, [])


async def test_evidence_follows_an_event_to_its_customer(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})
        event = signals.touchpoint_event(session, None)
        signal = Signal("touchpoint_event_id", event)
        [evidence_id] = await insights.evidence.link(session, insight_id, [signal])
        ada = signals.customer(session, "Ada")
        await session.change(await session.get(TouchpointEvent, event), customer_id=ada)

        session.emit("touchpoint_event.reattributed", event, ids=[str(event)])

    async with database.work(actor) as session:
        assert (await session.get(Evidence, evidence_id)).customer_id == ada
        [told] = await session.find(OutboxEvent, type="evidence.attributed")
    assert (told.subject_id, told.payload) == (
        evidence_id,
        {"insight": str(insight_id), "customer": str(ada)},
    )


async def test_a_merge_hands_over_what_the_survivor_lacks(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        source, target = (insights.draft(session, {"title": title}) for title in ("Lines", "Queues"))
        shared, own = said(session, "Ada", "Bob")
        await insights.evidence.link(session, source, [shared, own])
        await insights.evidence.link(session, target, [shared])

        await insights.merge(session, source, target, "The same thing.")

        merged = await session.get(Insight, source)
        evidence = await session.find(Evidence, insight_id=target)
        assert (merged.status, merged.merged_into_id) == ("MERGED", target)
        assert [row.feedback_id for row in evidence] == [own.id, shared.id]
        with pytest.raises(Invalid, match="takes no more evidence"):
            await insights.evidence.link(session, source, [own])


async def test_an_insight_is_not_merged_into_itself_or_a_rejected_one(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        insight_id, rejected = (insights.draft(session, {"title": "Queues"}) for _ in range(2))
        await insights.transition(session, rejected, InsightStatus.REJECTED, reason="Not ours.")

        for target in (insight_id, rejected):
            with pytest.raises(Invalid):
                await insights.merge(session, insight_id, target, "The same thing.")

        assert (await session.get(Insight, insight_id)).status == "DRAFT"
