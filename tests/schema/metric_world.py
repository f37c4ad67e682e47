"""What happened in the tenant in which SQL is held to the pure formulas? Random, and known exactly."""

import random
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from service.customers.tables import Customer, LifecycleChange, LifecycleStage
from service.feedback.tables import (
    Feedback,
    FeedbackKind,
    FeedbackSource,
    Judge,
    ScaleDirection,
    Sentiment,
    Survey,
    SurveyInvitation,
    SurveyKind,
    SurveyPurpose,
)
from service.ground.business_time import Calendar, Opening, open_seconds
from service.ground.keys import uuid7
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
from service.metrics import journeys
from service.touchpoints.tables import Channel

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


def _moment(chance: random.Random, days: float = 190) -> datetime:
    return START + timedelta(seconds=chance.randrange(int(days * 86400)))


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
        sentiment=Sentiment.NEUTRAL,
        sentiment_judge=next(iter(Judge)),
        scale_min=1,
        scale_max=5,
        direction=ScaleDirection.HIGHER_IS_BETTER,
        submitted_at=at,
        recorded_at=NOW,
        recorded_by="test",
    )


PUTTING = (_people, _ways, _contacts, _promises, _recoveries, _invitations)
"""Puts one thing after the other into the tenant."""
