"""What do many customers say? Themes as one run of coding or discovery named them, linked to feedback."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from service.ground.keys import uuid7
from service.ground.session import Session
from service.insights.tables import FeedbackTheme, Theme, ThemeOrigin


@dataclass(frozen=True, slots=True)
class ThemeFound:
    """A theme of a run, and the feedback that speaks of it with a confidence from 0 to 1 or None."""

    key: str
    name: str
    description: str | None = None
    feedback: Mapping[UUID, float | None] = field(default_factory=dict)


async def record(
    session: Session, run: str, origin: ThemeOrigin, found: Sequence[ThemeFound]
) -> dict[str, UUID]:
    """Keep the themes of one run and their links to feedback, and return the themes by key.

    The run may be recorded again: what it said before stays, what is new is added.
    """
    known = await session.lookup(Theme, ("key", "run"), [(theme.key, run) for theme in found])
    ids = {str(key[0]): row["id"] for key, row in known.items()}
    for theme in found:
        if theme.key not in ids:
            ids[theme.key] = _add(session, run, origin, theme)
    links = [_link(session, ids[theme.key], id_, c) for theme in found for id_, c in theme.feedback.items()]
    await session.insert_new(FeedbackTheme, links, ("theme_id", "feedback_id"))
    return ids


def _add(session: Session, run: str, origin: ThemeOrigin, theme: ThemeFound) -> UUID:
    row = Theme(
        key=theme.key,
        run=run,
        name=theme.name,
        description=theme.description,
        origin=origin,
        created_at=session.now,
    )
    session.emit("theme.found", row.id, run=run)
    return session.add(row).id


def _link(session: Session, theme_id: UUID, feedback_id: UUID, confidence: float | None) -> dict[str, object]:
    return {
        "id": uuid7(),
        "theme_id": theme_id,
        "feedback_id": feedback_id,
        "confidence": confidence,
        "linked_at": session.now,
    }
