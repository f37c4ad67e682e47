"""What does a ledger add up to? A matter's status, team and times, as a pure function of its entries."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from uuid import UUID

from service.interactions.tables import InteractionStatus, LedgerType, Party, Visibility

STATUS_OF = {
    LedgerType.HELD: InteractionStatus.ON_HOLD,
    LedgerType.RESOLVED: InteractionStatus.RESOLVED,
    LedgerType.REOPENED: InteractionStatus.OPEN,
    LedgerType.CLOSED: InteractionStatus.CLOSED,
}
"""The status an entry leads to where it does not name one itself; other entries leave the status alone."""

OVER = frozenset({InteractionStatus.RESOLVED, InteractionStatus.CLOSED})
ASSIGNING = frozenset({LedgerType.ASSIGNED, LedgerType.HANDED_OVER})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a ledger, as far as it counts; None says nothing about its subject."""

    type: LedgerType
    occurred_at: datetime
    actor_kind: Party
    status: InteractionStatus | None = None
    team_id: UUID | None = None
    assignee: str | None = None
    visibility: Visibility = Visibility.PUBLIC


@dataclass(frozen=True, slots=True)
class Projection:
    """What a ledger adds up to so far; the opening is the matter's own, whether or not an entry tells it."""

    opened_at: datetime
    last_event_at: datetime
    status: InteractionStatus = InteractionStatus.NEW
    team_id: UUID | None = None
    assignee: str | None = None
    reopen_count: int = 0
    first_responded_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None


def begin(opened_at: datetime) -> Projection:
    """Return the matter as it is before its first entry."""
    return Projection(opened_at, opened_at)


def project(opened_at: datetime, entries: Iterable[Entry], team_id: UUID | None = None) -> Projection:
    """Return what the entries add up to, in order; `team_id` is the team where none of them names one."""
    projection = reduce(follow, entries, begin(opened_at))
    return projection if projection.team_id else replace(projection, team_id=team_id)


def follow(before: Projection, entry: Entry) -> Projection:
    """Return what the matter is after one more entry."""
    reopens = entry.type is LedgerType.REOPENED
    resolved_at, closed_at = (None, None) if reopens else (before.resolved_at, before.closed_at)
    assigns = entry.type in ASSIGNING and entry.team_id is not None
    return Projection(
        opened_at=before.opened_at,
        last_event_at=max(before.last_event_at, entry.occurred_at),
        status=entry.status or STATUS_OF.get(entry.type, before.status),
        team_id=entry.team_id or before.team_id,
        # A team that is given a matter without an assignee still has to choose one.
        assignee=entry.assignee if assigns else entry.assignee or before.assignee,
        reopen_count=before.reopen_count + reopens,
        first_responded_at=before.first_responded_at or _response(before, entry),
        resolved_at=entry.occurred_at if entry.type is LedgerType.RESOLVED else resolved_at,
        closed_at=entry.occurred_at if entry.type is LedgerType.CLOSED else closed_at,
    )


def _response(before: Projection, entry: Entry) -> datetime | None:
    """Return when a person of the organisation answered the customer, None if this entry is no answer."""
    answers = (
        entry.type is LedgerType.MESSAGE
        and entry.actor_kind is Party.AGENT
        and entry.visibility is Visibility.PUBLIC
        and entry.occurred_at >= before.opened_at
    )
    return entry.occurred_at if answers else None


def entry_type(source: InteractionStatus, target: InteractionStatus) -> LedgerType:
    """Return how the ledger calls a step from one status to another."""
    match target:
        case InteractionStatus.RESOLVED:
            return LedgerType.RESOLVED
        case InteractionStatus.CLOSED:
            return LedgerType.CLOSED
        case InteractionStatus.WAITING_ON_CUSTOMER | InteractionStatus.ON_HOLD:
            return LedgerType.HELD
        case _:
            return LedgerType.REOPENED if source in OVER else LedgerType.STATUS_CHANGED


def answered(status: InteractionStatus, party: Party, visibility: Visibility) -> InteractionStatus | None:
    """Return the status a message leads to: an answer opens what is new or waits for it. None: no other."""
    if visibility is Visibility.INTERNAL:
        return None
    opens = (InteractionStatus.NEW, Party.AGENT), (InteractionStatus.WAITING_ON_CUSTOMER, Party.CUSTOMER)
    return InteractionStatus.OPEN if (status, party) in opens else None
