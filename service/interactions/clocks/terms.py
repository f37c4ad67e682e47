"""What was promised, from when on, and by which hours? The values that clocks are measured by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from service.ground import business_time
from service.ground.business_time import Calendar
from service.interactions.clocks.tables import ClockReason, ClockTarget
from service.interactions.tables import InteractionStatus

OVER = {InteractionStatus.RESOLVED: ClockReason.RESOLVED, InteractionStatus.CLOSED: ClockReason.CLOSED}
"""Whatever is promised, nobody waits for it while a matter is over."""


@dataclass(frozen=True, slots=True)
class Promise:
    """How soon something must happen; it is imminent in the last part of that time."""

    time: timedelta
    imminent: timedelta = timedelta(0)
    pauses_on_customer: bool = False
    pauses_on_hold: bool = False

    def waits(self, status: InteractionStatus) -> ClockReason | None:
        """Return why the clock waits while a matter has this status; None where it runs."""
        if self.pauses_on_customer and status is InteractionStatus.WAITING_ON_CUSTOMER:
            return ClockReason.WAITING_ON_CUSTOMER
        if self.pauses_on_hold and status is InteractionStatus.ON_HOLD:
            return ClockReason.ON_HOLD
        return OVER.get(status)


@dataclass(frozen=True, slots=True)
class Hours:
    """One edition of a calendar; without a calendar every second is open."""

    calendar: Calendar | None = None
    valid_from: datetime | None = None
    id: UUID | None = None

    def open_time(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time from `start` to `end`."""
        if self.calendar is None:
            return end - start
        return business_time.open_time(self.calendar, start, end)

    def deadline(self, start: datetime, needed: timedelta) -> datetime | None:
        """Return when so much open time has passed since `start`; None for never."""
        if self.calendar is None:
            return start + max(timedelta(0), needed)
        return business_time.deadline(self.calendar, start, needed)


ALWAYS = Hours()


@dataclass(frozen=True, slots=True)
class Terms:
    """One edition of a policy, with the editions of its calendar, earliest first."""

    promises: Mapping[ClockTarget, Promise]
    hours: tuple[Hours, ...] = ()
    id: UUID | None = None

    def hours_at(self, at: datetime) -> Hours:
        """Return the hours in force at a moment; before the first edition, the first."""
        known = [one for one in self.hours if one.valid_from is None or one.valid_from <= at]
        return known[-1] if known else next(iter(self.hours), ALWAYS)


@dataclass(frozen=True, slots=True)
class Applied:
    """Terms that apply to a matter from a moment on; None: nothing is promised any more."""

    at: datetime
    terms: Terms | None


def in_force(applied: Sequence[Applied], at: datetime) -> Terms | None:
    """Return the terms that apply at a moment; of several from one moment on, the last."""
    known = [one for one in applied if one.at <= at]
    return known[-1].terms if known else None
