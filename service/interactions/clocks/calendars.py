"""When is the organisation there to serve? Calendars are made and revised; an edition never changes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.ground.keys import uuid7
from service.ground.problems import Invalid, LimitExceeded, NotFound
from service.ground.session import Session, check_version
from service.interactions.clocks import firing
from service.interactions.clocks.tables import (
    BusinessCalendar,
    BusinessCalendarEdition,
    CalendarHoliday,
    CalendarPeriod,
    Weekday,
)

MOST_PERIODS = 100
MOST_HOLIDAYS = 1000
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
END_OF_DAY = "24:00"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Period:
    """A span of a weekday, such as 09:00 to 12:30; one that lasts to midnight closes at 24:00."""

    weekday: Weekday
    opens: str
    closes: str


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which nobody is there, such as 2026-12-25."""

    day: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The hours of a calendar: local times of a zone by weekday, and the days without any."""

    time_zone: str
    periods: Sequence[Period]
    holidays: Sequence[Holiday] = ()


async def calendar_create(session: Session, key: str, name: str, hours: WorkingHours) -> UUID:
    """Make a calendar with its first edition; raises Taken for a known key, Invalid for odd hours."""
    check(hours)
    calendar = session.add(BusinessCalendar(key=key, name=name))
    _write(session, calendar, hours)
    session.emit("business_calendar.created", calendar.id, key=key)
    return calendar.id


async def calendar_revise(
    session: Session,
    key: str,
    hours: WorkingHours,
    *,
    name: str | None = None,
    expected_version: int | None = None,
) -> UUID:
    """Give a calendar other hours from now on: used time stays used, the rest runs by the new ones."""
    check(hours)
    found = await session.find(BusinessCalendar, key=key, locked=True)
    if not found:
        raise NotFound("key", thing="business calendar", key="key")
    [calendar] = found
    check_version(calendar, expected_version)
    await session.change(calendar, edition=calendar.edition + 1, name=name or calendar.name)
    _write(session, calendar, hours)
    session.emit("business_calendar.revised", calendar.id, key=key, edition=calendar.edition)
    await firing.stir(session, calendar.id)
    return calendar.id


def _write(session: Session, calendar: BusinessCalendar, hours: WorkingHours) -> None:
    edition = BusinessCalendarEdition(
        business_calendar_id=calendar.id,
        edition=calendar.edition,
        time_zone=hours.time_zone,
        valid_from=session.now,
        actor=session.actor.subject,
    )
    session.add(edition)
    own = {"edition_id": edition.id}
    periods = [
        {"id": uuid7(), **own, "weekday": p.weekday, "opens": p.opens, "closes": p.closes}
        for p in hours.periods
    ]
    holidays = [{"id": uuid7(), **own, "day": one.day, "name": one.name} for one in hours.holidays]
    session.insert(CalendarPeriod, periods)
    session.insert(CalendarHoliday, holidays)


def check(hours: WorkingHours) -> None:
    """Raise what is wrong with hours, placed at the period, the holiday or the zone."""
    try:
        ZoneInfo(hours.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            "hours", "timeZone", reason="A zone is named like Europe/Berlin, as IANA lists them."
        ) from None
    for things, sent, most in (
        ("periods", hours.periods, MOST_PERIODS),
        ("holidays", hours.holidays, MOST_HOLIDAYS),
    ):
        if len(sent) > most:
            raise LimitExceeded("hours", things, limit=most, things=things, found=len(sent))
    _check_periods(hours.periods)
    _check_holidays(hours.holidays)


def _check_periods(periods: Sequence[Period]) -> None:
    for number, period in enumerate(periods):
        written = TIME.fullmatch(period.opens) and (
            period.closes == END_OF_DAY or TIME.fullmatch(period.closes)
        )
        if not written:
            raise Invalid(
                "hours", "periods", number, reason="A time is written like 09:00; the end of a day is 24:00."
            )
        if period.opens >= period.closes:
            raise Invalid(
                "hours", "periods", number, reason="A period opens before it closes; a night is two periods."
            )
    for weekday in Weekday:
        spans = sorted((p.opens, p.closes) for p in periods if p.weekday is weekday)
        if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
            raise Invalid("hours", "periods", reason=f"The periods of {weekday.title()} overlap.")


def _check_holidays(holidays: Sequence[Holiday]) -> None:
    for number, holiday in enumerate(holidays):
        if not _is_day(holiday.day):
            raise Invalid("hours", "holidays", number, "day", reason="A day is written like 2026-12-25.")
    if len({holiday.day for holiday in holidays}) < len(holidays):
        raise Invalid("hours", "holidays", reason="A day is a holiday once.")


def _is_day(written: str) -> bool:
    try:
        return bool(DAY.fullmatch(written) and date.fromisoformat(written))
    except ValueError:
        return False
