"""What backs an insight? Signals are linked as evidence with the words copied, and unlinked with a reason."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, bindparam, func, or_, select, update

from service.ground.events import Event
from service.ground.keys import uuid7
from service.ground.problems import Invalid, Required
from service.ground.reads import exists_in
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.insights import signals as signals_
from service.insights.reads import stands
from service.insights.signals import COLUMNS, FoundSignal, Signal, signal_of
from service.insights.tables import Evidence, Insight, InsightStatus
from service.touchpoints.tables import TouchpointEvent

CLOSED_TO_EVIDENCE = frozenset({InsightStatus.MERGED, InsightStatus.REJECTED})

_evidence = table_of(Evidence)
_event = table_of(TouchpointEvent)
STANDING = Statement(
    select(*_evidence.c)
    .where(_evidence.c.tenant_id == TENANT, _evidence.c.insight_id == bindparam("insight"), stands(_evidence))
    .where(or_(*(_evidence.c[name] == func.any(bindparam(name)) for name in COLUMNS)))
)
MOVING = Statement(
    update(_evidence)
    .where(_evidence.c.tenant_id == TENANT, _evidence.c.insight_id == bindparam("source"), stands(_evidence))
    .where(
        ~exists_in(
            Evidence,
            lambda other: and_(
                other.c.insight_id == bindparam("target"),
                stands(other),
                or_(*(other.c[name] == _evidence.c[name] for name in COLUMNS)),
            ),
        )
    )
    .values(insight_id=bindparam("target"))
)
ATTRIBUTING = Statement(
    update(_evidence)
    .where(_evidence.c.tenant_id == TENANT, _evidence.c.touchpoint_event_id == _event.c.id)
    .where(_event.c.tenant_id == TENANT, _event.c.id == func.any(bindparam("ids")))
    .where(_evidence.c.customer_id.is_(None), _event.c.customer_id.is_not(None))
    .values(customer_id=_event.c.customer_id)
    .returning(_evidence.c.id, _evidence.c.insight_id, _evidence.c.customer_id)
)
CUSTOMERS = Statement(
    select(_evidence.c.customer_id)
    .distinct()
    .where(_evidence.c.tenant_id == TENANT, _evidence.c.insight_id == func.any(bindparam("insights")))
    .where(_evidence.c.customer_id.is_not(None), stands(_evidence))
)


async def link(session: Session, insight_id: UUID, signals: Sequence[Signal]) -> list[UUID]:
    """Link up to 100 signals to an insight and return their evidence; what was linked before stays as it is.

    Emits `evidence.linked` with the customer for each new one, so that an answer can be owed.
    Raises NotFound, Invalid or LimitExceeded, placed at the signal, and Required for none.
    """
    if not signals:
        raise Required("signals")
    insight = await session.get(Insight, insight_id, "insightId", locked=True)
    if insight.status in CLOSED_TO_EVIDENCE:
        raise Invalid(
            "insightId", reason=f"This insight is {insight.status.lower()} and takes no more evidence."
        )
    found = await signals_.find_all(session, signals, "signals")
    known = await _known(session, insight_id, signals)
    new = [one for one in found if one.signal.key not in known]
    rows = [_row(session, insight_id, one) for one in new]
    session.insert(Evidence, rows)
    linked = {one.signal.key: UUID(str(row["id"])) for one, row in zip(new, rows, strict=True)}
    for one in new:
        customer = str(one.customer_id) if one.customer_id else None
        session.emit("evidence.linked", linked[one.signal.key], insight=str(insight_id), customer=customer)
    return [(known | linked)[one.signal.key] for one in found]


async def unlink(session: Session, evidence_id: UUID, reason: str) -> Evidence:
    """Let a signal back its insight no longer; who unlinked it, and why, is kept.

    Raises NotFound for unknown evidence, Invalid for what was unlinked before.
    """
    row = await session.get(Evidence, evidence_id, "evidenceId", locked=True)
    if row.unlinked_at is not None:
        raise Invalid("evidenceId", reason="This evidence was unlinked before.")
    await session.change(
        row, unlinked_at=session.now, unlinked_by=session.actor.subject, unlink_reason=reason
    )
    session.emit("evidence.unlinked", row.id, insight=str(row.insight_id), reason=reason)
    return row


async def customers_behind(session: Session, insight_ids: Sequence[UUID]) -> list[UUID]:
    """Return every customer whose signals back one of the insights, each once."""
    return [row["customer_id"] for row in await session.rows(CUSTOMERS, insights=list(insight_ids))]


async def follow_reattribution(session: Session, event: Event) -> None:
    """Give evidence to the customers whom the events behind it have been attributed to since.

    Emits `evidence.attributed` with the customer for each, so that an answer can be owed now.
    """
    for row in await session.rows(ATTRIBUTING, ids=[UUID(id_) for id_ in event.payload["ids"]]):
        insight, customer = str(row["insight_id"]), str(row["customer_id"])
        session.emit("evidence.attributed", row["id"], insight=insight, customer=customer)


async def _known(
    session: Session, insight_id: UUID, signals: Sequence[Signal]
) -> dict[tuple[str, UUID], UUID]:
    """Return the standing evidence that these signals are already."""
    ids = {name: [one.id for one in signals if one.column == name] for name in COLUMNS}
    rows = await session.rows(STANDING, insight=insight_id, **ids)
    return {signal_of(Evidence(**row)).key: row["id"] for row in rows}


def _row(session: Session, insight_id: UUID, found: FoundSignal) -> dict[str, object]:
    return {
        "id": uuid7(),
        "insight_id": insight_id,
        **found.signal.columns(),
        "customer_id": found.customer_id,
        "linked_by": session.actor.subject,
        "linked_at": session.now,
    }
