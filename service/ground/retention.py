"""How long do words stay? As long as the tenant says of each kind; then they are emptied, and still count."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import bindparam, delete
from sqlmodel import Field, SQLModel

from service.ground.erasing import aged, erasing
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import SortedText, TenantRow, holds, one_of, table_of, unique

MOST_AT_ONCE = 1000


class RetentionKind(StrEnum):
    """A kind of data that tells of persons."""

    INTERACTIONS = "INTERACTIONS"
    FEEDBACK = "FEEDBACK"
    TOUCHPOINT_EVENTS = "TOUCHPOINT_EVENTS"


TABLES = {
    RetentionKind.INTERACTIONS: (("interaction", "opened_at"), ("interaction_event", "occurred_at")),
    RetentionKind.FEEDBACK: (("feedback", "submitted_at"),),
    RetentionKind.TOUCHPOINT_EVENTS: (("touchpoint_event", "occurred_at"),),
}
"""Which tables hold a kind, each with the time from which its rows age."""


class RetentionRule(TenantRow, table=True):
    """For how many days one kind of data may tell of persons."""

    __tablename__ = "retention_rule"
    __table_args__ = (
        unique("kind"),
        one_of("kind", RetentionKind),
        holds("days_in_bounds", "days BETWEEN 1 AND 36500"),
    )

    kind: RetentionKind = Field(sa_type=SortedText)
    days: int


_rules = table_of(RetentionRule)
LIFTING = Statement(delete(_rules).where(_rules.c.tenant_id == TENANT, _rules.c.kind == bindparam("kind")))


async def keep_for(session: Session, kind: RetentionKind, days: int | None) -> None:
    """Let a kind of data tell of persons for so many days from now on; None: without end."""
    await session.run(LIFTING, kind=kind)
    if days is not None:
        session.enter(RetentionRule, kind=kind, days=days)


async def apply(session: Session) -> int:
    """Empty the next rows that are too old; return how many there were, 0 when nothing is left to do."""
    emptied = 0
    for rule in await session.find(RetentionRule):
        limit = session.now - timedelta(days=rule.days)
        for name, time in TABLES[RetentionKind(rule.kind)]:
            table = SQLModel.metadata.tables[name]
            found = await session.rows(aged(table, time, MOST_AT_ONCE), limit=limit)
            if found:
                await session.run(erasing(table), ids=[row["id"] for row in found], now=session.now)
                emptied += len(found)
    return emptied
