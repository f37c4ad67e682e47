"""What do many customers say? Themes as coding, a run or a person named them, linked to feedback."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from service.feedback.tables import Feedback, Judge
from service.ground.keys import uuid7
from service.ground.problems import Invalid, LimitExceeded, NotFound, Required
from service.ground.session import Session
from service.insights.tables import FeedbackTheme, Theme, ThemeOrigin

MOST = 100
"""How much feedback a person assigns at once."""
STANDING: Mapping[str, None] = MappingProxyType(
    {"withdrawn_at": None, "withdrawn_by": None, "withdraw_reason": None}
)


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


async def add(session: Session, name: str, description: str | None = None) -> UUID:
    """Name a theme by hand; raises Required without a name."""
    if not name.strip():
        raise Required("name")
    row = Theme(key=str(uuid7()), name=name, description=description, created_at=session.now)
    session.emit("theme.found", row.id, run=row.run)
    return session.add(row).id


async def rename(session: Session, theme_id: UUID, name: str) -> Theme:
    """Give a theme a person's name; what the run called it is kept, and later runs take the name over.

    Raises NotFound, and Required without a name.
    """
    if not name.strip():
        raise Required("name")
    theme = await session.get(Theme, theme_id, "themeId", locked=True)
    found_name = theme.found_name if theme.renamed_at else theme.name
    told = {"renamed_by": session.actor.subject, "renamed_at": session.now}
    session.emit("theme.renamed", theme_id, name=name)
    return await session.change(theme, name=name, found_name=found_name, **told)


async def assign(session: Session, theme_id: UUID, feedback_ids: Sequence[UUID]) -> None:
    """Say as a person that feedback speaks of a theme; what a model said of it, or was withdrawn, yields.

    Raises NotFound for an unknown theme or feedback, LimitExceeded for more than MOST at once.
    """
    await session.get(Theme, theme_id, "themeId")
    known = await _assignments(session, theme_id, feedback_ids)
    for row in known.values():
        if row.judge == Judge.MODEL or row.withdrawn_at is not None:
            await session.change(row, **_by_hand(session), **STANDING)
    new = [_link(session, theme_id, id_, None) for id_ in dict.fromkeys(feedback_ids) if id_ not in known]
    session.insert(FeedbackTheme, new)
    session.emit("theme.assigned", theme_id, feedback=[str(id_) for id_ in feedback_ids])


async def withdraw(session: Session, theme_id: UUID, feedback_ids: Sequence[UUID], reason: str) -> None:
    """Say that feedback does not speak of a theme, whoever said it does; who took it back, and why, is kept.

    Raises Required without a reason, NotFound for an unknown theme or feedback, and Invalid for feedback that
    was not assigned to it.
    """
    if not reason.strip():
        raise Required("reason")
    await session.get(Theme, theme_id, "themeId")
    known = await _assignments(session, theme_id, feedback_ids)
    for number, id_ in enumerate(feedback_ids):
        if id_ not in known or known[id_].withdrawn_at is not None:
            raise Invalid("feedbackIds", number, reason="This feedback is not assigned to the theme.")
    told = {"withdrawn_at": session.now, "withdrawn_by": session.actor.subject, "withdraw_reason": reason}
    for row in known.values():
        await session.change(row, **told)
    session.emit("theme.withdrawn", theme_id, feedback=[str(id_) for id_ in feedback_ids], reason=reason)


async def _assignments(
    session: Session, theme_id: UUID, feedback_ids: Sequence[UUID]
) -> dict[UUID, FeedbackTheme]:
    """Return what is said of this feedback and this theme; raises NotFound for unknown feedback."""
    if len(feedback_ids) > MOST:
        raise LimitExceeded("feedbackIds", limit=MOST, things="feedback", found=len(feedback_ids))
    found = await session.lookup(Feedback, ("id",), [(id_,) for id_ in feedback_ids])
    for number, id_ in enumerate(feedback_ids):
        if (id_,) not in found:
            raise NotFound("feedbackIds", number, thing="Feedback", key="id")
    rows = await session.find(FeedbackTheme, locked=True, theme_id=theme_id)
    return {row.feedback_id: row for row in rows if row.feedback_id in set(feedback_ids)}


def _by_hand(session: Session) -> dict[str, object]:
    who = {"judge": Judge.AGENT, "judged_by": session.actor.subject}
    return {**who, "confidence": None, "linked_at": session.now}


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
    """Return an assignment of a coder, whom only the run names."""
    return {
        "id": uuid7(),
        "theme_id": theme_id,
        "feedback_id": feedback_id,
        "confidence": confidence,
        "linked_at": session.now,
        "judge": Judge.AGENT,
        "judged_by": session.actor.subject,
        "withdrawn_at": None,
        "withdrawn_by": None,
        "withdraw_reason": None,
    }
