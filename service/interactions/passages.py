"""How does a customer get through to a person? Queued, handed over, or gone before anybody answered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from service.ground.session import Session, check_version
from service.interactions import clocks, ledger, references
from service.interactions.references import NOTHING, Named, Refs
from service.interactions.rules import Entry
from service.interactions.tables import Interaction, LedgerType, Party, Visibility
from service.interactions.writes import moment_in, told_of


class PassageKind(StrEnum):
    """What happened on the way to a person."""

    QUEUED = "QUEUED"
    HANDED_OVER = "HANDED_OVER"
    ABANDONED = "ABANDONED"


WHO = {
    PassageKind.QUEUED: Party.SYSTEM,
    PassageKind.HANDED_OVER: Party.BOT,
    PassageKind.ABANDONED: Party.CUSTOMER,
}
"""Whose doing it is: a handover is a bot's, people assign."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What a telephone or chat system tells of a matter; the team is the one that is waited for."""

    kind: PassageKind
    team: Named = NOTHING
    occurred_at: datetime | None = None


async def record(
    session: Session, interaction_id: UUID, passage: Passage, *, expected_version: int | None = None
) -> tuple[UUID, UUID]:
    """Record a part of the way; return the ids of the matter and of the entry."""
    row = await session.get(Interaction, interaction_id, "interactionId", locked=True)
    check_version(row, expected_version)
    at = moment_in(session, row, passage.occurred_at)
    found = await references.find(session, Refs(team=passage.team))
    type_, party = LedgerType(passage.kind), WHO[passage.kind]
    entry = Entry(type_, at, party, team_id=found.team_id, visibility=Visibility.INTERNAL)
    id_, changes = await ledger.append(session, row, entry, actor=session.actor.subject)
    await session.change(row, **changes)
    _tell(session, row, passage.kind)
    await clocks.follow(session, [row.id], matched=found.team_id is not None)
    return row.id, id_


def _tell(session: Session, row: Interaction, kind: PassageKind) -> None:
    match kind:
        case PassageKind.QUEUED:
            session.emit("interaction.queued", row.id, **told_of(row))
        case PassageKind.HANDED_OVER:
            session.emit("interaction.handed_over", row.id, **told_of(row))
        case PassageKind.ABANDONED:
            session.emit("interaction.abandoned", row.id, **told_of(row))
