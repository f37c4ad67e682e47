"""When is somebody to be won back? When an agent says so, a low answer does, or a follow-up is disputed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, and_, bindparam, func, select

from service import customers
from service.customers import CustomerRef
from service.feedback.tables import Feedback, FeedbackKind
from service.ground.keys import uuid7
from service.ground.problems import Invalid, Required
from service.ground.reads import exists_in
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.insights.tables import Evidence
from service.interactions import NOTHING, Named, Refs
from service.interactions.references import find
from service.interactions.tables import Interaction
from service.loops import rules
from service.loops.machine import RECOVERIES
from service.loops.tables import (
    FollowUp,
    Recovery,
    RecoveryOrigin,
    RecoveryRule,
    RecoveryStatus,
)
from service.touchpoints.tables import TouchpointEvent

SIGNALS = ("feedback_id", "interaction_id", "touchpoint_event_id")

DISPUTE_SEVERITY = 4
"""A customer who was told that it is better and says that it is not has been let down twice."""

_feedback = table_of(Feedback)
NOT_RECOVERED = Statement(
    select(
        _feedback.c.id.label("feedback_id"),
        *(_feedback.c[name] for name in ("customer_id", "interaction_id", "kind", "score")),
        *(_feedback.c[name] for name in ("scale_min", "scale_max", "direction")),
    ).where(
        _feedback.c.tenant_id == TENANT,
        _feedback.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))),
        _feedback.c.customer_id.is_not(None),
        ~exists_in(
            Recovery,
            lambda one: and_(one.c.feedback_id == _feedback.c.id, one.c.origin == RecoveryOrigin.RULE),
        ),
    )
)


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
    return _begin(session, values, opening.note)


async def open_for_feedback(session: Session, feedback_ids: Sequence[UUID]) -> None:
    """Open recoveries where answers ask for one, once for each answer; nameless answers never do."""
    for row in await session.rows(NOT_RECOVERED, ids=list(feedback_ids)):
        scale = rules.scale_of(row["scale_min"], row["scale_max"], row["direction"])
        rule = rules.rule_for(FeedbackKind(row["kind"]), row["score"], scale)
        if rule is not None:
            signal = {name: row[name] for name in ("customer_id", "feedback_id", "interaction_id")}
            values = {**signal, "origin": RecoveryOrigin.RULE, "rule": rule}
            _begin(session, {**values, "severity": rules.severity_of(row["score"], scale)})


async def open_for_dispute(session: Session, follow_up_id: UUID) -> None:
    """Open a recovery for a customer who was told that it is better and says that it is not, once."""
    if await session.find(Recovery, follow_up_id=follow_up_id):
        return
    follow_up = await session.get(FollowUp, follow_up_id)
    values = {
        "customer_id": follow_up.customer_id,
        "origin": RecoveryOrigin.RULE,
        "rule": RecoveryRule.FOLLOW_UP_DISPUTED,
        "severity": DISPUTE_SEVERITY,
        "follow_up_id": follow_up_id,
    }
    for evidence in await session.find(Evidence, id=follow_up.evidence_id):
        values |= {name: getattr(evidence, name) for name in SIGNALS}
    _begin(session, values, follow_up.answer_words)


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
