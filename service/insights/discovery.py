"""What does a run over all words leave? Themes that supersede the last ones, and keep what people said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, and_, bindparam, func, or_, select, update

from service.feedback.tables import Feedback, Judge
from service.ground.keys import uuid7
from service.ground.session import Row, Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.insights import runs
from service.insights.runs import Method
from service.insights.tables import FeedbackTheme, Theme, ThemeOrigin
from service.insights.themes import STANDING, ThemeFound

ALIKE = 0.5
"""Two themes are one if that part of all feedback that either has is in both (Jaccard)."""

_feedback = table_of(Feedback)
_theme = table_of(Theme)
_link = table_of(FeedbackTheme)
WORDS = Statement(
    select(_feedback.c.id, _feedback.c.verbatim)
    .where(_feedback.c.tenant_id == TENANT, _feedback.c.verbatim.is_not(None))
    .where(
        _feedback.c.submitted_at >= bindparam("since", type_=DateTime(timezone=True)),
        _feedback.c.submitted_at < bindparam("until", type_=DateTime(timezone=True)),
    )
    .where(
        or_(
            _feedback.c.language.is_(None),
            func.lower(func.split_part(_feedback.c.language, "-", 1)) == bindparam("language"),
        )
    )
    .order_by(_feedback.c.submitted_at.desc(), _feedback.c.id.desc())
    .limit(bindparam("most"))
)
_current = and_(
    _theme.c.tenant_id == TENANT,
    _theme.c.origin == ThemeOrigin.DISCOVERED.value,
    _theme.c.superseded_at.is_(None),
)
CURRENT = Statement(select(*_theme.c).where(_current).order_by(_theme.c.id))
LINKS = Statement(
    select(*_link.c)
    .join(_theme, and_(_current, _theme.c.id == _link.c.theme_id))
    .where(_link.c.tenant_id == TENANT)
    .order_by(_link.c.id)
)
SUPERSEDING = Statement(
    update(_theme)
    .where(_theme.c.tenant_id == TENANT, _theme.c.id == func.any(bindparam("ids")))
    .values(superseded_at=bindparam("at"))
)


@dataclass(frozen=True, slots=True)
class _Before:
    """A theme of the run before, and everything that was said of it."""

    theme: Theme
    links: tuple[FeedbackTheme, ...]

    @property
    def feedback(self) -> frozenset[UUID]:
        """What speaks of it, as far as nobody took it back."""
        return frozenset(link.feedback_id for link in self.links if link.withdrawn_at is None)

    @property
    def overrides(self) -> list[FeedbackTheme]:
        """What a person said of it."""
        return [link for link in self.links if link.judge != Judge.MODEL or link.withdrawn_at is not None]


async def words(session: Session, since: datetime, until: datetime, *, language: str, most: int) -> list[Row]:
    """Return the ids and words of feedback in a language, or in none named, the latest first."""
    return await session.rows(WORDS, since=since, until=until, language=language, most=most)


async def keep(
    session: Session, method: Method, found: Sequence[ThemeFound], *, until: datetime, read: int
) -> UUID:
    """Keep the themes that a model found, and return the run; those of the run before are superseded.

    A theme that is like one of before continues it: with the name that a person gave, and with every
    assignment that a person made or took back, which no model overrules.
    """
    before = await _before(session)
    run_id = runs.record(session, method, until=until, read=read, found=len(found))
    continued = continuing(
        {theme.key: frozenset(theme.feedback) for theme in found},
        {one.theme.id: one.feedback for one in before.values()},
    )
    run = f"{method.model}-{until:%Y-%m-%d}-{run_id.hex[-6:]}"
    for theme in found:
        old = before.get(continued[theme.key]) if theme.key in continued else None
        row = session.add(_theme_of(session, theme, run, run_id, old.theme if old else None))
        session.insert(FeedbackTheme, _links(session, method, row.id, theme, old))
        session.emit("theme.found", row.id, run=run)
    if before:
        await session.run(SUPERSEDING, ids=list(before), at=session.now)
    return run_id


def continuing(
    found: Mapping[str, frozenset[UUID]], before: Mapping[UUID, frozenset[UUID]]
) -> dict[str, UUID]:
    """Return which theme of before each one continues: those most alike first, each at most once."""
    pairs = sorted(
        ((_likeness(new, old), key, id_) for key, new in found.items() for id_, old in before.items()),
        reverse=True,
    )
    matched: dict[str, UUID] = {}
    for likeness, key, id_ in pairs:
        if likeness >= ALIKE and key not in matched and id_ not in matched.values():
            matched[key] = id_
    return matched


def _likeness(one: frozenset[UUID], other: frozenset[UUID]) -> float:
    either = one | other
    return len(one & other) / len(either) if either else 0.0


async def _before(session: Session) -> dict[UUID, _Before]:
    themes = [Theme(**dict(row)) for row in await session.rows(CURRENT)]
    links = [FeedbackTheme(**dict(row)) for row in await session.rows(LINKS)]
    return {
        theme.id: _Before(theme, tuple(link for link in links if link.theme_id == theme.id))
        for theme in themes
    }


def _theme_of(session: Session, found: ThemeFound, run: str, run_id: UUID, old: Theme | None) -> Theme:
    renamed = old is not None and old.renamed_at is not None
    return Theme(
        key=found.key,
        run=run,
        name=old.name if old and renamed else found.name,
        found_name=found.name if renamed else None,
        renamed_by=old.renamed_by if old else None,
        renamed_at=old.renamed_at if old else None,
        description=found.description,
        origin=ThemeOrigin.DISCOVERED,
        created_at=session.now,
        analysis_run_id=run_id,
        continues_id=old.id if old else None,
    )


def _links(
    session: Session, method: Method, theme_id: UUID, found: ThemeFound, old: _Before | None
) -> list[dict[str, object]]:
    overrides = {link.feedback_id: link for link in old.overrides} if old else {}
    by_model = {id_: c for id_, c in found.feedback.items() if id_ not in overrides}
    told = {"judge": Judge.MODEL, "judged_by": method.name, "linked_at": session.now}
    return [
        *(_link_row(theme_id, id_, {"confidence": c, **told, **STANDING}) for id_, c in by_model.items()),
        *(_link_row(theme_id, id_, _said_by_person(link)) for id_, link in overrides.items()),
    ]


def _said_by_person(link: FeedbackTheme) -> dict[str, object]:
    names = ("confidence", "judge", "judged_by", "linked_at", *STANDING)
    return {name: getattr(link, name) for name in names}


def _link_row(theme_id: UUID, feedback_id: UUID, said: Mapping[str, object]) -> dict[str, object]:
    return {"id": uuid7(), "theme_id": theme_id, "feedback_id": feedback_id, **said}
