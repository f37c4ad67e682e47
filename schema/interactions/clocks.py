"""How do promises look to a client? Calendars, policies, and the clocks of matters."""

from datetime import datetime

from schema.ground.fields import column, entity, listed, one, record
from schema.ground.roots import Node
from schema.interactions import clock_words  # noqa: F401 - the closed sets must have their descriptions first
from schema.interactions.types import Interaction
from service.interactions.clocks import reads, tables


@record(
    tables.CalendarPeriod,
    name="CalendarPeriod",
    description="A span of every week in which a calendar is open.",
)
class CalendarPeriod:
    """A period."""

    weekday: tables.Weekday = column("The day, in the calendar's own zone.")
    opens: str = column("When it opens, in local time, such as 09:00.")
    closes: str = column("When it closes, in local time, such as 17:30; 24:00 is the end of the day.")


@record(
    tables.CalendarHoliday, name="CalendarHoliday", description="A day on which a calendar does not open."
)
class CalendarHoliday:
    """A holiday."""

    day: str = column("The day, such as 2026-12-25.")
    name: str | None = column("What the day is called.")


@record(
    tables.BusinessCalendarEdition,
    name="BusinessCalendarEdition",
    description="The hours of a calendar from a moment on; never changed afterwards.",
)
class BusinessCalendarEdition:
    """Working hours."""

    edition: int = column("Which edition of the calendar it is, from 1.")
    time_zone: str = column("The zone of its local times, such as Europe/Berlin.")
    valid_from: datetime = column("From when on these hours are in force, until the next edition is.")
    actor: str = column("Who set these hours.")
    periods: list[CalendarPeriod] = listed("When it is open, from Monday on.", reads.periods_of_edition)
    holidays: list[CalendarHoliday] = listed("When it is not, by day.", reads.holidays_of_edition)
    calendar: "BusinessCalendar | None" = one("The calendar.", reads.calendar_of_edition)


@entity(reads.BUSINESS_CALENDAR, description="When the organisation is there to serve.")
class BusinessCalendar(Node):
    """A calendar."""

    key: str = column("Its key, unique in the tenant; it never changes.")
    name: str = column("Its name.")
    hours: BusinessCalendarEdition | None = one("The hours in force now.", reads.hours_of_calendar)
    editions: list[BusinessCalendarEdition] = listed(
        "All its hours, edition by edition.", reads.editions_of_calendar
    )
    version: int = column("Counts the changes of this calendar, from 1.")
    created_at: datetime = column("When it was first recorded.")
    updated_at: datetime = column("When it last changed.")


@record(tables.SlaCondition, name="SlaCondition", description="A value that a matter must have.")
class SlaCondition:
    """A condition; values of one criterion are alternatives."""

    criterion: tables.SlaCriterion = column("What is looked at.")
    value: str = column("The value it must have.")


@record(tables.SlaTarget, name="SlaTarget", description="How soon something must happen.")
class SlaTarget:
    """A target."""

    target: tables.ClockTarget = column("What must happen.")
    seconds: int = column("Within how many seconds of open time.")
    imminent_seconds: int = column("The last seconds of that time, in which the clock is imminent.")
    pauses_on_customer: bool = column("Whether the clock waits while the customer has to answer.")
    pauses_on_hold: bool = column("Whether the clock waits while the matter is on hold.")


@record(
    tables.SlaPolicyEdition,
    name="SlaPolicyEdition",
    description="What a policy promises, and for which matters; never changed afterwards.",
)
class SlaPolicyEdition:
    """A wording of a policy."""

    edition: int = column("Which edition of the policy it is, from 1.")
    actor: str = column("Who worded it so.")
    recorded_at: datetime = column("When it was worded so.")
    conditions: list[SlaCondition] = listed(
        "What a matter must be like: one value of each criterion. Without any, every matter is.",
        reads.conditions_of_edition,
    )
    targets: list[SlaTarget] = listed("What is promised.", reads.targets_of_edition)
    calendar: BusinessCalendar | None = one(
        "By whose hours time counts; null: round the clock.", reads.calendar_of_policy
    )
    policy: "SlaPolicy | None" = one("The policy.", reads.policy_of_edition)


@entity(reads.SLA_POLICY, description="What is promised for some matters; the first that matches applies.")
class SlaPolicy(Node):
    """A policy."""

    key: str = column("Its key, unique in the tenant; it never changes.")
    name: str = column("Its name.")
    position: int = column("Its place in the order in which policies are tried; the lowest is first.")
    retired_at: datetime | None = column("From when on it applies to nothing new; null while it does.")
    wording: SlaPolicyEdition | None = one("What it promises now.", reads.wording_of_policy)
    editions: list[SlaPolicyEdition] = listed(
        "All it has promised, edition by edition.", reads.editions_of_policy
    )
    version: int = column("Counts the changes of this policy, from 1.")
    created_at: datetime = column("When it was first recorded.")
    updated_at: datetime = column("When it last changed.")


@record(tables.ClockPause, name="ClockPause", description="A span in which a clock waited.")
class ClockPause:
    """A pause."""

    began_at: datetime = column("When it began to wait.")
    ended_at: datetime | None = column("When it went on; null while it waits.")
    why: tables.ClockReason = column("What it waited for.")


@entity(reads.CLOCK, description="One promise of one matter, measured by its policy and its calendar.")
class Clock(Node):
    """A clock."""

    target: tables.ClockTarget = column("What is promised.")
    number: int = column("Which of the matter's clocks of this target it is, from 1.")
    state: tables.ClockState = column("Where it stands.")
    why: tables.ClockReason = column("Why it runs, waits or has stopped.")
    running: bool = column("Whether what was promised can still happen; a breached clock may run on.")
    paused: bool = column("Whether it waits now.")
    started_at: datetime = column("When it started.")
    due_at: datetime | None = column(
        "When its time is used up; null while it waits, or once it is cancelled."
    )
    achieved_at: datetime | None = column("When it happened, in time or late; null so far.")
    breached_at: datetime | None = column("When its time was used up before it happened; null so far.")
    cancelled_at: datetime | None = column("When nobody waited for it any more; null otherwise.")
    target_seconds: int = column("How many seconds of open time are promised.")
    used_seconds: float = column("How many seconds of open time were used when it was measured.")
    remaining_seconds: float = column(
        "How many seconds of open time were left when it was measured; below 0 where it was late.",
        reads.remaining_of_clock,
    )
    paused_seconds: float = column("How many seconds it had waited in all when it was measured.")
    measured_at: datetime = column("When it was measured: at its stop, or else after the latest event.")
    interaction: Interaction | None = one("The matter.", reads.interaction_of_clock)
    policy: SlaPolicyEdition | None = one("The promise by which it is measured.", reads.policy_of_clock)
    hours: BusinessCalendarEdition | None = one(
        "The hours by which it was measured last; null: round the clock.", reads.hours_of_clock
    )
    pauses: list[ClockPause] = listed("When it waited, from the first time on.", reads.pauses_of_clock)
