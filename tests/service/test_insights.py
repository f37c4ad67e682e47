"""Does a claim ripen only by evidence, and does nothing get lost on the way?"""

from datetime import timedelta
from uuid import UUID

import pytest

from infra.database import Database
from service import insights
from service.ground.actor import Actor
from service.ground.events import OutboxEvent
from service.ground.machine import StateChange
from service.ground.problems import (
    Blocked,
    Invalid,
    InvalidTransition,
    LimitExceeded,
    NotFound,
    Problem,
    Required,
    StaleVersion,
)
from service.ground.session import Session
from service.insights import PriorityInputs, Signal, Standing
from service.insights.machine import INSIGHT
from service.insights.rules import priority
from service.insights.tables import (
    Elevation,
    ElevationSignal,
    ElevationStatus,
    Evidence,
    FeedbackTheme,
    Insight,
    InsightStatus,
    Theme,
    ThemeOrigin,
)
from tests.service import signals

EVIDENCED, VALIDATED, PRIORITISED = (
    InsightStatus.EVIDENCED,
    InsightStatus.VALIDATED,
    InsightStatus.PRIORITISED,
)
ADDRESSING, RESOLVED = InsightStatus.ADDRESSING, InsightStatus.RESOLVED
WORDS = "The queue took an hour and nobody said why."


def said(session: Session, *names: str) -> list[Signal]:
    """Add feedback of one customer for each name."""
    ids = [signals.feedback(session, signals.customer(session, name), WORDS) for name in names]
    return [Signal("feedback_id", id_) for id_ in ids]


async def ripe(session: Session, status: InsightStatus = ADDRESSING) -> UUID:
    """Add an insight and let it go through its states up to one of them."""
    insight_id = insights.draft(
        session, {"title": "Queues", "root_cause": "Lanes", "root_cause_method": "FIVE_WHYS"}
    )
    for target in (EVIDENCED, VALIDATED, PRIORITISED, ADDRESSING, RESOLVED):
        if target is PRIORITISED:
            await insights.prioritise(session, insight_id, PriorityInputs(120, 0.5, 1.5))
        elif target is ADDRESSING:
            await insights.note_initiatives(session, insight_id, Standing(session.now))
        else:
            await insights.transition(session, insight_id, target, sponsor_reason="We saw it ourselves.")
        if target is status:
            break
        await insights.note_initiatives(session, insight_id, Standing(None, session.now))
        if target is ADDRESSING:
            await insights.note_initiatives(session, insight_id, Standing(session.now, session.now))
    return insight_id


async def test_a_claim_is_evidenced_by_three_signals_of_three_customers(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})
        await insights.evidence.link(session, insight_id, said(session, "Ada", "Bob", "Eve"))

        insight = await insights.transition(session, insight_id, EVIDENCED)

    assert (insight.status, insight.version) == ("EVIDENCED", 2)


async def test_three_signals_of_two_customers_are_not_enough(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})
        ada = signals.customer(session, "Ada")
        twice = [Signal("interaction_id", signals.interaction(session, ada)) for _ in range(2)]
        await insights.evidence.link(session, insight_id, [*twice, *said(session, "Bob")])

    with pytest.raises(Blocked, match="3 different customers"):
        async with database.work(actor) as session:
            await insights.transition(session, insight_id, EVIDENCED)

    async with database.work(actor) as session:
        insight = await session.get(Insight, insight_id)
    assert (insight.status, insight.version) == ("DRAFT", 1)


async def test_a_sponsors_reason_stands_in_for_evidence_and_stays(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})

        await insights.transition(session, insight_id, EVIDENCED, sponsor_reason="The board saw it.")

        insight = await session.get(Insight, insight_id)
    assert (insight.status, insight.sponsor_reason) == ("EVIDENCED", "The board saw it.")


async def test_validation_needs_the_root_cause_and_how_it_was_found(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})
        await insights.transition(session, insight_id, EVIDENCED, sponsor_reason="The board saw it.")

        with pytest.raises(Blocked) as refused:
            await insights.transition(session, insight_id, VALIDATED)
        assert refused.value.reasons == (
            "Its root cause is written down",
            "It is said how the root cause was found",
        )

        await insights.change(session, insight_id, {"root_cause": "Lanes", "root_cause_method": "FIVE_WHYS"})
        insight = await insights.transition(session, insight_id, VALIDATED)
    assert insight.status == "VALIDATED"


def test_a_priority_is_the_product_of_its_three_factors() -> None:
    assert priority(PriorityInputs(affected_customers=120, gap=0.5, trend=1.5)) == 90.0


async def test_a_priority_keeps_the_factors_it_came_from(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = await ripe(session, PRIORITISED)

        await insights.prioritise(session, insight_id, PriorityInputs(200, 0.5, 1.0))

        insight = await session.get(Insight, insight_id)
    factors = (insight.priority_affected_customers, insight.priority_gap, insight.priority_trend)
    assert (insight.priority, factors) == (100.0, (200.0, 0.5, 1.0))
    assert insight.status == "PRIORITISED"


async def test_a_factor_below_nothing_is_refused(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = await ripe(session, VALIDATED)

        with pytest.raises(Invalid, match="0 or more"):
            await insights.prioritise(session, insight_id, PriorityInputs(120, -0.5, 1.0))

        assert (await session.get(Insight, insight_id)).priority is None


async def test_an_unvalidated_claim_gets_no_priority(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})

        with pytest.raises(InvalidTransition):
            await insights.prioritise(session, insight_id, PriorityInputs(120, 0.5, 1.0))

        assert (await session.get(Insight, insight_id)).priority is None


async def test_an_initiative_at_work_moves_its_insight_and_back_when_it_ends(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        insight_id = await ripe(session, PRIORITISED)

        await insights.note_initiatives(session, insight_id, Standing(session.now))
        assert (await session.get(Insight, insight_id)).status == "ADDRESSING"

        await insights.note_initiatives(session, insight_id, Standing())
        assert (await session.get(Insight, insight_id)).status == "PRIORITISED"


async def test_nobody_can_ask_for_a_step_that_rules_take(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = await ripe(session, PRIORITISED)

        with pytest.raises(InvalidTransition, match="it can go to: REJECTED, DORMANT"):
            await insights.transition(session, insight_id, ADDRESSING)


async def test_a_resolution_needs_proof_and_nobody_left_waiting(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = await ripe(session, ADDRESSING)
        await insights.note_initiatives(session, insight_id, Standing(session.now))
        await insights.note_follow_up_due(session, insight_id, session.now - timedelta(days=1))

        with pytest.raises(Blocked) as refused:
            await insights.transition(session, insight_id, RESOLVED)
        assert refused.value.reasons == (
            "An evaluation of an initiative for it says that things have improved",
            "No customer waits longer than promised to be told",
        )

        await insights.note_initiatives(session, insight_id, Standing(session.now, session.now))
        await insights.note_follow_up_due(session, insight_id, session.now + timedelta(days=1))
        insight = await insights.transition(session, insight_id, RESOLVED)
    assert insight.status == "RESOLVED"


async def test_what_comes_back_needs_a_new_proof(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = await ripe(session, RESOLVED)

        await insights.regress(session, insight_id, "Contacts are above the limit again.")

        insight = await session.get(Insight, insight_id)
        assert (insight.status, insight.verified_at, insight.regressed_at) == ("REGRESSED", None, session.now)
        again = await insights.transition(session, insight_id, PRIORITISED)
    assert again.status == "PRIORITISED"


@pytest.mark.parametrize("target", [InsightStatus.REJECTED, InsightStatus.DORMANT])
async def test_an_insight_is_put_away_with_a_reason_only(
    database: Database, actor: Actor, target: InsightStatus
) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})

        with pytest.raises(Required):
            await insights.transition(session, insight_id, target)
        insight = await insights.transition(session, insight_id, target, reason="Not ours.")

        steps = [(s.source, s.target, s.reason) for s in await history(session, insight_id)]
    assert insight.status == target
    assert steps == [(None, "DRAFT", None), ("DRAFT", target, "Not ours.")]


async def history(session: Session, subject_id: UUID) -> list[StateChange]:
    return await session.find(StateChange, subject_id=subject_id)


async def test_a_change_based_on_an_older_state_is_refused(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        insight_id = insights.draft(session, {"title": "Queues"})
        await insights.change(session, insight_id, {"severity": 5})

        with pytest.raises(StaleVersion):
            await insights.change(session, insight_id, {"severity": 1}, expected_version=1)

        assert (await session.get(Insight, insight_id)).severity == 5


async def test_a_pin_to_nowhere_is_refused_by_its_name(database: Database, actor: Actor) -> None:
    with pytest.raises(NotFound) as refused:
        async with database.work(actor) as session:
            insights.draft(session, {"title": "Queues", "touchpoint_id": UUID(int=1)})

    assert refused.value.field == ("touchpointId",)


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
        [evidence_id] = await insights.evidence.link(
            session, insight_id, [Signal("touchpoint_event_id", event)]
        )
        ada = signals.customer(session, "Ada")

        await insights.evidence.follow_attribution(session, event, ada)

        assert (await session.get(Evidence, evidence_id)).customer_id == ada


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


def test_every_open_insight_can_be_rejected_put_to_sleep_or_merged() -> None:
    ends = {"REJECTED", "DORMANT", "MERGED"}
    ending = {step.source for step in INSIGHT.steps if step.target in ends}

    assert ending == {
        "DRAFT",
        "EVIDENCED",
        "VALIDATED",
        "PRIORITISED",
        "ADDRESSING",
        "RESOLVED",
        "REGRESSED",
        "DORMANT",
    }
