"""How are promises and clocks read? Their entities, edges, orders and the conditions of their filters."""

from sqlalchemy import FromClause, and_, any_, case, func, literal_column

from service.ground.reads import (
    Condition,
    Entity,
    Expression,
    Many,
    Meets,
    One,
    Order,
    Where,
    all_of,
    column,
    exists_in,
    to_many,
    to_one,
)
from service.interactions.clocks.tables import (
    NEVER,
    BusinessCalendar,
    BusinessCalendarEdition,
    CalendarHoliday,
    CalendarPeriod,
    Clock,
    ClockPause,
    SlaCondition,
    SlaPolicy,
    SlaPolicyEdition,
    SlaTarget,
    Weekday,
)
from service.interactions.tables import Interaction

BUSINESS_CALENDAR = Entity(BusinessCalendar, "cal")
SLA_POLICY = Entity(SlaPolicy, "slp")
CLOCK = Entity(Clock, "clk")


def _day_of_week(period: FromClause) -> Expression:
    days: dict[str, Expression] = {
        day.value: literal_column(str(number)) for number, day in enumerate(Weekday)
    }
    return case(days, value=period.c.weekday)


def due(clock: FromClause) -> Expression:
    """Return when a clock is due; in the end, where it has no due time."""
    return func.coalesce(clock.c.due_at, literal_column(NEVER), type_=clock.c.due_at.type)


def _remaining(clock: FromClause) -> Expression:
    return clock.c.target_seconds - clock.c.used_seconds


BY_KEY = {"KEY": Order(column("key"))}
IN_EDITIONS = {"EDITION": Order(column("edition"))}
BY_DUE_TIME = {"DUE_AT": Order(due)}
BY_TARGET = {"TARGET": Order(column("target"))}
BY_START = {"STARTED_AT": Order(column("started_at"))}

BUSINESS_CALENDARS = all_of(BusinessCalendar, BY_KEY, descending=False)
SLA_POLICIES = all_of(SlaPolicy, {"POSITION": Order(column("position"))}, descending=False)
CLOCKS = all_of(Clock, BY_DUE_TIME, descending=False)

hours_of_calendar = One(
    BusinessCalendarEdition,
    lambda calendar, edition: and_(
        edition.c.business_calendar_id == calendar.c.id, edition.c.edition == calendar.c.edition
    ),
)
editions_of_calendar = to_many(BusinessCalendarEdition, "business_calendar_id", IN_EDITIONS, descending=False)
calendar_of_edition = to_one(BusinessCalendar, "business_calendar_id")
periods_of_edition = to_many(
    CalendarPeriod,
    "edition_id",
    {"WEEKDAY": Order(_day_of_week), "OPENS": Order(column("opens"))},
    descending=False,
)
holidays_of_edition = to_many(CalendarHoliday, "edition_id", {"DAY": Order(column("day"))}, descending=False)

wording_of_policy = One(
    SlaPolicyEdition,
    lambda policy, edition: and_(
        edition.c.sla_policy_id == policy.c.id, edition.c.edition == policy.c.edition
    ),
)
editions_of_policy = to_many(SlaPolicyEdition, "sla_policy_id", IN_EDITIONS, descending=False)
policy_of_edition = to_one(SlaPolicy, "sla_policy_id")
calendar_of_policy = to_one(BusinessCalendar, "business_calendar_id")
conditions_of_edition = to_many(
    SlaCondition,
    "edition_id",
    {"CRITERION": Order(column("criterion")), "VALUE": Order(column("value"))},
    descending=False,
)
targets_of_edition = to_many(SlaTarget, "edition_id", BY_TARGET, descending=False)

interaction_of_clock = to_one(Interaction, "interaction_id")
policy_of_clock = to_one(SlaPolicyEdition, "policy_edition_id")
hours_of_clock = to_one(BusinessCalendarEdition, "calendar_edition_id")
pauses_of_clock = to_many(ClockPause, "clock_id", {"BEGAN_AT": Order(column("began_at"))}, descending=False)
remaining_of_clock = _remaining
clocks_of_interaction = Many(
    Clock,
    lambda interaction, clock: and_(clock.c.interaction_id == interaction.c.id, clock.c.latest),
    BY_TARGET,
    descending=False,
)
every_clock_of_interaction = to_many(Clock, "interaction_id", BY_START, descending=False)


def _has_clock_in_state(interaction: FromClause, states: Expression) -> Condition:
    return exists_in(
        Clock,
        lambda clock: and_(
            clock.c.interaction_id == interaction.c.id, clock.c.latest, clock.c.state == any_(states)
        ),
    )


def _has_clock_due_before(interaction: FromClause, at: Expression) -> Condition:
    return exists_in(
        Clock,
        lambda clock: and_(clock.c.interaction_id == interaction.c.id, clock.c.running, due(clock) < at),
    )


def _is_breached(interaction: FromClause, wanted: Expression) -> Condition:
    broken = exists_in(
        Clock,
        lambda clock: and_(clock.c.interaction_id == interaction.c.id, clock.c.breached_at.is_not(None)),
    )
    return broken == wanted


def _is_retired(policy: FromClause, wanted: Expression) -> Condition:
    return policy.c.retired_at.is_not(None) == wanted


by_interaction = Where(column("interaction_id"), names=Interaction)
due_within = Where(due, only=lambda clock: clock.c.due_at.is_not(None))
clock_state = Meets(_has_clock_in_state)
due_before = Meets(_has_clock_due_before)
breached = Meets(_is_breached)
retired = Meets(_is_retired)
