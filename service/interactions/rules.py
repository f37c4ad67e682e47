"""What does a ledger add up to? A matter's status, team and times, as a pure function of its entries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from uuid import UUID

from service.interactions.tables import InteractionStatus, LedgerType, Origin, Party, Visibility

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
    handle_seconds: int | None = None

    def is_said_by(self, party: Party) -> bool:
        """Tell whether this is a message of one side that the other can read."""
        is_public = self.type is LedgerType.MESSAGE and self.visibility is Visibility.PUBLIC
        return is_public and self.actor_kind is party


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


def project(
    opened_at: datetime,
    entries: Sequence[Entry],
    team_id: UUID | None = None,
    origin: Origin = Origin.REACTIVE,
) -> Projection:
    """Return what the entries add up to, in order; `team_id` is the team where none of them names one."""
    projection = reduce(follow, entries, begin(opened_at))
    projection = replace(projection, team_id=projection.team_id or team_id)
    if origin is Origin.REACTIVE:
        return projection
    return replace(projection, first_responded_at=_answer_to_first_words(opened_at, entries))


def follow(before: Projection, entry: Entry) -> Projection:
    """Return what a matter that the customer opened is after one more entry."""
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
        first_responded_at=_earlier(before.first_responded_at, _response(before, entry)),
        resolved_at=entry.occurred_at if entry.type is LedgerType.RESOLVED else resolved_at,
        closed_at=entry.occurred_at if entry.type is LedgerType.CLOSED else closed_at,
    )


def _response(before: Projection, entry: Entry) -> datetime | None:
    """Return when a person of the organisation answered the customer, None if this entry is no answer."""
    answers = entry.is_said_by(Party.AGENT) and entry.occurred_at >= before.opened_at
    return entry.occurred_at if answers else None


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the earlier of two moments: what is recorded late counts when it happened."""
    return min((moment for moment in (one, other) if moment is not None), default=None)


def _answer_to_first_words(opened_at: datetime, entries: Iterable[Entry]) -> datetime | None:
    """Return when a person first answered the customer in a matter that the organisation opened.

    Its own first step answers nobody: the customer waits from the first words on.
    """
    waits = False
    for entry in sorted(entries, key=lambda entry: entry.occurred_at):
        if entry.occurred_at >= opened_at:
            if waits and entry.is_said_by(Party.AGENT):
                return entry.occurred_at
            waits = waits or entry.is_said_by(Party.CUSTOMER)
    return None


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
