"""How long did customers wait while somebody was there? First responses through the promise's calendar."""

from dataclasses import replace
from typing import Any

from sqlalchemy import (
    DateTime,
    FromClause,
    Interval,
    Numeric,
    Select,
    and_,
    case,
    cast,
    exists,
    extract,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy import column as named

from service.ground.reads import Expression, column
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.interactions.clocks.tables import (
    BusinessCalendarEdition,
    CalendarHoliday,
    CalendarPeriod,
    Clock,
    ClockTarget,
)
from service.interactions.tables import InteractionEvent, LedgerType, Origin, Party, Visibility
from service.metrics.expressions import ONE, binned, one, said, seconds
from service.metrics.measures import Measure
from service.metrics.outcomes import Binned, Readings
from service.metrics.response_times import FRT_ANY_BUSINESS, FRT_HUMAN_BUSINESS
from service.metrics.signals import INTERACTION_FACTS

NOTHING: Expression = literal_column("interval '0'", Interval)
DAY: Expression = literal_column("interval '1 day'", Interval)


def _open_seconds(edition: FromClause, start: Expression, end: Expression) -> Expression:
    """Return the open seconds of a calendar: the counterpart of `business_time.open_seconds`."""
    period, holiday = table_of(CalendarPeriod).alias(), table_of(CalendarHoliday).alias()
    first, last = (
        func.date_trunc(said("day"), func.timezone(edition.c.time_zone, at)) for at in (start, end)
    )
    days = (
        func.generate_series(first, last, DAY)
        .table_valued(named("day", DateTime()), name="days")
        .render_derived()
    )
    day = days.c.day

    def moment(time: Expression) -> Expression:
        wall: Expression = day + cast(time, Interval)
        return func.timezone(edition.c.time_zone, wall, type_=DateTime(timezone=True))

    here = func.least(end, moment(period.c.closes)) - func.greatest(start, moment(period.c.opens))
    closed = and_(
        holiday.c.tenant_id == TENANT,
        holiday.c.edition_id == edition.c.id,
        holiday.c.day == func.to_char(day, said("YYYY-MM-DD")),
    )
    is_open = and_(
        period.c.tenant_id == TENANT,
        period.c.edition_id == edition.c.id,
        period.c.weekday == func.to_char(day, said("FMDAY")),
        ~exists(select(ONE).select_from(holiday).where(closed).correlate_except(holiday)),
    )
    lasting = func.sum(func.greatest(here, NOTHING, type_=Interval))
    total = select(func.coalesce(extract("epoch", lasting), literal_column("0")))
    found = total.select_from(days.join(period, is_open)).correlate_except(days, period)
    return found.scalar_subquery()


def _beside_promise(row: FromClause) -> "Select[Any]":
    """Return the open seconds to a person's first reply and to anybody's, of a matter with a promise."""
    clock, edition = table_of(Clock).alias(), table_of(BusinessCalendarEdition).alias()
    replied = _first_reply(row)

    def lasting(end: Expression) -> Expression:
        always = edition.c.id.is_(None)
        whole = seconds(end, row.c.opened_at)
        return case((always, whole), else_=cast(_open_seconds(edition, row.c.opened_at, end), Numeric))

    chosen = and_(edition.c.tenant_id == TENANT, edition.c.id == clock.c.calendar_edition_id)
    mine = [
        clock.c.tenant_id == TENANT,
        clock.c.interaction_id == row.c.id,
        clock.c.target == said(ClockTarget.FIRST_RESPONSE),
        clock.c.number == ONE,
    ]
    columns = [
        replied.label("replied_at"),
        lasting(row.c.first_responded_at).label("human_seconds"),
        lasting(replied).label("any_seconds"),
    ]
    return select(*columns).select_from(clock.outerjoin(edition, chosen)).where(*mine)


def _first_reply(row: FromClause) -> Expression:
    entry = table_of(InteractionEvent).alias()
    helpers = or_(entry.c.actor_kind == said(Party.AGENT), entry.c.actor_kind == said(Party.BOT))
    reply = and_(
        entry.c.tenant_id == TENANT,
        entry.c.interaction_id == row.c.id,
        entry.c.type == said(LedgerType.MESSAGE),
        entry.c.visibility == said(Visibility.PUBLIC),
        entry.c.occurred_at >= row.c.opened_at,
        helpers,
    )
    found = select(func.min(entry.c.occurred_at)).where(reply)
    return found.correlate_except(entry).scalar_subquery()


PROMISED_FACTS = replace(INTERACTION_FACTS, beside=_beside_promise)


def _answered(name: str, at: str, lasting: str) -> Measure:
    return Measure(
        name,
        PROMISED_FACTS,
        column(at),
        {"n": one, "total": column(lasting)},
        when=lambda row: row.c.origin == said(Origin.REACTIVE),
        bin=binned(column(lasting)),
        whole=True,
    )


ANSWERED_IN_HOURS = _answered("ANSWERED_IN_HOURS", "first_responded_at", "human_seconds")
REPLIED_IN_HOURS = _answered("REPLIED_IN_HOURS", "replied_at", "any_seconds")
COUNTED_IN_HOURS = (ANSWERED_IN_HOURS, REPLIED_IN_HOURS)
READINGS: Readings = {
    FRT_HUMAN_BUSINESS.id: Binned((ANSWERED_IN_HOURS.name,)),
    FRT_ANY_BUSINESS.id: Binned((REPLIED_IN_HOURS.name,)),
}
