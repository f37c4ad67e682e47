"""Which signals may call for a recovery? Those that came just now, or those of a period that is over."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Select,
    Uuid,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)

from service.customers.tables import SegmentMembership
from service.feedback.tables import Feedback, FeedbackKind, FeedbackReason
from service.ground.reads import exists_in
from service.ground.session import Row, Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.interactions.tables import Interaction, InteractionEvent, LedgerType, Party
from service.loops.rules import Occasion, scale_of
from service.loops.tables import Recovery, RecoveryOrigin, RecoveryTrigger
from service.touchpoints.tables import Channel

MOST_OCCASIONS = 50_000

_feedback = table_of(Feedback)
_interaction = table_of(Interaction)
_ledger = table_of(InteractionEvent)
_membership = table_of(SegmentMembership)
_reason = table_of(FeedbackReason)

IDS = func.any(bindparam("ids", type_=ARRAY(Uuid())))
SINCE: ColumnElement[Any] = bindparam("since")
UNTIL: ColumnElement[Any] = bindparam("until")
BY_INTERACTION = {RecoveryTrigger.SLA_BREACH, RecoveryTrigger.ABANDONMENT}


def _segments(customer_id: ColumnElement[Any]) -> ColumnElement[Any]:
    found = select(_membership.c.segment_id).where(
        _membership.c.tenant_id == TENANT,
        _membership.c.customer_id == customer_id,
        _membership.c.left_at.is_(None),
    )
    return func.array(found.scalar_subquery()).label("segment_ids")


def _feedback_rows() -> "Select[Any]":
    reasons = select(_reason.c.contact_reason_id).where(
        _reason.c.tenant_id == TENANT, _reason.c.feedback_id == _feedback.c.id
    )
    matter = select(_interaction.c.contact_reason_id).where(
        _interaction.c.tenant_id == TENANT,
        _interaction.c.id == _feedback.c.interaction_id,
        _interaction.c.contact_reason_id.is_not(None),
    )
    names = ("customer_id", "interaction_id", "survey_id", "touchpoint_id", "kind", "score", "channel")
    return select(
        _feedback.c.id.label("feedback_id"),
        _feedback.c.submitted_at.label("occurred_at"),
        _feedback.c.verbatim.label("words"),
        *(_feedback.c[name] for name in (*names, "scale_min", "scale_max", "direction")),
        func.array(reasons.union_all(matter).scalar_subquery()).label("reason_ids"),
        _segments(_feedback.c.customer_id),
    ).where(_feedback.c.tenant_id == TENANT, _feedback.c.customer_id.is_not(None))


def _interaction_rows(at: ColumnElement[Any], words: ColumnElement[Any], source: FromClause) -> "Select[Any]":
    names = ("customer_id", "touchpoint_id", "contact_reason_id", "channel")
    return (
        select(
            _interaction.c.id.label("interaction_id"),
            at.label("occurred_at"),
            words.label("words"),
            *(_interaction.c[name] for name in names),
            _segments(_interaction.c.customer_id),
        )
        .select_from(source)
        .where(_interaction.c.tenant_id == TENANT, _interaction.c.customer_id.is_not(None))
    )


NOTHING_SAID: ColumnElement[Any] = literal_column("NULL::text")
_entries = _interaction.join(
    _ledger, and_(_ledger.c.tenant_id == TENANT, _ledger.c.interaction_id == _interaction.c.id)
)
_messages = _interaction_rows(_ledger.c.occurred_at, _ledger.c.body, _entries).where(
    _ledger.c.type == LedgerType.MESSAGE,
    _ledger.c.actor_kind == Party.CUSTOMER,
    _ledger.c.body.is_not(None),
)
_breaches = _interaction_rows(_interaction.c.opened_at, NOTHING_SAID, _interaction)
_abandoned = _interaction_rows(_ledger.c.occurred_at, NOTHING_SAID, _entries).where(
    _ledger.c.type == LedgerType.ABANDONED
)


def _within(rows: "Select[Any]", at: ColumnElement[Any]) -> Statement:
    return Statement(
        rows.where(at >= SINCE, at < UNTIL).order_by(at).limit(literal_column(str(MOST_OCCASIONS + 1)))
    )


FEEDBACK = Statement(_feedback_rows().where(_feedback.c.id == IDS))
MESSAGES = Statement(_messages.where(or_(_ledger.c.id == IDS, _ledger.c.interaction_id == IDS)))
INTERACTIONS = Statement(_breaches.where(_interaction.c.id == IDS))

PAST_FEEDBACK = _within(_feedback_rows(), _feedback.c.submitted_at)
PAST_MESSAGES = _within(_messages, _ledger.c.occurred_at)
PAST_BREACHES = _within(_breaches.where(_interaction.c.sla_met.is_(False)), _interaction.c.opened_at)
PAST_ABANDONED = _within(_abandoned, _ledger.c.occurred_at)

_answer, _matter = _feedback.alias("answer"), _interaction.alias("matter")
RECOVERED_FEEDBACK = Statement(
    select(_answer.c.id).where(
        _answer.c.tenant_id == TENANT,
        _answer.c.id == IDS,
        exists_in(
            Recovery,
            lambda one: and_(one.c.feedback_id == _answer.c.id, one.c.origin == RecoveryOrigin.RULE),
        ),
    )
)


async def of_feedback(session: Session, feedback_ids: Sequence[UUID]) -> list[Occasion]:
    """Return answers as occasions; nameless ones, and those that opened a recovery before, are left out."""
    ids = list(feedback_ids)
    known = {row["id"] for row in await session.rows(RECOVERED_FEEDBACK, ids=ids)}
    rows = await session.rows(FEEDBACK, ids=ids)
    return [_from_feedback(row) for row in rows if row["feedback_id"] not in known]


async def of_messages(session: Session, ids: Sequence[UUID]) -> list[Occasion]:
    """Return what customers wrote as occasions; `ids` are entries of ledgers, or whole matters."""
    return [_from_interaction(row) for row in await session.rows(MESSAGES, ids=list(ids))]


async def of_interactions(
    session: Session, interaction_ids: Sequence[UUID], trigger: RecoveryTrigger
) -> list[Occasion]:
    """Return matters as occasions to which one thing happened just now."""
    rows = await session.rows(INTERACTIONS, ids=list(interaction_ids))
    return [_from_interaction(row, trigger) for row in rows]


async def of_past(
    session: Session, triggers: Iterable[RecoveryTrigger], since: datetime, until: datetime
) -> list[Occasion]:
    """Return what may have called for a recovery by these triggers in a period that is over."""
    wanted = set(triggers)
    period = {"since": since, "until": until}
    found: list[Occasion] = []
    if wanted - BY_INTERACTION:
        found += [_from_feedback(row) for row in await session.rows(PAST_FEEDBACK, **period)]
    if RecoveryTrigger.KEYWORD in wanted:
        found += [_from_interaction(row) for row in await session.rows(PAST_MESSAGES, **period)]
    for trigger, statement in (
        (RecoveryTrigger.SLA_BREACH, PAST_BREACHES),
        (RecoveryTrigger.ABANDONMENT, PAST_ABANDONED),
    ):
        if trigger in wanted:
            found += [_from_interaction(row, trigger) for row in await session.rows(statement, **period)]
    return sorted(found, key=lambda occasion: occasion.occurred_at)


def _from_feedback(row: Row) -> Occasion:
    return Occasion(
        row["customer_id"],
        row["occurred_at"],
        feedback_id=row["feedback_id"],
        interaction_id=row["interaction_id"],
        kind=FeedbackKind(row["kind"]),
        score=row["score"],
        scale=scale_of(row["scale_min"], row["scale_max"], row["direction"]),
        words=row["words"],
        channel=Channel(row["channel"]) if row["channel"] else None,
        survey_id=row["survey_id"],
        touchpoint_id=row["touchpoint_id"],
        reason_ids=frozenset(row["reason_ids"]),
        segment_ids=frozenset(row["segment_ids"]),
    )


def _from_interaction(row: Row, *triggers: RecoveryTrigger) -> Occasion:
    reason_id = row["contact_reason_id"]
    return Occasion(
        row["customer_id"],
        row["occurred_at"],
        frozenset(triggers),
        interaction_id=row["interaction_id"],
        words=row["words"],
        channel=Channel(row["channel"]),
        touchpoint_id=row["touchpoint_id"],
        reason_ids=frozenset({reason_id} if reason_id else ()),
        segment_ids=frozenset(row["segment_ids"]),
    )
