"""How do clients say what is promised? Calendars and policies are made, revised and retired."""

import strawberry

from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.interactions.clocks import BusinessCalendar, SlaPolicy
from service.ground.scopes import Scope
from service.interactions import clocks
from service.interactions.clocks import tables
from service.interactions.tables import Origin, Priority, ReasonKind
from service.touchpoints.tables import Channel


@strawberry.input(description="A span of every week in which a calendar is open.")
class CalendarPeriodInput:
    """A period."""

    weekday: tables.Weekday = value("The day.")
    opens: str = value("When it opens, in local time, such as 09:00.")
    closes: str = value("When it closes, such as 17:30; 24:00 is the end of the day.")


@strawberry.input(description="A day on which a calendar does not open.")
class CalendarHolidayInput:
    """A holiday."""

    day: str = value("The day, such as 2026-12-25.")
    name: str | None = value("What the day is called.", default=None)


@strawberry.input(description="When a calendar is open: at most 100 periods and 1,000 holidays.")
class WorkingHoursInput:
    """Working hours."""

    time_zone: str = value("The zone of the local times, such as Europe/Berlin.")
    periods: list[CalendarPeriodInput] = value("When it is open; periods of a day do not overlap.")
    holidays: list[CalendarHolidayInput] | None = value("When it is not.", default=None)


@strawberry.input(description="A calendar to make.")
class BusinessCalendarCreateInput:
    """A new calendar."""

    key: str = value("Its key, which no other calendar has.")
    name: str = value("Its name.")
    hours: WorkingHoursInput = value("Its hours.")


@strawberry.input(description="Other hours for a calendar, from now on.")
class BusinessCalendarReviseInput:
    """A new edition."""

    key: str = value("The key of the calendar.")
    name: str | None = value("Its name; by default it stays.", default=None)
    hours: WorkingHoursInput = value("Its hours from now on.")
    expected_version: int | None = value(
        "Refuse if the calendar has changed since this version.", default=None
    )


@strawberry.input(description="How soon something must happen.")
class SlaTargetInput:
    """A target."""

    target: tables.ClockTarget = value("What must happen.")
    seconds: int = value("Within how many seconds of open time, from 1.")
    imminent_seconds: int | None = value(
        "The last seconds of that time, in which the clock is imminent; by default a fifth of it.",
        default=None,
    )
    pauses_on_customer: bool | None = value(
        "Whether it waits while the customer has to answer; by default only for resolutions and updates.",
        default=None,
    )
    pauses_on_hold: bool | None = value(
        "Whether the clock waits while the matter is on hold; by default not.", default=None
    )


@strawberry.input(description="What a matter must be like: one value of each criterion that is given.")
class SlaConditionsInput:
    """The conditions of a policy."""

    channel: list[Channel] | None = value("It came by one of these ways.", default=None)
    priority: list[Priority] | None = value("It has one of these priorities.", default=None)
    origin: list[Origin] | None = value("One of these made the first step.", default=None)
    reason_kind: list[ReasonKind] | None = value("Its reason is of one of these kinds.", default=None)
    contact_reason: list[str] | None = value(
        "It is mainly about a reason with one of these keys.", default=None
    )
    team: list[str] | None = value("A team with one of these keys has it.", default=None)
    account_tier: list[str] | None = value("The customer's account is of one of these tiers.", default=None)


@strawberry.input(description="What a policy promises, and for which matters.")
class SlaWordingInput:
    """A wording."""

    conditions: SlaConditionsInput | None = value("For which matters; by default for all.", default=None)
    targets: list[SlaTargetInput] = value("What is promised, each target once.")
    calendar_key: str | None = value(
        "The key of the calendar by which time counts; by default it counts round the clock.", default=None
    )


@strawberry.input(description="A policy to make.")
class SlaPolicyCreateInput:
    """A new policy."""

    key: str = value("Its key, which no other policy has.")
    name: str = value("Its name.")
    position: int | None = value("Its place in the order of policies; by default the last.", default=None)
    wording: SlaWordingInput = value("What it promises.")


@strawberry.input(description="Another wording of a policy, from now on.")
class SlaPolicyReviseInput:
    """A new edition."""

    key: str = value("The key of the policy.")
    name: str | None = value("Its name; by default it stays.", default=None)
    position: int | None = value("Its place in the order of policies; by default it stays.", default=None)
    wording: SlaWordingInput = value("What it promises from now on.")
    applies_to_open: bool = value(
        "Whether matters under an earlier wording come under this one now; used time stays used.",
        default=False,
    )
    expected_version: int | None = value("Refuse if the policy has changed since this version.", default=None)


@strawberry.input(description="A policy that is to apply to nothing new.")
class SlaPolicyRetireInput:
    """A retirement."""

    key: str = value("The key of the policy.")
    expected_version: int | None = value("Refuse if the policy has changed since this version.", default=None)


@strawberry.type(description="What making a calendar did.")
class BusinessCalendarCreatePayload(Payload):
    """The answer to a creation."""

    business_calendar: BusinessCalendar | None = value("The calendar.", default=None)


@strawberry.type(description="What revising a calendar did.")
class BusinessCalendarRevisePayload(Payload):
    """The answer to a revision."""

    business_calendar: BusinessCalendar | None = value("The calendar, as it is now.", default=None)


@strawberry.type(description="What making a policy did.")
class SlaPolicyCreatePayload(Payload):
    """The answer to a creation."""

    sla_policy: SlaPolicy | None = value("The policy.", default=None)


@strawberry.type(description="What revising a policy did.")
class SlaPolicyRevisePayload(Payload):
    """The answer to a revision."""

    sla_policy: SlaPolicy | None = value("The policy, as it is now.", default=None)


@strawberry.type(description="What retiring a policy did.")
class SlaPolicyRetirePayload(Payload):
    """The answer to a retirement."""

    sla_policy: SlaPolicy | None = value("The policy, as it is now.", default=None)


def _hours(sent: WorkingHoursInput) -> clocks.WorkingHours:
    return clocks.WorkingHours(
        sent.time_zone,
        [clocks.Period(one.weekday, one.opens, one.closes) for one in sent.periods],
        [clocks.Holiday(one.day, one.name) for one in sent.holidays or ()],
    )


def _wording(sent: SlaWordingInput) -> clocks.PolicyWording:
    given = sent.conditions
    named = {one: getattr(given, one.lower(), None) for one in tables.SlaCriterion}
    return clocks.PolicyWording(
        [
            clocks.Promised(
                one.target, one.seconds, one.imminent_seconds, one.pauses_on_customer, one.pauses_on_hold
            )
            for one in sent.targets
        ],
        {criterion: [str(value) for value in values] for criterion, values in named.items() if values},
        sent.calendar_key,
    )


@extend(Mutation)
class ClockMutations:
    """The writes of calendars and policies."""

    @mutation(Scope.INTERACTIONS_DESIGN, description="Make a business calendar.")
    async def business_calendar_create(
        self,
        info: Info,
        input: BusinessCalendarCreateInput,  # noqa: A002
    ) -> BusinessCalendarCreatePayload:
        """Make one calendar."""
        id_ = await clocks.calendar_create(info.context.session, input.key, input.name, _hours(input.hours))
        return BusinessCalendarCreatePayload(business_calendar=node(BusinessCalendar, id_))

    @mutation(
        Scope.INTERACTIONS_DESIGN,
        description="Give a calendar other hours from now on; used time stays used.",
    )
    async def business_calendar_revise(
        self,
        info: Info,
        input: BusinessCalendarReviseInput,  # noqa: A002
    ) -> BusinessCalendarRevisePayload:
        """Revise one calendar."""
        id_ = await clocks.calendar_revise(
            info.context.session,
            input.key,
            _hours(input.hours),
            name=input.name,
            expected_version=input.expected_version,
        )
        return BusinessCalendarRevisePayload(business_calendar=node(BusinessCalendar, id_))

    @mutation(
        Scope.INTERACTIONS_DESIGN, description="Make a policy that applies to matters opened from now on."
    )
    async def sla_policy_create(self, info: Info, input: SlaPolicyCreateInput) -> SlaPolicyCreatePayload:  # noqa: A002
        """Make one policy."""
        id_ = await clocks.policy_create(
            info.context.session, input.key, input.name, _wording(input.wording), position=input.position
        )
        return SlaPolicyCreatePayload(sla_policy=node(SlaPolicy, id_))

    @mutation(
        Scope.INTERACTIONS_DESIGN,
        description="Word a policy anew; matters keep theirs unless it is to apply to them.",
    )
    async def sla_policy_revise(self, info: Info, input: SlaPolicyReviseInput) -> SlaPolicyRevisePayload:  # noqa: A002
        """Revise one policy."""
        id_ = await clocks.policy_revise(
            info.context.session,
            input.key,
            _wording(input.wording),
            name=input.name,
            position=input.position,
            applies_to_open=input.applies_to_open,
            expected_version=input.expected_version,
        )
        return SlaPolicyRevisePayload(sla_policy=node(SlaPolicy, id_))

    @mutation(
        Scope.INTERACTIONS_DESIGN,
        description="Let a policy apply to nothing new; matters under it keep its promises.",
    )
    async def sla_policy_retire(self, info: Info, input: SlaPolicyRetireInput) -> SlaPolicyRetirePayload:  # noqa: A002
        """Retire one policy."""
        session = info.context.session
        id_ = await clocks.policy_retire(session, input.key, expected_version=input.expected_version)
        return SlaPolicyRetirePayload(sla_policy=node(SlaPolicy, id_))
