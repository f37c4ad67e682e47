"""By when is a recovery due? In plain hours, or in the open hours of the calendar that its rule names."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from service.ground.session import Session
from service.interactions.clocks import lookups
from service.interactions.clocks.terms import ALWAYS, Hours
from service.loops.rule_tables import RecoveryRule


def due_after(start: datetime, within_seconds: int | None, hours: Hours = ALWAYS) -> datetime | None:
    """Return by when something is due that may take so much open time; None where nothing limits it."""
    return None if within_seconds is None else hours.deadline(start, timedelta(seconds=within_seconds))


def resumed(due_at: datetime | None, paused_at: datetime, now: datetime, hours: Hours) -> datetime | None:
    """Return when something is due that waited: what was left is left; what was overdue then stays so."""
    if due_at is None or due_at <= paused_at:
        return due_at
    return hours.deadline(now, hours.open_time(paused_at, due_at))


def deadlines(
    start: datetime, acknowledge_within: int, recover_within: int, hours: Hours = ALWAYS
) -> dict[str, object]:
    """Return the columns of a new recovery that say by when what is due."""
    first = due_after(start, acknowledge_within, hours)
    return {
        "acknowledge_due_at": first,
        "remedy_due_at": due_after(start, recover_within, hours),
        "recover_within_seconds": recover_within,
        "due_at": first,
    }


async def hours_of(session: Session, calendar_ids: Iterable[UUID | None]) -> Mapping[UUID | None, Hours]:
    """Return the hours that calendars have now, by calendar; without a calendar every second is open."""
    found = await lookups.hours_of(session, {id_ for id_ in calendar_ids if id_ is not None})
    return {None: ALWAYS, **{id_: editions[-1] for id_, editions in found.items()}}


async def hours_of_rule(session: Session, rule_id: UUID | None) -> Hours:
    """Return the hours by which an edition of a rule counts now."""
    if rule_id is None:
        return ALWAYS
    rule = await session.get(RecoveryRule, rule_id)
    return (await hours_of(session, [rule.business_calendar_id]))[rule.business_calendar_id]
