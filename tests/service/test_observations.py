"""Do the series of a plan hold what the rows of the graph say, day by day and side by side?"""

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from infra.database import Database
from service.customers.tables import Customer, Segment, SegmentMembership
from service.feedback.tables import Feedback, FeedbackKind, FeedbackSource
from service.ground.actor import Actor
from service.ground.keys import uuid7
from service.ground.session import Session
from service.initiatives.gaps import with_gaps
from service.initiatives.observations import Observed, observe
from service.initiatives.proof.series import Measure, Series, bucketed
from service.initiatives.scopes import EVERYTHING, Scope, Sides
from service.initiatives.spans import Span
from service.initiatives.tables import Exposure, PlanBucket
from service.interactions.tables import Interaction, Origin
from service.touchpoints.tables import Channel, Medium, Touchpoint, TouchpointEvent
from tests.service.contacts import lay, midnight, reason

MONDAY = date(2025, 3, 3)
NOON = datetime(2025, 3, 4, 12, tzinfo=UTC)
SPAN = Span(PlanBucket.WEEK, MONDAY, MONDAY + timedelta(weeks=2), ZoneInfo("UTC"))
SCALES: dict[FeedbackKind, dict[str, Any]] = {
    FeedbackKind.NPS: {"scale_min": 0, "scale_max": 10},
    FeedbackKind.CSAT: {"scale_min": 1, "scale_max": 5},
    FeedbackKind.CES: {"scale_min": 1, "scale_max": 7},
}
CATEGORIES = {9: "PROMOTER", 8: "PASSIVE", 3: "DETRACTOR"}


def answer(session: Session, kind: FeedbackKind, score: int, **more: object) -> None:
    values: dict[str, Any] = {
        "source": "survey",
        "key": str(uuid7()),
        "source_kind": FeedbackSource.SURVEY,
        "kind": kind,
        "score": score,
        "direction": "HIGHER_IS_BETTER",
        "nps_category": CATEGORIES[score] if kind is FeedbackKind.NPS else None,
        "submitted_at": NOON,
        "recorded_at": NOON,
        "recorded_by": "test",
        **SCALES[kind],
        **more,
    }
    session.add(Feedback(**values))


def matter(session: Session, opened: datetime = NOON, **more: Any) -> UUID:  # noqa: ANN401 - columns
    times: dict[str, Any] = {"opened_at": opened, "last_event_at": opened}
    row = Interaction(source="desk", key=str(uuid7()), channel=Channel.PHONE, **times, **more)
    return session.add(row).id


def values(series: Series) -> list[Any]:
    """Return what the buckets hold, to be compared with what is nearly the same."""
    return list(series.values)


async def seen(session: Session, metric_id: str, sides: Sides | None = None) -> Observed:
    return await observe(session, metric_id, sides or Sides(), SPAN)


@pytest.mark.parametrize(
    ("metric_id", "said", "level"),
    [
        ("NPS", (FeedbackKind.NPS, [9, 9, 8, 3]), (25.0, 27500 / 3)),
        ("CSAT", (FeedbackKind.CSAT, [5, 4, 3, 1]), (0.5, 0.25)),
        ("CSAT_MEAN", (FeedbackKind.CSAT, [5, 4, 3, 1]), (3.25, 8.75 / 3)),
        ("CES_MEAN", (FeedbackKind.CES, [7, 5, 4]), (16 / 3, 14 / 3 / 2)),
        ("CES_EASY", (FeedbackKind.CES, [7, 5, 4]), (2 / 3, 2 / 9)),
    ],
    ids=["NPS", "CSAT", "CSAT_MEAN", "CES_MEAN", "CES_EASY"],
)
async def test_answers_are_levels_with_their_number_and_spread(
    database: Database,
    actor: Actor,
    metric_id: str,
    said: tuple[FeedbackKind, list[int]],
    level: tuple[float, float],
) -> None:
    (kind, scores), (value, spread) = said, level
    async with database.work(actor) as session:
        for score in scores:
            answer(session, kind, score)
        answer(session, FeedbackKind.CSAT if kind is not FeedbackKind.CSAT else FeedbackKind.CES, 1)

        series = (await seen(session, metric_id)).treated

    assert series.starts == (MONDAY, MONDAY + timedelta(weeks=1))
    assert values(series)[0] == pytest.approx(value)
    assert values(series)[1] is None
    assert list(series.weights) == [len(scores), 0]
    assert series.measure is Measure.LEVEL
    assert series.spread == pytest.approx(spread)


async def test_a_scale_on_which_less_is_better_is_turned(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        for score in (1, 2, 6):
            answer(session, FeedbackKind.CES, score, direction="LOWER_IS_BETTER")
            answer(session, FeedbackKind.CSAT, min(score, 5), direction="LOWER_IS_BETTER")

        easy = (await seen(session, "CES_EASY")).treated
        satisfied = (await seen(session, "CSAT")).treated

    assert (values(easy)[0], values(satisfied)[0]) == (pytest.approx(2 / 3), pytest.approx(2 / 3))


async def test_durations_are_logarithms_of_medians(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        for hours in (1, 2, 30):
            matter(session, resolved_at=NOON + timedelta(hours=hours), first_responded_at=NOON)
        matter(session, first_responded_at=NOON + timedelta(hours=9), origin=Origin.PROACTIVE)
        matter(session)

        full = (await seen(session, "FULL_RESOLUTION")).treated
        first = (await seen(session, "FRT_HUMAN")).treated

    assert (full.measure, values(full)[0], full.weights) == (
        Measure.DURATION,
        pytest.approx(math.log(7200)),
        (3, 0),
    )
    assert values(first)[0] == 0  # a median of no time at all counts as a second


async def test_shares_of_matters_count_what_came_back(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        ada, about = session.add(Customer(display_name="Ada")).id, reason(session, "queues")
        hers: dict[str, Any] = {"customer_id": ada, "contact_reason_id": about}
        done = NOON + timedelta(hours=1)
        matter(session, resolved_at=done, sla_met=True, **hers)
        matter(session, NOON + timedelta(days=2), resolved_at=done + timedelta(days=2), sla_met=False, **hers)
        matter(session, resolved_at=done, sla_met=True, reopen_count=1)

        shares = {
            name: values((await seen(session, name)).treated)[0]
            for name in ("SLA_ATTAINMENT", "REOPEN_RATE", "FCR", "REPEAT_CONTACT")
        }

    assert shares == {
        "SLA_ATTAINMENT": pytest.approx(2 / 3),
        "REOPEN_RATE": pytest.approx(1 / 3),
        "FCR": 0.5,
        "REPEAT_CONTACT": 0.5,
    }


async def test_what_happens_at_a_touchpoint_keeps_its_promise_or_not(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        here, there = (
            session.add(Touchpoint(key=key, name=key, channel=Channel.IN_STORE, medium=Medium.HUMAN)).id
            for key in ("here", "there")
        )
        for place, met in ((here, True), (here, False), (here, True), (there, False), (there, None)):
            session.add(
                TouchpointEvent(
                    source="gate",
                    key=str(uuid7()),
                    type="waited",
                    channel=Channel.IN_STORE,
                    touchpoint_id=place,
                    standard_met=met,
                    occurred_at=NOON,
                    recorded_at=NOON,
                )
            )
        sides = Sides(Scope(touchpoints=(here,)), EVERYTHING)

        found = await seen(session, "PROMISE_ADHERENCE", sides)

        lay(session, None, {MONDAY: 6, MONDAY + timedelta(weeks=1): 2})
        exposed = await observe(session, "CONTACT_RATE", Sides(), SPAN, Exposure.TOUCHPOINT_EVENTS)
    assert found.comparison is not None
    assert (values(found.treated)[0], found.treated.weights[0]) == (pytest.approx(2 / 3), 3)
    assert (values(found.comparison)[0], found.comparison.weights[0]) == (0, 1)
    assert (exposed.treated.values, exposed.treated.weights) == ((6, None), (5, 1))


async def test_days_begin_in_the_zone_of_the_plan(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        matter(session, datetime(2025, 3, 10, 3, 30, tzinfo=UTC))
        matter(session, datetime(2025, 3, 10, 4, 30, tzinfo=UTC))
        zone = ZoneInfo("America/New_York")

        local = await observe(
            session, "CONTACT_RATE", Sides(), Span(PlanBucket.WEEK, MONDAY, SPAN.until, zone)
        )
        universal = await seen(session, "CONTACT_RATE")

    assert values(local.treated) == [1, 1]  # clocks went forward on the ninth: midnight is 04:00 UTC
    assert values(universal.treated) == [None, 2]


async def test_segments_make_the_arms_and_unknown_customers_are_in_none(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        gold, plain = (session.add(Segment(key=key, name=key)).id for key in ("gold", "plain"))
        for segment, name in ((gold, "Ada"), (plain, "Bob"), (plain, "Eve")):
            who = session.add(Customer(display_name=name)).id
            session.add(SegmentMembership(segment_id=segment, customer_id=who, joined_at=NOON))
            matter(session, customer_id=who)
        matter(session)
        sides = Sides(Scope(segments=(gold,)), Scope(segments=(plain,)))

        found = await seen(session, "CONTACT_RATE", sides)

    assert found.comparison is not None
    assert (values(found.treated)[0], values(found.comparison)[0]) == (1, 2)


async def test_customers_count_from_their_first_contact(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        for days in (-20, 1, 8):
            who = session.add(Customer(display_name="Ada")).id
            matter(session, midnight(MONDAY) + timedelta(days=days), customer_id=who)
            matter(session, midnight(MONDAY) + timedelta(days=9), customer_id=who)

        found = await observe(session, "CONTACT_RATE", Sides(), SPAN, Exposure.CUSTOMERS)

    assert (found.treated.values, found.treated.weights) == ((1, 4), (2, 3))


def daily(counts: list[int]) -> tuple[Series, dict[date, int]]:
    days = {MONDAY + timedelta(days=n): count for n, count in enumerate(counts)}
    series = bucketed(days, PlanBucket.DAY, MONDAY, MONDAY + timedelta(days=len(counts)))
    return series, {day: count for day, count in days.items() if count}


def test_weekends_and_holidays_are_closed_and_longer_silence_is_a_gap() -> None:
    week, holiday = [5, 5, 5, 5, 5, 0, 0], [5, 0, 0, 5, 5, 0, 0]
    series, present = daily([*week, *holiday, *week, 5, 0, 0, 0, 5, 0, 0, *week])

    found = with_gaps(series, present)

    assert {day.weekday() for day in found.starts} == {0, 1, 2, 3, 4}
    assert found.values == (*[5.0] * 14, None, None, None, *[5.0] * 6)


async def test_a_week_in_which_nobody_was_heard_is_missing(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        quiet = reason(session, "quiet")
        lay(session, reason(session, "loud"), {MONDAY: 4})
        lay(session, quiet, {})

        found = await seen(session, "CONTACT_RATE", Sides(Scope(contact_reasons=(quiet,))))

    assert found.treated.values == (0, None)
