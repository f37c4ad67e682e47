"""What is known of each customer on a day, and who left after it? The same ten numbers for all."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Float,
    FromClause,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    select,
)

from service.customers.tables import Customer, LifecycleChange, LifecycleStage
from service.feedback.tables import Feedback, ScaleDirection, Sentiment
from service.ground.reads import Condition
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.insights.friction_counts import is_low
from service.interactions.tables import ContactReason, Interaction, ReasonKind

FEATURES = (
    "contacts",
    "complaints",
    "reopened",
    "late",
    "days_since_contact",
    "answers",
    "low_answers",
    "mean_merit",
    "negative_words",
    "tenure_days",
)
"""What is looked at, over WINDOW before a day."""
WINDOW = timedelta(days=180)
LONGEST_DAYS = 365
"""Times are cut off here: a customer of nine years is not nine times one of a year."""
MIDDLE_MERIT = 0.5
"""The merit of a customer who gave no score: neither good nor bad."""

ON = bindparam("on", type_=DateTime(timezone=True))
SINCE = bindparam("since", type_=DateTime(timezone=True))
_customer = table_of(Customer)
_change = table_of(LifecycleChange)
_contact = table_of(Interaction)
_reason = table_of(ContactReason)
_answer = table_of(Feedback)


def _text(value: str) -> ColumnElement[str]:
    return literal_column(f"'{value}'")


def _of(row: FromClause, at: str) -> Condition:
    """Tell what a customer did in the window before the day."""
    return and_(row.c.tenant_id == TENANT, row.c[at] >= SINCE, row.c[at] < ON, row.c.customer_id.is_not(None))


_contacts = (
    select(
        _contact.c.customer_id,
        func.count().label("contacts"),
        func.count().filter(_reason.c.kind == _text(ReasonKind.COMPLAINT)).label("complaints"),
        func.count().filter(_contact.c.reopen_count > 0).label("reopened"),
        func.count().filter(_contact.c.sla_met.is_(False)).label("late"),
        func.max(_contact.c.opened_at).label("last_at"),
    )
    .outerjoin(_reason, and_(_reason.c.tenant_id == TENANT, _reason.c.id == _contact.c.contact_reason_id))
    .where(_of(_contact, "opened_at"))
    .group_by(_contact.c.customer_id)
    .subquery("contacts")
)
_part = (_answer.c.score - _answer.c.scale_min) / func.nullif(_answer.c.scale_max - _answer.c.scale_min, 0)
_merit = case((_answer.c.direction == _text(ScaleDirection.LOWER_IS_BETTER), 1 - _part), else_=_part)
_answers = (
    select(
        _answer.c.customer_id,
        func.count().label("answers"),
        func.count().filter(is_low(_answer)).label("low_answers"),
        func.avg(_merit).label("mean_merit"),
        func.count().filter(_answer.c.sentiment == _text(Sentiment.NEGATIVE)).label("negative_words"),
    )
    .where(_of(_answer, "submitted_at"))
    .group_by(_answer.c.customer_id)
    .subquery("answers")
)
_left = (
    select(_change.c.customer_id, func.min(_change.c.changed_at).label("left_at"))
    .where(_change.c.tenant_id == TENANT, _change.c.stage == _text(LifecycleStage.CHURNED))
    .group_by(_change.c.customer_id)
    .subquery("left_customer")
)
_first_contact = (
    select(_contact.c.customer_id, func.min(_contact.c.opened_at).label("at"))
    .where(_contact.c.tenant_id == TENANT, _contact.c.customer_id.is_not(None))
    .group_by(_contact.c.customer_id)
    .subquery("first_contact")
)
_known_since = func.least(_customer.c.created_at, _first_contact.c.at)


def _number(value: ColumnElement[int]) -> ColumnElement[float]:
    return func.coalesce(value, literal_column("0"))


def _days(since: ColumnElement[datetime]) -> ColumnElement[float]:
    most = literal_column(str(LONGEST_DAYS), Float)
    days = func.extract("epoch", ON - since) / literal_column("86400", Float)
    return func.coalesce(func.least(days, most), most)


OBSERVATIONS = Statement(
    select(
        _customer.c.id,
        _left.c.left_at,
        *(_number(_contacts.c[name]).label(name) for name in ("contacts", "complaints", "reopened", "late")),
        _days(_contacts.c.last_at).label("days_since_contact"),
        *(_number(_answers.c[name]).label(name) for name in ("answers", "low_answers")),
        func.coalesce(_answers.c.mean_merit, literal_column(str(MIDDLE_MERIT), Float)).label("mean_merit"),
        _number(_answers.c.negative_words).label("negative_words"),
        _days(_known_since).label("tenure_days"),
    )
    .outerjoin(_contacts, _contacts.c.customer_id == _customer.c.id)
    .outerjoin(_answers, _answers.c.customer_id == _customer.c.id)
    .outerjoin(_left, _left.c.customer_id == _customer.c.id)
    .outerjoin(_first_contact, _first_contact.c.customer_id == _customer.c.id)
    .where(_customer.c.tenant_id == TENANT, _customer.c.merged_into_id.is_(None), _known_since < ON)
    .where(func.coalesce(_left.c.left_at >= ON, _customer.c.lifecycle_stage != _text(LifecycleStage.CHURNED)))
    .order_by(_customer.c.id)
)


@dataclass(frozen=True, slots=True)
class Observation:
    """What was known of a customer on a day, in the order of FEATURES, and whether the customer left."""

    customer_id: UUID
    values: tuple[float, ...]
    left: bool


async def observations(session: Session, on: datetime, horizon: timedelta) -> list[Observation]:
    """Return every customer who had not left by a day, and who left within the horizon after it."""
    rows = await session.rows(OBSERVATIONS, on=on, since=on - WINDOW)
    return [
        Observation(
            row["id"],
            tuple(float(row[name]) for name in FEATURES),
            row["left_at"] is not None and row["left_at"] < on + horizon,
        )
        for row in rows
    ]
