"""Does a manager see what hurts, whether it rises, and what is suggested? Asked through the graph."""

from datetime import timedelta
from uuid import UUID

import pytest

from infra.database import Database
from service import insights
from service.feedback.tables import Feedback, FeedbackKind, FeedbackSource, ScaleDirection
from service.ground.actor import Actor
from service.ground.keys import uuid7
from service.ground.session import Session
from service.insights.tables import InsightStatus, RootCauseMethod
from service.interactions.tables import Interaction
from service.touchpoints.tables import Channel, Medium, Touchpoint
from tests.ground import Answering
from tests.service import weeks
from tests.service.signals import customer
from tests.service.weeks import MIDNIGHT, TODAY

MOST_HURT = """
{
  frictionPoints(first: 5, orderBy: {field: CUSTOMERS}) {
    nodes {
      contactReason { key } touchpoint { key }
      customers customersMet previousCustomers contacts frictionRate frictionRateLow
      trend course gap { measure points low high } priority
      periods { customers contacts }
      run { kind model }
    }
  }
}
"""
OPEN = """
{
  suggestions(filter: {status: [OPEN]}, orderBy: {field: SURPRISE}) {
    nodes {
      id title why statistics { observed expected probability customers }
      contactReason { key friction { customers } }
      signals { signal { ... on Interaction { id customer { displayName } } } }
      run { kind note }
      allowedTransitions { to requires }
    }
  }
}
"""
ACCEPT = """
mutation($id: ID!) {
  suggestionAccept(input: {suggestionId: $id, insight: {title: "Customers cannot log in", severity: 4}}) {
    userErrors { code field }
    suggestion { status decidedBy }
    insight {
      title severity contactReason { key } signalCount customerCount
      suggestions { nodes { status } }
    }
  }
}
"""
DISMISS = """
mutation($id: ID!, $reason: String!) {
  suggestionDismiss(input: {suggestionId: $id, reason: $reason}) {
    userErrors { code field }
    suggestion { status decisionReason history { target reason } }
  }
}
"""
PRIORITISE = """
mutation($id: ID!) {
  insightPrioritise(input: {insightId: $id}) {
    userErrors { code field }
    insight { status priority { score affectedCustomers gap gapLow gapHigh gapMeasure trend measuredAt } }
  }
}
"""
SCORE = "query($id: ID!) { insight(id: $id) { priority { score } } }"


def matter(
    session: Session, reason_id: UUID, customer_id: UUID | None, *, days_ago: float, reopened: int = 0
) -> None:
    at = MIDNIGHT - timedelta(days=days_ago)
    row = Interaction(
        source="desk",
        key=str(uuid7()),
        contact_reason_id=reason_id,
        customer_id=customer_id,
        channel=Channel.PHONE,
        reopen_count=reopened,
        opened_at=at,
        last_event_at=at,
    )
    session.add(row)


def rated(session: Session, touchpoint_id: UUID, customer_id: UUID | None, score: float) -> None:
    row = Feedback(
        source="desk",
        key=str(uuid7()),
        source_kind=FeedbackSource.SURVEY,
        kind=FeedbackKind.CSAT,
        score=score,
        scale_min=1,
        scale_max=5,
        direction=ScaleDirection.HIGHER_IS_BETTER,
        touchpoint_id=touchpoint_id,
        customer_id=customer_id,
        submitted_at=MIDNIGHT - timedelta(days=3),
        recorded_at=session.now,
        recorded_by="test",
    )
    session.add(row)


async def pained(session: Session) -> None:
    """Billing hurts 6 of 8 customers, 2 in the month before; delivery hurts 2 of 40."""
    billing, delivery = weeks.reason(session, "billing"), weeks.reason(session, "delivery")
    people = [customer(session, f"Customer {n}") for n in range(40)]
    for n in range(8):
        matter(session, billing, people[n], days_ago=10, reopened=int(n < 5))
    matter(session, billing, people[5], days_ago=5)  # within a week of the one before: it came back
    matter(session, billing, None, days_ago=5, reopened=1)
    for n in range(2):
        matter(session, billing, people[n], days_ago=40, reopened=1)
    for n in range(40):
        matter(session, delivery, people[n], days_ago=20, reopened=int(n < 2))


async def test_one_query_shows_what_hurts_most_and_whether_it_rises(
    database: Database, actor: Actor, ask: Answering
) -> None:
    async with database.work(actor) as session:
        await pained(session)
        await insights.friction.run(session, TODAY)

    billing, delivery = (await ask(MOST_HURT))["frictionPoints"]["nodes"]

    assert (billing["contactReason"], billing["touchpoint"]) == ({"key": "billing"}, None)
    assert (billing["customers"], billing["customersMet"], billing["contacts"]) == (6, 8, 10)
    assert (billing["previousCustomers"], billing["frictionRate"]) == (2, 0.75)
    assert billing["trend"] == pytest.approx(6.5 / 2.5)
    assert billing["course"] == "STEADY"
    assert billing["gap"] is None  # eight known customers are too few to compare
    assert [period["customers"] for period in billing["periods"]] == [0] * 11 + [2, 6]
    assert billing["run"] == {"kind": "FRICTION", "model": "friction by place"}
    assert (delivery["contactReason"]["key"], delivery["customers"]) == ("delivery", 2)


async def test_a_place_whose_customers_multiply_is_rising(
    database: Database, actor: Actor, ask: Answering
) -> None:
    async with database.work(actor) as session:
        billing = weeks.reason(session, "billing")
        for n in range(30):
            matter(session, billing, customer(session, f"Customer {n}"), days_ago=10, reopened=1)
        await insights.friction.run(session, TODAY)

    (found,) = (await ask(MOST_HURT))["frictionPoints"]["nodes"]

    assert (found["customers"], found["previousCustomers"], found["course"]) == (30, 0, "RISING")


async def test_the_gap_is_how_much_worse_those_score_who_meet_a_touchpoint(
    database: Database, actor: Actor, ask: Answering
) -> None:
    async with database.work(actor) as session:
        queue, shop = (session.add(place(key)).id for key in ("queue", "shop"))
        for n in range(50):
            rated(session, queue, customer(session, f"Customer {n}"), 5 if n < 20 else 1)
            rated(session, shop, None, 5 if n < 40 else 3)
        await insights.friction.run(session, TODAY)

    found = {p["touchpoint"]["key"]: p for p in (await ask(MOST_HURT))["frictionPoints"]["nodes"]}

    # 80 % of the others are satisfied, 40 % of those who met the queue: Newcombe's interval around 40 points.
    gap = found["queue"]["gap"]
    assert (gap["measure"], gap["points"]) == ("CSAT", pytest.approx(40))
    assert (gap["low"], gap["high"]) == (pytest.approx(21.00, abs=0.01), pytest.approx(55.17, abs=0.01))
    assert (found["queue"]["customers"], found["queue"]["priority"]) == (30, pytest.approx(30 * 40 * 61))
    assert (found["shop"]["customers"], found["shop"]["priority"]) == (0, 0)


async def test_measuring_anew_replaces_what_was_measured_and_keeps_ids(
    database: Database, actor: Actor, ask: Answering
) -> None:
    ids = "{ frictionPoints { nodes { id customers } } }"
    async with database.work(actor) as session:
        await pained(session)
        await insights.friction.run(session, TODAY)
    before = (await ask(ids))["frictionPoints"]["nodes"]
    async with database.work(actor) as session:
        await insights.friction.run(session, TODAY)

    assert (await ask(ids))["frictionPoints"]["nodes"] == before


async def test_a_suggestion_shows_its_statistics_and_becomes_an_insight(
    database: Database, actor: Actor, ask: Answering
) -> None:
    async with database.work(actor) as session:
        weeks.last_week(session, weeks.past(session), login=30)
        await insights.detection.run(session, TODAY)

    (found,) = (await ask(OPEN))["suggestions"]["nodes"]
    accepted = (await ask(ACCEPT, id=found["id"]))["suggestionAccept"]

    assert found["statistics"]["observed"] == 30
    assert found["statistics"]["customers"] == 5
    assert found["contactReason"]["key"] == "login"
    assert (len(found["signals"]), found["run"]["note"]) == (30, None)
    assert [step["to"] for step in found["allowedTransitions"]] == ["ACCEPTED", "DISMISSED"]
    assert accepted == {
        "userErrors": [],
        "suggestion": {"status": "ACCEPTED", "decidedBy": "someone"},
        "insight": {
            "title": "Customers cannot log in",
            "severity": 4,
            "contactReason": {"key": "login"},
            "signalCount": 30,
            "customerCount": 5,
            "suggestions": {"nodes": [{"status": "ACCEPTED"}]},
        },
    }
    assert (await ask(OPEN))["suggestions"]["nodes"] == []


async def test_dismissing_needs_a_reason_and_keeps_it(
    database: Database, actor: Actor, ask: Answering
) -> None:
    async with database.work(actor) as session:
        weeks.last_week(session, weeks.past(session), login=30)
        await insights.detection.run(session, TODAY)
    (found,) = (await ask(OPEN))["suggestions"]["nodes"]

    refused = (await ask(DISMISS, id=found["id"], reason=""))["suggestionDismiss"]
    still_open = (await ask(OPEN))["suggestions"]["nodes"]
    dismissed = (await ask(DISMISS, id=found["id"], reason="A drill."))["suggestionDismiss"]

    assert refused["userErrors"] == [{"code": "REQUIRED", "field": ["reason"]}]
    assert [one["id"] for one in still_open] == [found["id"]]
    assert dismissed["suggestion"]["decisionReason"] == "A drill."
    assert dismissed["suggestion"]["history"][-1] == {"target": "DISMISSED", "reason": "A drill."}


async def test_a_priority_takes_what_was_measured_and_freezes_it(
    database: Database, actor: Actor, ask: Answering
) -> None:
    async with database.work(actor) as session:
        queue, shop = (session.add(place(key)).id for key in ("queue", "shop"))
        for n in range(50):
            rated(session, queue, customer(session, f"Customer {n}"), 5 if n < 20 else 1)
            rated(session, shop, None, 5 if n < 40 else 3)
        await insights.friction.run(session, TODAY)
        id_ = await validated(session, {"touchpoint_id": queue})

    answered = (await ask(PRIORITISE, id=f"ins_{id_}"))["insightPrioritise"]
    async with database.work(actor) as session:
        rated(session, queue, customer(session, "One more"), 1)
        await insights.friction.run(session, TODAY)
    later = (await ask("query($id: ID!) { insight(id: $id) { priority { score } } }", id=f"ins_{id_}"))[
        "insight"
    ]

    priority = answered["insight"]["priority"]
    assert answered["userErrors"] == []
    assert (priority["affectedCustomers"], priority["gap"]) == (30, pytest.approx(40))
    assert (priority["gapMeasure"], priority["gapLow"]) == ("CSAT", pytest.approx(21.00, abs=0.01))
    assert priority["score"] == pytest.approx(30 * 40 * 61)
    assert later["priority"]["score"] == priority["score"]


async def test_a_priority_without_any_measurement_needs_its_factors(
    database: Database, actor: Actor, ask: Answering
) -> None:
    async with database.work(actor) as session:
        id_ = await validated(session, {})

    refused = (await ask(PRIORITISE, id=f"ins_{id_}"))["insightPrioritise"]

    assert refused["userErrors"] == [{"code": "REQUIRED", "field": ["affectedCustomers"]}]
    async with database.work(actor) as session:
        assert (await session.find(insights.tables.Insight))[0].priority is None


def place(key: str) -> Touchpoint:
    return Touchpoint(key=key, name=key, channel=Channel.IN_STORE, medium=Medium.PHYSICAL)


async def validated(session: Session, pins: dict[str, object]) -> UUID:
    cause = {"root_cause": "Too few counters.", "root_cause_method": RootCauseMethod.INTERVIEW}
    id_ = insights.draft(session, {"title": "Queues", "sponsor_reason": "Known.", **cause, **pins})
    await insights.transition(session, id_, InsightStatus.EVIDENCED)
    await insights.transition(session, id_, InsightStatus.VALIDATED)
    return id_
