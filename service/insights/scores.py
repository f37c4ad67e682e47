"""What scores did those give who met something, and those who did not? Answers in three classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import DateTime, Select, and_, bindparam, func, select, union

from service.feedback.rules import Scale
from service.feedback.tables import Feedback, FeedbackReason, NpsCategory, ScaleDirection
from service.ground.session import Row, Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import SortedText, table_of
from service.insights.finding_tables import DriverMetric
from service.insights.tables import FeedbackTheme, Theme
from service.interactions.tables import Interaction
from service.metrics.csat import is_satisfied
from service.metrics.nps import Groups

SINCE = bindparam("since", type_=DateTime(timezone=True))
UNTIL = bindparam("until", type_=DateTime(timezone=True))
METRIC = bindparam("metric", type_=SortedText())

_feedback = table_of(Feedback)
_reason = table_of(FeedbackReason)
_interaction = table_of(Interaction)
_link = table_of(FeedbackTheme)
_theme = table_of(Theme)

NOBODY = Groups(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Split:
    """The answers of those who met a subject, and of all others.

    For CSAT the satisfied stand as promoters, the others as passives: the balance is then the share.
    """

    subject: UUID
    those: Groups
    others: Groups


def _scored() -> "Select[tuple[UUID]]":
    return (
        select(_feedback)
        .where(_feedback.c.tenant_id == TENANT, _feedback.c.kind == METRIC, _feedback.c.score.is_not(None))
        .where(_feedback.c.submitted_at >= SINCE, _feedback.c.submitted_at < UNTIL)
    )


_answer = _scored().subquery("answer")
CLASSES = (
    _answer.c.nps_category,
    _answer.c.score,
    _answer.c.scale_min,
    _answer.c.scale_max,
    _answer.c.direction,
)

_by_reason = union(
    select(_answer.c.id, _interaction.c.contact_reason_id.label("subject"))
    .join_from(
        _answer,
        _interaction,
        and_(_interaction.c.tenant_id == TENANT, _interaction.c.id == _answer.c.interaction_id),
    )
    .where(_interaction.c.contact_reason_id.is_not(None)),
    select(_answer.c.id, _reason.c.contact_reason_id).join_from(
        _answer, _reason, and_(_reason.c.tenant_id == TENANT, _reason.c.feedback_id == _answer.c.id)
    ),
)
_by_touchpoint = select(_answer.c.id, _answer.c.touchpoint_id.label("subject")).where(
    _answer.c.touchpoint_id.is_not(None)
)
_by_theme = (
    select(_answer.c.id, _link.c.theme_id.label("subject"))
    .join_from(
        _answer,
        _link,
        and_(
            _link.c.tenant_id == TENANT, _link.c.feedback_id == _answer.c.id, _link.c.withdrawn_at.is_(None)
        ),
    )
    .join(
        _theme,
        and_(_theme.c.tenant_id == TENANT, _theme.c.id == _link.c.theme_id, _theme.c.superseded_at.is_(None)),
    )
)


def _split(met: "Select[tuple[UUID, UUID]]") -> Statement:
    spoken = met.subquery("met")
    answers = _scored().subquery("answer")
    classes = [answers.c[column.name] for column in CLASSES]
    counted = select(spoken.c.subject, *classes, func.count().label("count"))
    return Statement(counted.join(answers, answers.c.id == spoken.c.id).group_by(spoken.c.subject, *classes))


ALL = Statement(select(*CLASSES, func.count().label("count")).group_by(*CLASSES))
BY: Mapping[str, Statement] = MappingProxyType(
    {
        "contact_reason_id": _split(select(_by_reason.subquery())),
        "touchpoint_id": _split(_by_touchpoint),
        "theme_id": _split(_by_theme),
    }
)
"""How answers are counted, by the column that names what they speak of."""


async def splits(
    session: Session, metric: DriverMetric, column: str, since: datetime, until: datetime
) -> list[Split]:
    """Return the answers with and without each subject that has any, all on their own scale's terms."""
    given = {"metric": metric.value, "since": since, "until": until}
    everybody = _groups(metric, await session.rows(ALL, **given))
    by_subject: dict[UUID, list[Row]] = {}
    for row in await session.rows(BY[column], **given):
        by_subject.setdefault(row["subject"], []).append(row)
    found = {subject: _groups(metric, rows) for subject, rows in by_subject.items()}
    return [Split(subject, those, _less(everybody, those)) for subject, those in found.items()]


def _groups(metric: DriverMetric, rows: Sequence[Row]) -> Groups:
    counts = {NpsCategory.PROMOTER: 0, NpsCategory.PASSIVE: 0, NpsCategory.DETRACTOR: 0}
    for row in rows:
        counts[_class(metric, row)] += row["count"]
    return Groups(*counts.values())


def _class(metric: DriverMetric, row: Row) -> NpsCategory:
    if metric is DriverMetric.NPS:
        return NpsCategory(row["nps_category"])
    scale = Scale(row["scale_min"], row["scale_max"], ScaleDirection(row["direction"]))
    return NpsCategory.PROMOTER if is_satisfied(row["score"], scale) else NpsCategory.PASSIVE


def _less(all_: Groups, part: Groups) -> Groups:
    return Groups(
        all_.promoters - part.promoters, all_.passives - part.passives, all_.detractors - part.detractors
    )
