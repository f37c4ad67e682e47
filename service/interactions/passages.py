"""How does a customer get through to a person? Queued, handed over, served, or gone unanswered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from service.ground.problems import Invalid, Required
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
    HANDLED = "HANDLED"


WHO = {
    PassageKind.QUEUED: Party.SYSTEM,
    PassageKind.HANDED_OVER: Party.BOT,
    PassageKind.ABANDONED: Party.CUSTOMER,
    PassageKind.HANDLED: Party.AGENT,
}
"""Whose doing it is: a handover is a bot's, people assign."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What a telephone or chat system tells of a matter; the team is the one that is waited for.

    HANDLED says for how many seconds an agent was busy with it: talk, hold, and work after the contact.
    """

    kind: PassageKind
    team: Named = NOTHING
    occurred_at: datetime | None = None
    handle_seconds: int | None = None

    def check(self) -> None:
        """Raise Required or Invalid for a time that is missing, or told of what is no handling."""
        if self.kind is PassageKind.HANDLED and self.handle_seconds is None:
            raise Required("handleSeconds")
        if self.kind is not PassageKind.HANDLED and self.handle_seconds is not None:
            raise Invalid("handleSeconds", reason="Only HANDLED tells for how long an agent was busy.")
        check_handling(self.handle_seconds, "handleSeconds")


def check_handling(seconds: int | None, *field: str | int) -> None:
    """Raise Invalid for less than no time."""
    if seconds is not None and seconds < 0:
        raise Invalid(*field, reason="An agent is busy for 0 seconds or more.")


async def record(
    session: Session, interaction_id: UUID, passage: Passage, *, expected_version: int | None = None
) -> tuple[UUID, UUID]:
    """Record a part of the way; return the ids of the matter and of the entry.

    Raises NotFound, StaleVersion, Invalid for a moment before the opening, and what `Passage.check` does.
    """
    passage.check()
    row = await session.get(Interaction, interaction_id, "interactionId", locked=True)
    check_version(row, expected_version)
    at = moment_in(session, row, passage.occurred_at)
    found = await references.find(session, Refs(team=passage.team))
    type_, party = LedgerType(passage.kind), WHO[passage.kind]
    entry = Entry(
        type_,
        at,
        party,
        team_id=found.team_id,
        visibility=Visibility.INTERNAL,
        handle_seconds=passage.handle_seconds,
    )
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
        case PassageKind.HANDLED:
            session.emit("interaction.handled", row.id, **told_of(row))
