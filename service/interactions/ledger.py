"""How does a matter's ledger grow? Entry by entry; the matter's row follows, and can be rebuilt from it."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select

from service.ground.keys import uuid7
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.interactions import clocks, rules
from service.interactions.rules import Entry, Projection
from service.interactions.tables import (
    Interaction,
    InteractionEvent,
    InteractionStatus,
    LedgerType,
    Origin,
    Party,
    Visibility,
)

PROJECTED = tuple(field.name for field in fields(Projection))
"""The columns of a matter's row that its ledger decides."""

_ledger = table_of(InteractionEvent)
LENGTH = Statement(
    select(func.coalesce(func.max(_ledger.c.position), 0).label("length")).where(
        _ledger.c.tenant_id == TENANT, _ledger.c.interaction_id == bindparam("interaction")
    )
)


def row_of(
    session: Session,
    interaction_id: UUID,
    position: int,
    entry: Entry,
    *,
    actor: str | None,
    body: str | None = None,
) -> dict[str, Any]:
    """Return the row of one entry at its position."""
    return {
        "id": uuid7(),
        "interaction_id": interaction_id,
        "position": position,
        "type": entry.type,
        "occurred_at": entry.occurred_at,
        "recorded_at": session.now,
        "actor": actor,
        "actor_kind": entry.actor_kind,
        "status": entry.status,
        "team_id": entry.team_id,
        "assignee": entry.assignee,
        "body": body,
        "visibility": entry.visibility,
        "handle_seconds": entry.handle_seconds,
    }


async def append(
    session: Session, row: Interaction, entry: Entry, *, actor: str | None, body: str | None = None
) -> tuple[UUID, dict[str, Any]]:
    """Write the next entry of a locked matter; return its id and what it changes in the matter's row."""
    found = await session.row(LENGTH, interaction=row.id)
    position = 1 + (found["length"] if found else 0)
    written = row_of(session, row.id, position, entry, actor=actor, body=body)
    projection = await _followed(session, row, entry)
    session.insert(InteractionEvent, [written])
    return written["id"], differences(row, projection)


async def rebuild(session: Session, interaction_id: UUID) -> Mapping[str, object]:
    """Make a matter's row what its ledger adds up to; return what that changed: nothing, if all is well."""
    row = await session.get(Interaction, interaction_id, locked=True)
    changes = differences(row, _projected(row, await _entries(session, interaction_id)))
    if changes:
        await session.change(row, **changes)
        session.emit("interaction.rebuilt", row.id, changed=sorted(changes))
    await clocks.follow(session, [interaction_id])
    return changes


async def _followed(session: Session, row: Interaction, entry: Entry) -> Projection:
    """Return what a matter is after one more entry; one that the organisation opened is told anew."""
    if Origin(row.origin) is Origin.REACTIVE:
        return rules.follow(projection_of(row), entry)
    return _projected(row, [*await _entries(session, row.id), entry])


async def _entries(session: Session, interaction_id: UUID) -> list[Entry]:
    events = await session.find(InteractionEvent, interaction_id=interaction_id)
    return [entry_of(event) for event in sorted(events, key=lambda event: event.position)]


def _projected(row: Interaction, entries: Sequence[Entry]) -> Projection:
    return rules.project(row.opened_at, entries, row.team_id, Origin(row.origin))


def projection_of(row: Interaction) -> Projection:
    """Return what the row says its ledger adds up to."""
    return Projection(
        opened_at=row.opened_at,
        last_event_at=row.last_event_at,
        status=InteractionStatus(row.status),
        team_id=row.team_id,
        assignee=row.assignee,
        reopen_count=row.reopen_count,
        first_responded_at=row.first_responded_at,
        resolved_at=row.resolved_at,
        closed_at=row.closed_at,
    )


def entry_of(event: InteractionEvent) -> Entry:
    """Return an entry as far as it counts."""
    return Entry(
        type=LedgerType(event.type),
        occurred_at=event.occurred_at,
        actor_kind=Party(event.actor_kind),
        status=InteractionStatus(event.status) if event.status else None,
        team_id=event.team_id,
        assignee=event.assignee,
        visibility=Visibility(event.visibility),
    )


def columns_from(projection: Projection) -> dict[str, Any]:
    """Return the columns of a matter's row that its ledger decides."""
    return {name: getattr(projection, name) for name in PROJECTED}


def differences(row: Interaction, projection: Projection) -> dict[str, Any]:
    """Return the columns in which the row is not what its ledger adds up to."""
    return {name: value for name, value in columns_from(projection).items() if getattr(row, name) != value}


def told(
    channel: str, customer_id: UUID | None, contact_reason_id: UUID | None, team_id: UUID | None
) -> dict[str, str | None]:
    """Return what events tell of a matter, so that others can react without reading it."""
    ids = {"customer": customer_id, "contactReason": contact_reason_id, "team": team_id}
    return {"channel": channel, **{name: str(id_) if id_ else None for name, id_ in ids.items()}}
