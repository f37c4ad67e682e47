"""Whom did what hurt, month by month? Contacts and answers by contact reason and by touchpoint.

A contact hurts where it was reopened or abandoned, missed its promise, or came back for the same reason
within a week; an answer hurts where it is low, an event where it missed its touchpoint's standard.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Float,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from service.feedback.rules import LOW_PART
from service.feedback.tables import Feedback, FeedbackKind, FeedbackReason, NpsCategory, ScaleDirection
from service.ground.reads import Condition, exists_in
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.interactions.tables import Interaction, InteractionEvent, LedgerType
from service.touchpoints.tables import TouchpointEvent

PERIOD = timedelta(days=30)
REPEAT = timedelta(days=7)
"""Who gets in touch again about the same thing within this time was not helped."""

SINCE = bindparam("since", type_=DateTime(timezone=True))
UNTIL = bindparam("until", type_=DateTime(timezone=True))

_interaction = table_of(Interaction)
_feedback = table_of(Feedback)
_reason = table_of(FeedbackReason)
_event = table_of(TouchpointEvent)


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """What one period held for one place, which is a contact reason or a touchpoint; `ago` counts back.

    `met` are the different known customers, `hurt` those of them whom at least one contact hurt.
    """

    place: UUID
    ago: int
    contacts: int
    met: int
    hurt: int


def is_low(answer: FromClause) -> Condition:
    """Tell whether an answer is low: the twin of `service.feedback.rules.is_low`."""
    part = (answer.c.score - answer.c.scale_min) / func.nullif(answer.c.scale_max - answer.c.scale_min, 0)
    backwards = answer.c.direction == literal_column(f"'{ScaleDirection.LOWER_IS_BETTER}'")
    merit = case((backwards, 1 - part), else_=part)
    scored = answer.c.kind.in_(
        [literal_column(f"'{kind}'") for kind in (FeedbackKind.CSAT, FeedbackKind.CES, FeedbackKind.RATING)]
    )
    detractor = answer.c.nps_category == literal_column(f"'{NpsCategory.DETRACTOR}'")
    return func.coalesce(or_(detractor, and_(scored, merit < literal_column(str(LOW_PART), Float))), False)


def _hurts(contact: FromClause, before: ColumnElement[datetime]) -> Condition:
    abandoned = exists_in(
        InteractionEvent,
        lambda entry: and_(
            entry.c.interaction_id == contact.c.id,
            entry.c.type == literal_column(f"'{LedgerType.ABANDONED}'"),
        ),
    )
    again = contact.c.opened_at - before <= literal_column(f"interval '{REPEAT.days} days'")
    missed = contact.c.sla_met.is_(False)
    return func.coalesce(or_(contact.c.reopen_count > 0, missed, abandoned, again), False)


# The window begins a week early: what came back is known by what came before.
_earlier = (
    func.lag(_interaction.c.opened_at)
    .over(
        partition_by=(_interaction.c.customer_id, _interaction.c.contact_reason_id),
        order_by=(_interaction.c.opened_at, _interaction.c.id),
    )
    .label("before")
)
_named = and_(_interaction.c.customer_id.is_not(None), _interaction.c.contact_reason_id.is_not(None))
_with_earlier = (
    select(*_interaction.c, case((_named, _earlier)).label("before"))
    .where(_interaction.c.tenant_id == TENANT)
    .where(_interaction.c.opened_at >= SINCE - literal_column(f"interval '{REPEAT.days} days'"))
    .where(_interaction.c.opened_at < UNTIL)
    .subquery("contact")
)
_contact_hurts = _hurts(_with_earlier, _with_earlier.c.before)


def _contacts(place: str) -> "Select[tuple[UUID, UUID, datetime, bool]]":
    at = _with_earlier.c.opened_at
    return select(
        _with_earlier.c[place].label("place"),
        _with_earlier.c.customer_id.label("customer"),
        at.label("at"),
        _contact_hurts.label("hurts"),
    ).where(at >= SINCE, _with_earlier.c[place].is_not(None))


def _within(row: FromClause, at: str) -> Condition:
    return and_(row.c.tenant_id == TENANT, row.c[at] >= SINCE, row.c[at] < UNTIL)


_answers_by_reason = (
    select(_reason.c.contact_reason_id, _feedback.c.customer_id, _feedback.c.submitted_at, is_low(_feedback))
    .join_from(
        _feedback, _reason, and_(_reason.c.tenant_id == TENANT, _reason.c.feedback_id == _feedback.c.id)
    )
    .where(_within(_feedback, "submitted_at"))
)
_answers_by_touchpoint = select(
    _feedback.c.touchpoint_id, _feedback.c.customer_id, _feedback.c.submitted_at, is_low(_feedback)
).where(_within(_feedback, "submitted_at"), _feedback.c.touchpoint_id.is_not(None))
_events_by_touchpoint = select(
    _event.c.touchpoint_id,
    _event.c.customer_id,
    _event.c.occurred_at,
    func.coalesce(_event.c.standard_met.is_(False), False),
).where(_within(_event, "occurred_at"), _event.c.touchpoint_id.is_not(None))


def _counted(*parts: "Select[tuple[UUID, UUID, datetime, bool]]") -> Statement:
    one = union_all(*parts).subquery("one")
    days = literal_column(str(int(PERIOD.total_seconds())), Integer)
    ago = cast(func.ceil(func.extract("epoch", UNTIL - one.c.at) / days) - 1, Integer).label("ago")
    return Statement(
        select(
            one.c.place,
            ago,
            func.count().label("contacts"),
            func.count(one.c.customer.distinct()).label("met"),
            func.count(one.c.customer.distinct()).filter(one.c.hurts).label("hurt"),
        ).group_by(one.c.place, ago)
    )


COUNTS = {
    "contact_reason_id": _counted(_contacts("contact_reason_id"), _answers_by_reason),
    "touchpoint_id": _counted(_contacts("touchpoint_id"), _answers_by_touchpoint, _events_by_touchpoint),
}
"""How contacts are counted, by the column of a friction point that names the place."""


async def counts(session: Session, column: str, since: datetime, until: datetime) -> list[PlaceCount]:
    """Return what each period held for each place; periods without a contact are absent."""
    rows = await session.rows(COUNTS[column], since=since, until=until)
    return [PlaceCount(row["place"], row["ago"], row["contacts"], row["met"], row["hurt"]) for row in rows]
