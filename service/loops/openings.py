"""When is somebody to be won back? When an agent says so, a low answer does, or a follow-up is disputed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, select

from service import customers
from service.customers import CustomerRef
from service.feedback.tables import Feedback
from service.ground.keys import uuid7
from service.ground.problems import Invalid, Required
from service.ground.reads import among
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.insights.tables import Evidence
from service.interactions import NOTHING, Named, Refs
from service.interactions.references import find
from service.interactions.tables import Interaction
from service.loops import due_times, occasions, recovery_rules
from service.loops.machine import RECOVERIES, UNDER_WAY
from service.loops.rules import Occasion, Rule, first_match
from service.loops.tables import (
    FollowUp,
    Recovery,
    RecoveryOrigin,
    RecoveryStatus,
    RecoveryTrigger,
)
from service.touchpoints.tables import TouchpointEvent

SIGNALS = ("feedback_id", "interaction_id", "touchpoint_event_id")

DISPUTE_SEVERITY = 4
"""A customer who was told that it is better and says that it is not has been let down twice."""

_recovery = table_of(Recovery)
UNDER_WAY_FOR = Statement(
    select(_recovery.c.id, _recovery.c.customer_id, _recovery.c.interaction_id)
    .where(
        _recovery.c.tenant_id == TENANT,
        _recovery.c.interaction_id == func.any(bindparam("ids", type_=ARRAY(Uuid()))),
        among(_recovery.c.status, UNDER_WAY),
    )
    .order_by(_recovery.c.opened_at.desc(), _recovery.c.id.desc())
)
LAST_OPENED = Statement(
    select(_recovery.c.customer_id, func.max(_recovery.c.opened_at).label("opened_at"))
    .where(
        _recovery.c.tenant_id == TENANT,
        _recovery.c.customer_id == func.any(bindparam("ids", type_=ARRAY(Uuid()))),
    )
    .group_by(_recovery.c.customer_id)
)

Matters = dict[tuple[UUID, UUID], UUID]
"""The recoveries under way, by the customer and the matter they are about."""

Matched = tuple[Occasion, Rule]
"""A signal and the rule it meets."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Why an agent opens a recovery: for whom, and the signals that gave the reason."""

    severity: int
    customer: CustomerRef | None = None
    feedback_id: UUID | None = None
    interaction_id: UUID | None = None
    touchpoint_event_id: UUID | None = None
    reason: Named = NOTHING
    owner: str | None = None
    note: str | None = None


async def open_by_agent(session: Session, opening: Opening) -> UUID:
    """Open a recovery by hand; without a customer it is for the one whose signal it is.

    Raises Required where no customer is known, Invalid where a signal is another customer's.
    """
    if not 1 <= opening.severity <= 5:  # noqa: PLR2004 - the bounds of the column
        raise Invalid("severity", reason="A severity is a whole number from 1 to 5.")
    owners = await _customers_of_signals(session, opening)
    customer_id = next((id_ for id_ in owners.values() if id_), None)
    if opening.customer is not None:
        customer_id = await customers.require(session, opening.customer, "customer")
    if customer_id is None:
        raise Required("customer")
    for field, id_ in owners.items():
        if id_ is not None and id_ != customer_id:
            raise Invalid(field, reason="This signal is another customer's.")
    values = {
        "customer_id": customer_id,
        "origin": RecoveryOrigin.AGENT,
        "severity": opening.severity,
        "feedback_id": opening.feedback_id,
        "interaction_id": opening.interaction_id,
        "touchpoint_event_id": opening.touchpoint_event_id,
        "contact_reason_id": (await find(session, Refs(reason=opening.reason))).contact_reason_id,
        "owner": opening.owner,
    }
    due = await due_times.known(session)
    return _begin(session, values | due.columns(session.now), opening.note)


async def open_for_feedback(session: Session, feedback_ids: Sequence[UUID], *, low: Collection[UUID]) -> None:
    """Open recoveries where answers ask for one, once for each answer; nameless answers never do.

    `low` are those that the standard rules could look at: without rules of its own a tenant needs no others.
    """
    known = await recovery_rules.active(session)
    looked_at = [id_ for id_ in feedback_ids if known.are_own or id_ in low]
    if looked_at:
        await _open(session, known.rules, await occasions.of_feedback(session, looked_at))


async def open_for_messages(session: Session, ids: Sequence[UUID]) -> None:
    """Open recoveries where customers wrote a word that a rule listens for; `ids` are entries or matters."""
    known = await recovery_rules.active(session)
    listening = [rule for rule in known.rules if rule.trigger is RecoveryTrigger.KEYWORD]
    if listening:
        await _open_once(session, listening, await occasions.of_messages(session, ids))


async def open_for_interactions(
    session: Session, interaction_ids: Sequence[UUID], trigger: RecoveryTrigger
) -> None:
    """Open recoveries where a promise about a matter was broken, or its customer gave up, once for each."""
    known = await recovery_rules.active(session)
    concerned = [rule for rule in known.rules if rule.trigger is trigger]
    if concerned:
        found = await occasions.of_interactions(session, interaction_ids, trigger)
        await _open_once(session, concerned, found)


async def open_for_dispute(session: Session, follow_up_id: UUID) -> None:
    """Open a recovery for a customer who was told that it is better and says that it is not, once."""
    if await session.find(Recovery, follow_up_id=follow_up_id):
        return
    follow_up = await session.get(FollowUp, follow_up_id)
    due = await due_times.known(session)
    values = {
        "customer_id": follow_up.customer_id,
        "origin": RecoveryOrigin.RULE,
        "trigger": RecoveryTrigger.FOLLOW_UP_DISPUTED,
        "severity": DISPUTE_SEVERITY,
        "follow_up_id": follow_up_id,
        **due.columns(session.now),
    }
    for evidence in await session.find(Evidence, id=follow_up.evidence_id):
        values |= {name: getattr(evidence, name) for name in SIGNALS}
    _begin(session, values, follow_up.answer_words)


async def _open_once(session: Session, rules: Sequence[Rule], found: Sequence[Occasion]) -> None:
    """Open recoveries for matters that opened none by the same trigger before."""
    matched = [(one, rule) for one in found if (rule := first_match(rules, one))]
    keys = [(one.interaction_id, rule.trigger) for one, rule in matched]
    taken = set(await session.lookup(Recovery, ("interaction_id", "trigger"), keys))
    fresh: dict[tuple[object, ...], Occasion] = {}
    for key, (one, _) in zip(keys, matched, strict=True):
        if key not in taken:
            fresh.setdefault(key, one)
    await _open(session, rules, list(fresh.values()))


async def _open(session: Session, rules: Sequence[Rule], found: Sequence[Occasion]) -> None:
    """Open a recovery for each occasion by the first rule it meets, unless its customer is to be left alone.

    One about a matter that a recovery deals with already is opened as its duplicate: kept, not done twice.
    """
    matched = [(one, rule) for one in found if (rule := first_match(rules, one))]
    if not matched:
        return
    last_opened = await _last_opened(session, matched)
    standing = await _under_way(session, matched)
    due = await due_times.known(session, {rule.business_calendar_id for _, rule in matched})
    for occasion, rule in matched:
        last = last_opened.get(occasion.customer_id)
        if last and rule.quiet_days and session.now < last + timedelta(days=rule.quiet_days):
            continue
        id_ = _begin(session, _values(occasion, rule) | due.columns_by(rule, session.now))
        if rule.quiet_days:
            last_opened[occasion.customer_id] = session.now
        await _set_aside(session, id_, occasion, standing)


async def _set_aside(session: Session, id_: UUID, occasion: Occasion, standing: Matters) -> None:
    if occasion.interaction_id is None:
        return
    first = standing.setdefault((occasion.customer_id, occasion.interaction_id), id_)
    if first != id_:
        row = await session.get(Recovery, id_, locked=True)
        reason = "A recovery of the same matter is under way."
        target = RecoveryStatus.DUPLICATE
        await RECOVERIES.move(
            session,
            row,
            target,
            reason=reason,
            duplicate_of_id=first,
            closed_at=session.now,
            due_at=None,
        )


async def _last_opened(session: Session, matched: Sequence[Matched]) -> dict[UUID, datetime]:
    ids = [one.customer_id for one, rule in matched if rule.quiet_days]
    if not ids:
        return {}
    return {row["customer_id"]: row["opened_at"] for row in await session.rows(LAST_OPENED, ids=ids)}


async def _under_way(session: Session, matched: Sequence[Matched]) -> Matters:
    ids = [one.interaction_id for one, _ in matched if one.interaction_id]
    if not ids:
        return {}
    rows = await session.rows(UNDER_WAY_FOR, ids=ids)
    return {(row["customer_id"], row["interaction_id"]): row["id"] for row in rows}


def _values(occasion: Occasion, rule: Rule) -> dict[str, object]:
    """Return the columns of a recovery that a rule opens, without those that say by when what is due."""
    return {
        "customer_id": occasion.customer_id,
        "feedback_id": occasion.feedback_id,
        "interaction_id": occasion.interaction_id,
        "origin": RecoveryOrigin.RULE,
        "trigger": rule.trigger,
        "rule_id": rule.id,
        "severity": rule.severity_of(occasion),
        "owner": rule.owner,
        "team_id": rule.team_id,
    }


def _begin(session: Session, values: Mapping[str, object], note: str | None = None) -> UUID:
    """Insert a recovery as plain values: a batch of answers may open a thousand."""
    id_ = uuid7()
    times = dict.fromkeys(("opened_at", "created_at", "updated_at"), session.now)
    row = {"id": id_, "status": RecoveryStatus.OPEN, "version": 1, **times, **values}
    session.insert(Recovery, [row])
    RECOVERIES.remember(session, id_, None, RecoveryStatus.OPEN, note)
    return id_


async def _customers_of_signals(session: Session, opening: Opening) -> dict[str, UUID | None]:
    """Return whose signals gave the reason, by input field; raises NotFound for an unknown one."""
    found: dict[str, UUID | None] = {}
    if opening.feedback_id:
        found["feedbackId"] = (await session.get(Feedback, opening.feedback_id, "feedbackId")).customer_id
    if opening.interaction_id:
        interaction = await session.get(Interaction, opening.interaction_id, "interactionId")
        found["interactionId"] = interaction.customer_id
    if opening.touchpoint_event_id:
        event = await session.get(TouchpointEvent, opening.touchpoint_event_id, "touchpointEventId")
        found["touchpointEventId"] = event.customer_id
    return found
