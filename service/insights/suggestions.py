"""What becomes of a suggestion? A person accepts it into an insight, or dismisses it with a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select, update

from service.ground.keys import uuid7
from service.ground.problems import Required
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import made, table_of
from service.insights import evidence, writes
from service.insights.finding_tables import Suggestion, SuggestionSignal, SuggestionStatus
from service.insights.machine import SUGGESTION
from service.insights.signals import COLUMNS, MOST_SIGNALS, Signal
from service.insights.tables import Insight, InsightStatus, Theme

CHANGED = 1.5
"""A dismissed surge has changed when it is that many times as strong as the one that was dismissed."""
DONE_WITH = frozenset({InsightStatus.RESOLVED, InsightStatus.REJECTED, InsightStatus.DORMANT})
"""The states of an insight in which a new surge of the same thing is news again."""

Into = UUID | Mapping[str, object]
"""The insight that takes a suggestion in: an existing one by id, or the columns of a new one."""

_suggestion = table_of(Suggestion)
_insight = table_of(Insight)
_theme = table_of(Theme)
EARLIEST_FIRST = Statement(
    select(*_suggestion.c, _insight.c.status.label("insight_status"))
    .outerjoin(_insight, (_insight.c.tenant_id == TENANT) & (_insight.c.id == _suggestion.c.insight_id))
    .where(_suggestion.c.tenant_id == TENANT)
    .order_by(_suggestion.c.created_at, _suggestion.c.id)
)
HEIRS = Statement(
    select(_theme.c.id, _theme.c.continues_id)
    .where(_theme.c.tenant_id == TENANT, _theme.c.continues_id.is_not(None))
    .order_by(_theme.c.id)
)
CALMING = Statement(
    update(_suggestion)
    .where(_suggestion.c.tenant_id == TENANT, _suggestion.c.id == func.any(bindparam("ids")))
    .where(_suggestion.c.calmed_at.is_(None))
    .values(calmed_at=bindparam("at"))
)


@dataclass(frozen=True, slots=True)
class Found:
    """A thing that rose: the columns of its suggestion, and what customers said, the latest first.

    `column` names the thing: `contact_reason_id` or `theme_id`.
    """

    column: str
    subject: UUID
    values: Mapping[str, object]
    signal_column: str
    signals: Sequence[tuple[UUID, datetime]]

    @property
    def strength(self) -> float:
        """How many times what was expected."""
        values: Mapping[str, Any] = self.values
        strength: float = values["observed"] / values["expected"]
        return strength


@dataclass(frozen=True, slots=True)
class Known:
    """The last suggestion of a subject, and what the insight it became is now."""

    row: Suggestion
    insight_status: str | None

    @property
    def subject(self) -> UUID | None:
        """What it is about."""
        return self.row.contact_reason_id or self.row.theme_id

    def silences(self, found: Found) -> bool:
        """Tell whether a person's decision still answers what was found."""
        if self.row.status == SuggestionStatus.ACCEPTED:
            return self.insight_status not in DONE_WITH or self.row.calmed_at is None
        stronger = found.strength >= CHANGED * self.row.observed / self.row.expected
        return self.row.calmed_at is None and not stronger


async def suggest(
    session: Session, found: Sequence[Found], looked_at: Sequence[UUID]
) -> list[tuple[UUID, bool]]:
    """Suggest what was found, unless a decision answers it; returns each suggestion, and if it is new.

    A suggestion that still waits is renewed. Of what was looked at and not found again, it is kept that it
    has calmed down: a new rise is news then.
    """
    known = await _latest(session)
    suggested: list[tuple[UUID, bool]] = []
    for one in found:
        before = known.get(one.subject)
        if before is None or (before.row.status != SuggestionStatus.OPEN and not before.silences(one)):
            suggested.append((_begin(session, one), True))
        elif before.row.status == SuggestionStatus.OPEN:
            await _renew(session, before.row, one)
            suggested.append((before.row.id, False))
    rising = {one.subject for one in found}
    calm = [known[s].row.id for s in looked_at if s in known and s not in rising]
    if calm:
        await session.run(CALMING, ids=calm, at=session.now)
    return suggested


async def accept(
    session: Session, suggestion_id: UUID, into: Into, *, expected_version: int | None = None
) -> UUID:
    """Take a suggestion into a new or an existing insight, its signals as evidence. Returns the insight.

    Raises NotFound, StaleVersion, InvalidTransition, and Invalid for an insight that takes no evidence.
    """
    suggestion = await session.get(Suggestion, suggestion_id, "suggestionId", locked=True)
    SUGGESTION.check_request(suggestion.status, SuggestionStatus.ACCEPTED)
    insight_id = into if isinstance(into, UUID) else writes.draft(session, _drafted(suggestion, into))
    rows = await session.find(SuggestionSignal, suggestion_id=suggestion_id)
    await evidence.link(session, insight_id, [_signal_of(row) for row in rows])
    await SUGGESTION.move(
        session,
        suggestion,
        SuggestionStatus.ACCEPTED,
        expected_version=expected_version,
        decided_by=session.actor.subject,
        decided_at=session.now,
        insight_id=insight_id,
    )
    return insight_id


async def dismiss(
    session: Session, suggestion_id: UUID, reason: str, *, expected_version: int | None = None
) -> Suggestion:
    """Dismiss a suggestion: not made again until something changes. Raises Required without a reason."""
    if not reason.strip():
        raise Required("reason")
    suggestion = await session.get(Suggestion, suggestion_id, "suggestionId", locked=True)
    return await SUGGESTION.move(
        session,
        suggestion,
        SuggestionStatus.DISMISSED,
        expected_version=expected_version,
        reason=reason,
        decided_by=session.actor.subject,
        decided_at=session.now,
        decision_reason=reason,
    )


async def _latest(session: Session) -> dict[UUID, Known]:
    """Return the last suggestion of each subject; a theme that continues another inherits the other's."""
    heirs = {row["continues_id"]: row["id"] for row in await session.rows(HEIRS)}
    found: dict[UUID, Known] = {}
    for row in await session.rows(EARLIEST_FIRST):
        columns: dict[str, Any] = dict(row)
        status = columns.pop("insight_status")
        known = Known(Suggestion(**columns), status)
        subject = known.subject
        while subject in heirs:
            subject = heirs[subject]
        if subject is not None:
            found[subject] = known
    return found


def _begin(session: Session, found: Found) -> UUID:
    row = session.add(made(Suggestion, {found.column: found.subject, **found.values}))
    SUGGESTION.remember(session, row.id, None, SuggestionStatus.OPEN)
    session.insert(SuggestionSignal, _signal_rows(row.id, found))
    return row.id


async def _renew(session: Session, row: Suggestion, found: Found) -> None:
    """Bring a waiting suggestion up to what is found now; signals of before stay, the latest are added."""
    await session.change(row, **found.values, calmed_at=None)
    known = await session.find(SuggestionSignal, suggestion_id=row.id)
    new = _signal_rows(row.id, found)[: MOST_SIGNALS - len(known)]
    await session.insert_new(SuggestionSignal, new, ("suggestion_id", found.signal_column))


def _signal_rows(suggestion_id: UUID, found: Found) -> list[dict[str, object]]:
    empty = {name: None for name in ("interaction_id", "feedback_id") if name != found.signal_column}
    return [
        {"id": uuid7(), "suggestion_id": suggestion_id, found.signal_column: id_, **empty, "occurred_at": at}
        for id_, at in found.signals[:MOST_SIGNALS]
    ]


def _drafted(suggestion: Suggestion, values: Mapping[str, object]) -> dict[str, object]:
    """Return the columns of the insight: what the person says of it, otherwise what the suggestion does."""
    said = {name: value for name, value in values.items() if value is not None}
    pins = {"contact_reason_id": suggestion.contact_reason_id, "theme_id": suggestion.theme_id}
    return {"title": suggestion.title, "summary": suggestion.why, **pins, **said}


def _signal_of(row: SuggestionSignal) -> Signal:
    column = next(name for name in COLUMNS if getattr(row, name, None) is not None)
    return Signal(column, getattr(row, column))
