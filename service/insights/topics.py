"""What do customers speak of, week by week? Contacts by reason, feedback by theme, and who they come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    union_all,
)

from service.feedback.tables import Feedback
from service.ground.session import Row, Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.insights.coverage import Tally
from service.insights.tables import FeedbackTheme, Theme
from service.interactions.tables import ContactReason, Interaction, InteractionReason

PERIOD = timedelta(days=7)
"""A week: counts of days differ by weekday, counts of weeks do not."""

_interaction = table_of(Interaction)
_further = table_of(InteractionReason)
_reason = table_of(ContactReason)
_feedback = table_of(Feedback)
_link = table_of(FeedbackTheme)
_theme = table_of(Theme)

SINCE = bindparam("since", type_=DateTime(timezone=True))
UNTIL = bindparam("until", type_=DateTime(timezone=True))


def _ago(at: ColumnElement[datetime]) -> ColumnElement[int]:
    """Return how many whole weeks before the end something happened; the end itself is no part of them."""
    seconds = func.extract("epoch", UNTIL - at)
    return cast(func.ceil(seconds / literal_column(str(int(PERIOD.total_seconds())))) - 1, Integer)


def _within(row: FromClause, at: ColumnElement[datetime]) -> ColumnElement[bool]:
    return and_(row.c.tenant_id == TENANT, at >= SINCE, at < UNTIL)


def _tallied(spoken: FromClause) -> Statement:
    columns = (spoken.c.subject, spoken.c.source, spoken.c.ago)
    return Statement(select(*columns, func.count().label("count")).group_by(*columns))


_by_reason = select(
    _interaction.c.contact_reason_id.label("subject"),
    _interaction.c.source,
    _ago(_interaction.c.opened_at).label("ago"),
).where(_within(_interaction, _interaction.c.opened_at))
_by_further_reason = (
    select(_further.c.contact_reason_id, _interaction.c.source, _ago(_interaction.c.opened_at))
    .join(
        _interaction, and_(_interaction.c.tenant_id == TENANT, _interaction.c.id == _further.c.interaction_id)
    )
    .where(_further.c.tenant_id == TENANT, _within(_interaction, _interaction.c.opened_at))
)
_speaks = and_(
    _link.c.tenant_id == TENANT,
    _link.c.feedback_id == _feedback.c.id,
    _link.c.withdrawn_at.is_(None),
)
_current = and_(
    _theme.c.tenant_id == TENANT, _theme.c.id == _link.c.theme_id, _theme.c.superseded_at.is_(None)
)
_words = and_(_within(_feedback, _feedback.c.submitted_at), _feedback.c.verbatim.is_not(None))
_by_theme = (
    select(_link.c.theme_id.label("subject"), _feedback.c.source, _ago(_feedback.c.submitted_at).label("ago"))
    .join_from(_feedback, _link, _speaks)
    .join(_theme, _current)
    .where(_words)
)
# Every answer once more without a theme: a source is there also when nothing it says has a theme.
_words_at_all = select(null(), _feedback.c.source, _ago(_feedback.c.submitted_at)).where(_words)

REASONS = _tallied(union_all(_by_reason, _by_further_reason).subquery())
THEMES = _tallied(union_all(_by_theme, _words_at_all).subquery())

REASON_NAMES = Statement(
    select(
        _reason.c.id,
        _reason.c.name,
        _reason.c.valid_from,
        select(func.min(_interaction.c.opened_at))
        .where(_interaction.c.tenant_id == TENANT, _interaction.c.contact_reason_id == _reason.c.id)
        .scalar_subquery()
        .label("first_at"),
    ).where(_reason.c.tenant_id == TENANT)
)
THEME_NAMES = Statement(
    select(_theme.c.id, _theme.c.name, null().label("valid_from"), null().label("first_at")).where(
        _theme.c.tenant_id == TENANT, _theme.c.superseded_at.is_(None)
    )
)

_wanted: BindParameter[list[UUID]] = bindparam("subjects")


REASON_SIGNALS = Statement(
    select(
        _interaction.c.contact_reason_id.label("subject"),
        _interaction.c.id,
        _interaction.c.customer_id,
        _interaction.c.opened_at.label("at"),
    ).where(
        _within(_interaction, _interaction.c.opened_at),
        _interaction.c.contact_reason_id == func.any(_wanted),
    )
)
THEME_SIGNALS = Statement(
    select(
        _link.c.theme_id.label("subject"),
        _feedback.c.id,
        _feedback.c.customer_id,
        _feedback.c.submitted_at.label("at"),
    )
    .join_from(_feedback, _link, _speaks)
    .where(_words, _link.c.theme_id == func.any(_wanted))
)


@dataclass(frozen=True, slots=True)
class Topics:
    """One kind of thing that customers speak of: how it is counted, named, and found again as signals.

    `column` is the column of a suggestion that names such a thing, `signal` that of its signals.
    """

    column: str
    signal: str
    verb: str
    tallies: Statement
    names: Statement
    signals: Statement


OF_REASONS = Topics(
    "contact_reason_id", "interaction_id", "get in touch about", REASONS, REASON_NAMES, REASON_SIGNALS
)
OF_THEMES = Topics("theme_id", "feedback_id", "speak of", THEMES, THEME_NAMES, THEME_SIGNALS)
KINDS = (OF_REASONS, OF_THEMES)


async def tallies(session: Session, topics: Topics, since: datetime, until: datetime) -> list[Tally]:
    """Return how often each source spoke of each thing, week by week."""
    rows = await session.rows(topics.tallies, since=since, until=until)
    return [Tally(row["subject"], row["source"], row["ago"], row["count"]) for row in rows]


async def names(session: Session, topics: Topics, since: datetime) -> dict[UUID, str]:
    """Return the names of all things that can rise.

    A reason that was made after `since` and not used before is left out: it takes over what others counted.
    """
    rows = await session.rows(topics.names)
    return {row["id"]: row["name"] for row in rows if not _is_new(row, since)}


async def signals(
    session: Session, topics: Topics, subjects: Sequence[UUID], since: datetime, until: datetime
) -> dict[UUID, list[Row]]:
    """Return what customers said of each thing, the latest first."""
    if not subjects:
        return {}
    rows = await session.rows(topics.signals, subjects=list(subjects), since=since, until=until)
    found: dict[UUID, list[Row]] = {subject: [] for subject in subjects}
    for row in sorted(rows, key=lambda row: (row["at"], row["id"]), reverse=True):
        found[row["subject"]].append(row)
    return found


def _is_new(row: Row, since: datetime) -> bool:
    if row["valid_from"] is None or row["valid_from"] < since:
        return False
    return row["first_at"] is None or row["first_at"] >= row["valid_from"]
