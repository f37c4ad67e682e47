"""Who was there? What is counted of customers over a span of time, and of contacts that come in pairs."""

from typing import Any

from sqlalchemy import (
    FromClause,
    Numeric,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from service.customers.reads import CUSTOMER
from service.customers.tables import LifecycleChange, LifecycleStage
from service.feedback.tables import Feedback
from service.ground.reads import Condition, Expression, column
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.interactions.tables import Interaction
from service.metrics.expressions import ONE, flag, one, said, seconds
from service.metrics.first_contact import WINDOW
from service.metrics.measures import Dimension, Facts, Key, Measure, SpanMeasure
from service.metrics.signals import INTERACTION_FACTS

DAY_SECONDS: Expression = literal_column("86400")
NOW = func.now()
WINDOW_SQL: Expression = literal_column(f"interval '{WINDOW.days} days'")


def _beside(found: "Select[Any]", own: FromClause) -> Expression:
    """Return the one value that is found of the customer beside whom it is read."""
    return found.correlate_except(own).scalar_subquery()


def _beside_customer(row: FromClause) -> "Select[Any]":
    """Return when a customer was first heard of, and when it was lost, null where it was not."""
    change, matter, said_once = (
        table_of(model).alias() for model in (LifecycleChange, Interaction, Feedback)
    )
    churned = and_(change.c.stage == said(LifecycleStage.CHURNED))
    mine = and_(change.c.tenant_id == TENANT, change.c.customer_id == row.c.id)
    lost = select(func.max(change.c.changed_at)).where(mine, churned)
    contact = select(func.min(matter.c.opened_at)).where(
        matter.c.tenant_id == TENANT, matter.c.customer_id == row.c.id
    )
    voice = select(func.min(said_once.c.submitted_at)).where(
        said_once.c.tenant_id == TENANT, said_once.c.customer_id == row.c.id
    )
    heard = func.least(row.c.created_at, _beside(contact, matter), _beside(voice, said_once))
    is_lost = row.c.lifecycle_stage == said(LifecycleStage.CHURNED)
    left = case((is_lost, func.coalesce(_beside(lost, change), row.c.updated_at)))
    return select(heard.label("since"), left.label("lost_at"))


CUSTOMER_FACTS = Facts(
    CUSTOMER,
    {Dimension.CUSTOMER: Key(column("id"), rolled=False)},
    column("created_at"),
    beside=_beside_customer,
)


def _is_itself(row: FromClause) -> Condition:
    """Leave out customers that turned out to be another one."""
    return row.c.merged_into_id.is_(None)


def _days(row: FromClause, span: FromClause) -> Expression:
    begins = func.greatest(row.c.since, span.c.starts_at)
    ends = func.least(func.coalesce(row.c.lost_at, span.c.ends_at), span.c.ends_at, NOW)
    return cast(seconds(ends, begins), Numeric) / DAY_SECONDS


def _is_there(row: FromClause, span: FromClause) -> Condition:
    ends = func.least(span.c.ends_at, NOW)
    stayed = or_(row.c.lost_at.is_(None), row.c.lost_at > func.greatest(span.c.starts_at, row.c.since))
    return and_(_is_itself(row), row.c.since < ends, span.c.starts_at < ends, stayed)


def _is_there_at_start(row: FromClause, span: FromClause) -> Condition:
    stayed = or_(row.c.lost_at.is_(None), row.c.lost_at >= span.c.starts_at)
    return and_(_is_itself(row), row.c.since < span.c.starts_at, stayed)


ACTIVE_DAYS = SpanMeasure(
    "ACTIVE_DAYS",
    CUSTOMER_FACTS,
    {"n": lambda _row, _span: ONE, "total": _days},
    when=_is_there,
    everybody=True,
)
COHORT = SpanMeasure(
    "COHORT",
    CUSTOMER_FACTS,
    {
        "n": lambda _row, _span: ONE,
        "hits": lambda row, span: flag(row.c.lost_at < span.c.ends_at),
    },
    when=_is_there_at_start,
)
LOST = Measure("LOST", CUSTOMER_FACTS, column("lost_at"), {"n": one}, when=_is_itself, whole=True)


def _same_matter(row: FromClause, other: FromClause) -> Condition:
    """Tell whether another contact is of the same customer for the same reason."""
    same_reason = other.c.contact_reason_id.is_not_distinct_from(row.c.contact_reason_id)
    same = and_(other.c.customer_id == row.c.customer_id, other.c.id != row.c.id)
    return and_(other.c.tenant_id == TENANT, same, same_reason)


def _comes_back(row: FromClause) -> Condition:
    other = table_of(Interaction).alias()
    soon = and_(other.c.opened_at > row.c.opened_at, other.c.opened_at < row.c.resolved_at + WINDOW_SQL)
    found = select(ONE).select_from(other).where(_same_matter(row, other), soon)
    return exists(found.correlate_except(other))


def _repeats(row: FromClause) -> Condition:
    other = table_of(Interaction).alias()
    before = and_(other.c.opened_at <= row.c.opened_at, other.c.opened_at > row.c.opened_at - WINDOW_SQL)
    found = select(ONE).select_from(other).where(_same_matter(row, other), before)
    return exists(found.correlate_except(other))


def _has_another(row: FromClause) -> Condition:
    other = table_of(Interaction).alias()
    same = and_(other.c.customer_id == row.c.customer_id, other.c.id != row.c.id)
    found = select(ONE).select_from(other).where(other.c.tenant_id == TENANT, same)
    return exists(found.correlate_except(other))


def _is_known(row: FromClause) -> Condition:
    return row.c.customer_id.is_not(None)


def _is_judged(row: FromClause) -> Condition:
    return and_(_is_known(row), row.c.resolved_at + WINDOW_SQL <= NOW)


def _held(row: FromClause) -> Expression:
    return flag(and_(row.c.reopen_count == 0, ~_comes_back(row)))


SOLVED_AT_ONCE = Measure(
    "SOLVED_AT_ONCE",
    INTERACTION_FACTS,
    column("resolved_at"),
    {"n": one, "hits": _held},
    when=_is_judged,
)
REPEATED = Measure(
    "REPEATED",
    INTERACTION_FACTS,
    column("opened_at"),
    {"n": one, "hits": lambda row: flag(_repeats(row))},
    when=_is_known,
)
RECEIVED_ONCE = Measure(
    "RECEIVED_ONCE",
    INTERACTION_FACTS,
    column("opened_at"),
    {"n": one, "hits": lambda row: flag(~_has_another(row))},
    when=_is_known,
)
COUNTED_FROM_ROWS = (ACTIVE_DAYS, COHORT, LOST, SOLVED_AT_ONCE, REPEATED, RECEIVED_ONCE)
"""The measures of which no roll-ups are kept: they look at other rows, or at a cohort."""
