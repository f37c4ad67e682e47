"""Did anybody change who did what? Each entry of the audit log is sealed after the one sealed before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, and_, bindparam, func, literal, select
from sqlmodel import Field

from service.ground.audit import AuditEntry
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import Moment, TenantRow, table_of, unique

BEGINNING = bytes(32)
"""What the first entry is sealed after."""
MOST_AT_ONCE = 1000
LOOK_BACK = timedelta(minutes=10)
"""Longer than any transaction: an entry that commits after later ones have been sealed is still found."""


class AuditSeal(TenantRow, table=True):
    """The seal of one entry, which has its id: a hash over the entry and the seal before."""

    __tablename__ = "audit_seal"
    __table_args__ = (unique("number"),)

    number: int = Field(sa_type=BigInteger)
    hash: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of one tenant's log found."""

    sealed: int
    unsealed: int
    broken: UUID | None
    """The first entry that is not as it was sealed."""
    head: bytes
    """The last hash of the chain; noted elsewhere, it shows later whether the end was cut off."""
    is_cut: bool
    """Whether a hash that was noted before is not in the chain."""

    @property
    def is_sound(self) -> bool:
        """Whether nothing speaks against the log."""
        return not (self.broken or self.unsealed or self.is_cut)


_entries, _seals = table_of(AuditEntry), table_of(AuditSeal)
_together = and_(_seals.c.tenant_id == _entries.c.tenant_id, _seals.c.id == _entries.c.id)
LAST = Statement(
    select(_seals.c.number, _seals.c.hash, _entries.c.occurred_at)
    .select_from(_seals.outerjoin(_entries, _together))
    .where(_seals.c.tenant_id == TENANT)
    .order_by(_seals.c.number.desc())
    .limit(literal(1))
)
WAITING = Statement(
    select(_entries)
    .select_from(_entries.outerjoin(_seals, _together))
    .where(_entries.c.tenant_id == TENANT, _seals.c.id.is_(None))
    .where(_entries.c.id > bindparam("after"))
    .order_by(_entries.c.id)
    .limit(literal(MOST_AT_ONCE))
)
SEALED = Statement(
    select(_seals.c.id.label("seal_id"), _seals.c.number, _seals.c.hash, _entries)
    .select_from(_seals.outerjoin(_entries, _together))
    .where(_seals.c.tenant_id == TENANT, _seals.c.number > bindparam("after", type_=BigInteger()))
    .order_by(_seals.c.number)
    .limit(literal(MOST_AT_ONCE))
)
UNSEALED = Statement(
    select(func.count().label("found"))
    .select_from(_entries.outerjoin(_seals, _together))
    .where(_entries.c.tenant_id == TENANT, _seals.c.id.is_(None))
    .where(_entries.c.occurred_at < bindparam("limit", type_=Moment()))
)
ALONE = Statement(select(func.pg_advisory_xact_lock(func.hashtextextended("audit_seal", 0)), TENANT))


async def seal(session: Session, *, every: bool = False) -> int:
    """Seal the next entries; return how many. `every` also looks for those that are long past.

    One sealer works at a time, so the chain has no forks; whoever writes entries never waits for it.
    """
    await session.run(ALONE)
    last = await session.row(LAST)
    number, chain = (last["number"], last["hash"]) if last else (0, BEGINNING)
    before = None if every or not last else last["occurred_at"]
    after = UUID(int=0) if before is None else _first_at(before - LOOK_BACK)
    rows = await session.rows(WAITING, after=after)
    seals = []
    for number_, row in enumerate(rows, start=number + 1):
        chain = _sealed(chain, row)
        seals.append({"id": row["id"], "number": number_, "hash": chain})
    session.insert(AuditSeal, seals)
    return len(seals)


async def verify(session: Session, noted: bytes = BEGINNING) -> Verdict:
    """Compute the chain anew from its beginning, compare, and look for a hash that was its head before.

    Entries wait a while for their seal.
    """
    chain, number, is_cut = BEGINNING, 0, noted != BEGINNING
    while True:
        rows = await session.rows(SEALED, after=number)
        for row in rows:
            before, chain = chain, _sealed(chain, row)
            if row["id"] is None or row["number"] != number + 1 or row["hash"] != chain:
                return Verdict(number, 0, row["seal_id"], before, is_cut)
            number += 1
            is_cut = is_cut and chain != noted
        if len(rows) < MOST_AT_ONCE:
            break
    waiting = await session.row(UNSEALED, limit=session.now - LOOK_BACK)
    return Verdict(number, waiting["found"] if waiting else 0, None, chain, is_cut)


def _sealed(chain: bytes, row: Mapping[str, Any]) -> bytes:
    """Return the hash over an entry and the chain before it."""
    parts = [row["id"], row["action"], row["actor"], row["actor_kind"], row["occurred_at"], row["subjects"]]
    return sha256(chain + repr([_plain(part) for part in parts]).encode()).digest()


def _plain(value: Any) -> object:  # noqa: ANN401 - a column's value
    """Return a value as it is written the same on every machine: maps by their sorted names."""
    if isinstance(value, dict):
        return sorted((name, _plain(inner)) for name, inner in value.items())
    return [_plain(inner) for inner in value] if isinstance(value, list) else str(value)


def _first_at(moment: Any) -> UUID:  # noqa: ANN401 - a moment of PostgreSQL's
    """Return the smallest id that is made at a moment."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
