"""Does SQL compute what the pure formulas say? On random stays, contacts, losses, ways and invitations."""

import random
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import pytest

from infra.database import Database
from schema.execution import Graph, Request
from service.customers.tables import Customer, LifecycleChange, LifecycleStage
from service.feedback.tables import (
    Feedback,
    FeedbackKind,
    FeedbackSource,
    ScaleDirection,
    Survey,
    SurveyInvitation,
    SurveyKind,
    SurveyPurpose,
)
from service.ground.actor import Actor, ActorKind
from service.ground.business_time import Calendar, Opening, open_seconds
from service.ground.keys import uuid7
from service.ground.scopes import EVERY
from service.ground.session import Session
from service.interactions.clocks import tables as clocks
from service.interactions.tables import ContactReason, Interaction, InteractionStatus, ReasonKind
from service.journeys.tables import (
    Journey,
    JourneyInstance,
    JourneyStage,
    JourneyStatus,
    StageKind,
    StageVisit,
)
from service.loops.tables import Recovery, RecoveryOrigin
from service.metrics import churn, first_contact, journeys, loops, quantiles
from service.metrics.definitions import Measured
from service.metrics.survival import Stay
from service.touchpoints.tables import Channel
from tests.ground import Answering, add_tenant

NOW = datetime.now(UTC)
START = NOW - timedelta(days=200)
STAGES = 4


class World:
    """What was put into the tenant, for the pure formulas."""

    def __init__(self) -> None:
        self.stages: list[UUID] = []
        self.journey: UUID = uuid7()
        self.visits: list[StageVisit] = []
        self.ways: dict[UUID, list[journeys.Step]] = {}
        self.contacts: list[Interaction] = []
        self.recoveries: list[Recovery] = []
        self.customers: list[tuple[UUID, datetime, datetime | None]] = []
        self.answers: list[Feedback] = []
        self.waits: list[float] = []
        self.answered: list[bool] = []


@pytest.fixture(scope="module")
async def world() -> World:
    return World()


@pytest.fixture(scope="module")
async def actor(database: Database, world: World) -> Actor:
    key = f"formulas-{uuid7()}"
    someone = Actor(await add_tenant(database, key), key, "someone", ActorKind.HUMAN, EVERY)
    chance = random.Random(3)  # noqa: S311 - only has to be the same each time
    for put in (_people, _ways, _contacts, _promises, _recoveries, _invitations):
        async with database.work(someone) as session:
            await put(session, world, chance)
    return someone


@pytest.fixture(scope="module")
def asked(graph: Graph, actor: Actor) -> Answering:
    async def data(source: str, **variables: object) -> dict[str, Any]:
        response = await graph.answer(Request(source, variables=variables), actor)
        told = orjson.loads(response.body)
        assert "errors" not in told, told["errors"]
        found: dict[str, Any] = told["data"]
        return found

    return data


ROOT = "query($q: MetricInput!) { metric(input: $q) { value sampleSize flags interval { low high } } }"
STAGE = """query($q: MetricInput!) { journey(key: "trip") { metric(input: $q) { value sampleSize }
  stages { metric(input: $q) { value sampleSize flags } } } }"""
DROPPED = """query($q: MetricInput!) { journey(key: "trip") {
  stages { metric(input: $q) { value sampleSize } } } }"""


@pytest.mark.parametrize("q", [0.1, 0.5, 0.8])
async def test_time_in_stage_is_the_kaplan_meier_estimate(asked: Answering, world: World, q: float) -> None:
    found = await asked(STAGE, q={"metric": "TIME_IN_STAGE", "quantile": q})

    for stage, told in zip(world.stages, found["journey"]["stages"], strict=True):
        stays = [_stay(v.entered_at, v.exited_at) for v in world.visits if v.stage_id == stage]
        same(told["metric"], journeys.time_in_stage(stays, q))


async def test_time_to_acknowledge_is_the_kaplan_meier_estimate(asked: Answering, world: World) -> None:
    found = await asked(ROOT, q={"metric": "TIME_TO_ACKNOWLEDGE"})

    stays = [_stay(each.opened_at, each.acknowledged_at) for each in world.recoveries]
    same(found["metric"], loops.time_to_acknowledge(stays))


async def test_what_was_solved_at_once_is_judged_as_the_rule_says(asked: Answering, world: World) -> None:
    found = await asked(ROOT, q={"metric": "FCR"})

    judged = [
        first_contact.is_solved_at_once(each.resolved_at, _next_trouble(each, world), datetime.now(UTC))
        for each in world.contacts
        if each.resolved_at is not None and each.resolved_at + first_contact.WINDOW <= NOW
    ]
    same(found["metric"], first_contact.first_contact_resolution(judged))


async def test_repeats_follow_a_contact_for_the_same_reason(asked: Answering, world: World) -> None:
    found = await asked(ROOT, q={"metric": "REPEAT_CONTACT"})

    repeats = [first_contact.is_repeat(_previous(each, world), each.opened_at) for each in world.contacts]
    same(found["metric"], first_contact.rate(sum(repeats), len(repeats)))


async def test_churn_counts_who_was_there_and_left(asked: Answering, world: World) -> None:
    starts, ends = START + timedelta(days=30), START + timedelta(days=120)
    everybody = [(_since(id_, since, world), left) for id_, since, left in world.customers]
    period = {"from": starts.isoformat(), "to": ends.isoformat()}

    churned = (await asked(ROOT, q={"metric": "CHURN", **period}))["metric"]
    stayed = (await asked(ROOT, q={"metric": "RETENTION", **period}))["metric"]
    rate = (await asked(ROOT, q={"metric": "CHURN_RATE", **period}))["metric"]

    there = [left for since, left in everybody if since < starts and (left is None or left >= starts)]
    lost = sum(left is not None and left < ends for left in there)
    same(churned, churn.churn(lost, len(there)))
    same(stayed, churn.retention(lost, len(there)))
    days = sum(
        max(0.0, (min(left or ends, ends) - max(since, starts)).total_seconds()) / 86400
        for since, left in everybody
        if (left or ends) > max(since, starts)
    )
    gone = sum(left is not None and starts <= left < ends for _, left in everybody)
    same(rate, churn.churn_rate(gone, days))


async def test_conversion_and_drop_off_follow_each_customer_in_order(asked: Answering, world: World) -> None:
    reached = [journeys.stages_reached(steps) for steps in world.ways.values()]
    counts = journeys.funnel(reached, STAGES)

    found = (await asked(STAGE, q={"metric": "CONVERSION"}))["journey"]
    dropped = (await asked(DROPPED, q={"metric": "DROP_OFF"}))["journey"]["stages"]

    same(found["metric"], journeys.conversion(counts[-1], counts[0]))
    for count, told in zip(counts, found["stages"], strict=True):
        same(told["metric"], journeys.conversion(count, counts[0]))
    for (here, next_), told in zip(pairwise(counts), dropped, strict=False):
        same(told["metric"], journeys.drop_off(here, next_))
    assert dropped[-1]["metric"] == {"value": None, "sampleSize": 0}


async def test_business_time_counts_only_open_hours(asked: Answering, world: World) -> None:
    for q in (0.2, 0.5, 0.9):
        found = await asked(ROOT, q={"metric": "FRT_HUMAN_BUSINESS", "quantile": q})

        bins: dict[int, int] = {}
        for wait in world.waits:
            bins[quantiles.bin_of(wait)] = bins.get(quantiles.bin_of(wait), 0) + 1
        same(found["metric"], quantiles.quantile(bins, q))


async def test_the_response_rate_counts_invitations_that_were_answered(
    asked: Answering, world: World
) -> None:
    found = await asked(ROOT, q={"metric": "RESPONSE_RATE"})

    assert found["metric"]["sampleSize"] == len(world.answered)
    assert found["metric"]["value"] == sum(world.answered) / len(world.answered)


def same(told: dict[str, Any], pure: Measured) -> None:
    assert told["sampleSize"] == pure.n
    assert told["value"] == (None if pure.value is None else pytest.approx(pure.value, rel=1e-6))
    if pure.interval is not None and "interval" in told:
        assert told["interval"]["low"] == pytest.approx(pure.interval.low, rel=1e-6)
        assert told["interval"]["high"] == pytest.approx(pure.interval.high, rel=1e-6)


def _moment(chance: random.Random, days: float = 190) -> datetime:
    return START + timedelta(seconds=chance.randrange(int(days * 86400)))


def _stay(begins: datetime, ends: datetime | None) -> Stay:
    return Stay(((ends or datetime.now(UTC)) - begins).total_seconds(), ends is not None)


def _next_trouble(contact: Interaction, world: World) -> datetime | None:
    if contact.reopen_count:
        return contact.resolved_at
    later = [each.opened_at for each in _same(contact, world) if each.opened_at > contact.opened_at]
    return min(later, default=None)


def _previous(contact: Interaction, world: World) -> datetime | None:
    return max((e.opened_at for e in _same(contact, world) if e.opened_at <= contact.opened_at), default=None)


def _same(contact: Interaction, world: World) -> list[Interaction]:
    key = (contact.customer_id, contact.contact_reason_id)
    return [e for e in world.contacts if e.id != contact.id and (e.customer_id, e.contact_reason_id) == key]


async def _people(session: Session, world: World, chance: random.Random) -> None:
    for number in range(80):
        since = _moment(chance, 150)
        left = since + timedelta(days=chance.randrange(1, 90)) if number % 3 == 0 else None
        stage = LifecycleStage.CHURNED if left else LifecycleStage.ACTIVE
        customer = session.add(Customer(lifecycle_stage=stage, created_at=since))
        if left:
            session.add(LifecycleChange(customer_id=customer.id, stage=stage, actor="a", changed_at=left))
        world.customers.append((customer.id, since, left))


def _customer(session: Session, world: World) -> Customer:
    """Return a customer who was recorded only now, and may have been heard of before."""
    customer = session.add(Customer(created_at=NOW))
    world.customers.append((customer.id, NOW, None))
    return customer


def _since(customer: UUID, recorded_at: datetime, world: World) -> datetime:
    contacts = [each.opened_at for each in world.contacts if each.customer_id == customer]
    answers = [each.submitted_at for each in world.answers if each.customer_id == customer]
    return min([recorded_at, *contacts, *answers])


async def _ways(session: Session, world: World, chance: random.Random) -> None:
    journey = session.add(
        Journey(key="trip", edition=1, name="T", status=JourneyStatus.PUBLISHED, published_at=START)
    )
    for place in range(STAGES):
        stage = JourneyStage(
            journey_id=journey.id, position=place + 1, key=f"s{place}", name="S", kind=StageKind.USE
        )
        world.stages.append(session.add(stage).id)
    for _ in range(60):
        customer = _customer(session, world)
        steps = world.ways.setdefault(customer.id, [])
        for _ in range(chance.choice((1, 1, 2))):
            _way(session, world, chance, (journey.id, customer.id), steps)


def _way(
    session: Session,
    world: World,
    chance: random.Random,
    ids: tuple[UUID, UUID],
    steps: list[journeys.Step],
) -> None:
    at = _moment(chance, 120)
    way = session.add(
        JourneyInstance(
            customer_id=ids[1], journey_id=ids[0], current_stage_id=world.stages[0], started_at=at
        )
    )
    for place in (0, *chance.choices(range(STAGES), k=2), *range(1, chance.randint(1, STAGES))):
        leaves = at + timedelta(hours=chance.randrange(1, 400))
        is_over = leaves < NOW and chance.random() < 0.8
        visit = StageVisit(
            instance_id=way.id,
            stage_id=world.stages[place],
            entered_at=at,
            exited_at=leaves if is_over else None,
        )
        world.visits.append(session.add(visit))
        steps.append(journeys.Step(place, at))
        at = leaves
        if at >= NOW:
            return


async def _contacts(session: Session, world: World, chance: random.Random) -> None:
    customers = [_customer(session, world) for _ in range(12)]
    reasons = [
        session.add(ContactReason(key=f"r{n}", name="R", kind=ReasonKind.QUESTION, valid_from=START)).id
        for n in range(2)
    ]
    for _ in range(120):
        at = _moment(chance)
        resolved = at + timedelta(hours=chance.randrange(1, 100)) if chance.random() < 0.8 else None
        contact = Interaction(
            source="test",
            key=str(uuid7()),
            customer_id=chance.choice(customers).id,
            channel=Channel.EMAIL,
            status=InteractionStatus.RESOLVED if resolved else InteractionStatus.OPEN,
            contact_reason_id=chance.choice(reasons),
            reopen_count=chance.choice((0, 0, 0, 1)),
            opened_at=at,
            resolved_at=resolved,
            last_event_at=at,
        )
        world.contacts.append(session.add(contact))


async def _promises(session: Session, world: World, chance: random.Random) -> None:
    calendar = session.add(clocks.BusinessCalendar(key="c", name="C"))
    edition = session.add(
        clocks.BusinessCalendarEdition(
            business_calendar_id=calendar.id,
            edition=1,
            time_zone="Europe/Berlin",
            valid_from=START,
            actor="a",
        )
    )
    for weekday in list(clocks.Weekday)[:5]:
        for opens, closes in (("09:00", "12:00"), ("13:00", "24:00")):
            period = clocks.CalendarPeriod(edition_id=edition.id, weekday=weekday, opens=opens, closes=closes)
            session.add(period)
    closed = (START + timedelta(days=50)).date()
    session.add(clocks.CalendarHoliday(edition_id=edition.id, day=closed.isoformat()))
    spans = (Opening(time(9), time(12)), Opening(time(13), time(0)))
    hours = Calendar(ZoneInfo("Europe/Berlin"), dict.fromkeys(range(5), spans), frozenset({closed}))
    policy = session.add(clocks.SlaPolicy(key="p", name="P", position=1))
    promised = session.add(
        clocks.SlaPolicyEdition(sla_policy_id=policy.id, edition=1, actor="a", recorded_at=START)
    )
    for contact in world.contacts[:60]:
        replied = contact.opened_at + timedelta(hours=chance.uniform(0.1, 120))
        await session.change(contact, first_responded_at=replied)
        world.waits.append(open_seconds(hours, contact.opened_at, replied))
        session.add(_clock(contact, promised.id, edition.id))


def _clock(contact: Interaction, policy: UUID, calendar: UUID) -> clocks.Clock:
    return clocks.Clock(
        interaction_id=contact.id,
        target=clocks.ClockTarget.FIRST_RESPONSE,
        number=1,
        latest=True,
        state=clocks.ClockState.ACHIEVED,
        why=clocks.ClockReason.ANSWERED,
        running=False,
        paused=False,
        started_at=contact.opened_at,
        target_seconds=3600,
        used_seconds=0,
        paused_seconds=0,
        measured_at=NOW,
        policy_edition_id=policy,
        calendar_edition_id=calendar,
    )


async def _recoveries(session: Session, world: World, chance: random.Random) -> None:
    customer = _customer(session, world)
    for _ in range(40):
        at = _moment(chance)
        seen = at + timedelta(hours=chance.randrange(1, 60)) if chance.random() < 0.7 else None
        recovery = Recovery(
            customer_id=customer.id,
            origin=RecoveryOrigin.AGENT,
            severity=3,
            opened_at=at,
            acknowledged_at=seen,
        )
        world.recoveries.append(session.add(recovery))


async def _invitations(session: Session, world: World, chance: random.Random) -> None:
    survey = session.add(
        Survey(
            key="s",
            name="S",
            kind=SurveyKind.CSAT,
            scale_min=1,
            scale_max=5,
            direction=ScaleDirection.HIGHER_IS_BETTER,
            purpose=next(iter(SurveyPurpose)),
        )
    )
    for _ in range(40):
        customer, at = _customer(session, world), _moment(chance)
        for number in range(chance.choice((1, 2))):
            sent = at + timedelta(days=5 * number)
            session.add(
                SurveyInvitation(
                    survey_id=survey.id,
                    customer_id=customer.id,
                    channel=Channel.EMAIL,
                    sent_at=sent,
                    sent_by="someone",
                )
            )
            world.answered.append(chance.random() < 0.5)
            if world.answered[-1]:
                answer = _answer(survey.id, customer.id, sent + timedelta(days=2))
                world.answers.append(session.add(answer))


def _answer(survey: UUID, customer: UUID, at: datetime) -> Feedback:
    return Feedback(
        source="test",
        key=str(uuid7()),
        source_kind=FeedbackSource.SURVEY,
        kind=FeedbackKind.CSAT,
        survey_id=survey,
        customer_id=customer,
        score=4,
        scale_min=1,
        scale_max=5,
        direction=ScaleDirection.HIGHER_IS_BETTER,
        submitted_at=at,
        recorded_at=NOW,
        recorded_by="test",
    )
