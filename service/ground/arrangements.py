"""What has a tenant arranged that every write looks at, and few change? Read once, and kept while it holds.

A write that goes by what was kept tells so in the statement that writes. The database refuses it where the
tenant has arranged something else since; the write is then done again, by what holds now.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, select

from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import TenantRow, table_of

T = TypeVar("T")

ARRANGED: set[type[SQLModel]] = set()
"""The tables of arrangements, filled by their chapters."""
MOST_KEPT = 1_000


class Arrangement(TenantRow, table=True):
    """Which arrangements of a tenant hold: a token, each time a new one. Its id is the tenant's.

    One of a transaction that was rolled back never comes again, as a number that is counted up would.
    """

    token: UUID


_arrangement = table_of(Arrangement)
TOKEN = Statement(
    select(_arrangement.c.token).where(_arrangement.c.tenant_id == TENANT, _arrangement.c.id == TENANT)
)
_new = insert(_arrangement).values(tenant_id=TENANT, id=TENANT, token=func.gen_random_uuid())
RENEWING = Statement(
    _new.on_conflict_do_update(
        index_elements=[_arrangement.c.tenant_id, _arrangement.c.id], set_={"token": _new.excluded.token}
    )
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What was read of a tenant's arrangements, by its reader; `token` is None where there never were any."""

    token: UUID | None
    values: dict[Any, Any] = field(default_factory=dict)


_kept: dict[UUID, Kept] = {}


async def arranged(session: Session, read: Callable[[Session], Awaitable[T]]) -> T:
    """Return what `read` reads of the tenant's arrangements; its own changes are seen."""
    if changed_by(session):
        return await read(session)
    kept = _kept.get(session.tenant_id)
    if kept is not None and read in kept.values:
        session.go_by(kept.token)
    else:
        kept = await _keep(session, kept, read)
    found: T = kept.values[read]
    return found


async def _keep(session: Session, kept: Kept | None, read: Callable[[Session], Awaitable[T]]) -> Kept:
    """Keep what is read now; the token is read first, so that it is never newer than what it stands for."""
    found = await session.row(TOKEN)
    token: UUID | None = found["token"] if found else None
    value = await read(session)
    if kept is None or kept.token != token:
        kept = Kept(token)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[session.tenant_id] = kept
    kept.values[read] = value
    return kept


async def renew(session: Session) -> None:
    """Give the tenant a new token, once, where this transaction changes arrangements."""
    if changed_by(session) and not session.rearranged:
        session.rearranged = True
        await session.run(RENEWING)


def changed_by(session: Session) -> bool:
    """Whether a transaction writes arrangements itself."""
    return not ARRANGED.isdisjoint(session.written)


def forget(tenant_id: UUID) -> None:
    """Keep nothing of a tenant any more: something else may hold."""
    _kept.pop(tenant_id, None)
