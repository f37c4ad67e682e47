"""By when is a recovery due? By the open hours of its rule's calendar, the tenant's, or in plain hours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from service.ground.session import Session
from service.interactions.clocks import lookups
from service.interactions.clocks.terms import ALWAYS, Hours
from service.loops import terms
from service.loops.rule_tables import RecoveryRule
from service.loops.rules import Rule
from service.loops.terms import Terms


def due_after(start: datetime, within_seconds: int | None, hours: Hours = ALWAYS) -> datetime | None:
    """Return by when something is due that may take so much open time; None where nothing limits it."""
    return None if within_seconds is None else hours.deadline(start, timedelta(seconds=within_seconds))


def resumed(due_at: datetime | None, paused_at: datetime, now: datetime, hours: Hours) -> datetime | None:
    """Return when something is due that waited: what was left is left; what was overdue then stays so."""
    if due_at is None or due_at <= paused_at:
        return due_at
    return hours.deadline(now, hours.open_time(paused_at, due_at))


@dataclass(frozen=True, slots=True)
class DueTimes:
    """By what recoveries are due: a rule's own times and calendar, else those of the tenant's terms.

    `hours` are those of each calendar that is concerned; without any calendar every second is open.
    """

    usual: Terms
    hours: Mapping[UUID | None, Hours]

    def hours_by(self, calendar_id: UUID | None) -> Hours:
        """Return the hours of a rule's calendar, or without one those of the terms."""
        return self.hours[calendar_id or self.usual.business_calendar_id]

    def columns(self, start: datetime) -> dict[str, object]:
        """Return the columns of a recovery that no rule opened, which say by when what is due."""
        usual = self.usual
        return self._columns(
            start, usual.acknowledge_within_seconds, usual.recover_within_seconds, self.hours_by(None)
        )

    def columns_by(self, rule: Rule, start: datetime) -> dict[str, object]:
        """Return these columns of a recovery that a rule opened."""
        return self._columns(
            start,
            rule.acknowledge_within_seconds or self.usual.acknowledge_within_seconds,
            rule.recover_within_seconds or self.usual.recover_within_seconds,
            self.hours_by(rule.business_calendar_id),
        )

    def _columns(self, start: datetime, acknowledge: int, recover: int, hours: Hours) -> dict[str, object]:
        first = due_after(start, acknowledge, hours)
        return {
            "acknowledge_due_at": first,
            "remedy_due_at": due_after(start, recover, hours),
            "recover_within_seconds": recover,
            "due_at": first,
        }


async def known(session: Session, calendar_ids: Iterable[UUID | None] = ()) -> DueTimes:
    """Return by what recoveries are due now, those too that count by one of these calendars."""
    usual = await terms.current(session)
    wanted = {id_ for id_ in (usual.business_calendar_id, *calendar_ids) if id_ is not None}
    found = await lookups.hours_of(session, wanted)
    return DueTimes(usual, {None: ALWAYS, **{id_: [ALWAYS, *found.get(id_, ())][-1] for id_ in wanted}})


async def hours_of_rule(session: Session, rule_id: UUID | None) -> Hours:
    """Return the hours by which an edition of a rule counts now, or what no edition opened."""
    rule = None if rule_id is None else await session.get(RecoveryRule, rule_id)
    calendar_id = None if rule is None else rule.business_calendar_id
    return (await known(session, [calendar_id])).hours_by(calendar_id)
