"""How does a program get a key, a new one, or none any more?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Text, bindparam, cast, func, select

from service.access.keys import minted
from service.access.tables import ApiKey
from service.ground.keys import uuid7
from service.ground.problems import Blocked, Invalid, Required, Taken
from service.ground.scopes import Scope, require
from service.ground.session import Session
from service.ground.statements import TENANT, Statement

LONGEST_DAYS = 730
LONGEST_OVERLAP_HOURS = 24 * 30
LONGEST_NAME = 100
ALONE = Statement(
    select(
        func.pg_advisory_xact_lock(
            func.hashtextextended(func.concat(cast(TENANT, Text), bindparam("name", type_=Text())), 0)
        )
    )
)
"""Lets one at a time make a key of a name: a key ends with time, so no constraint can say that one works."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; `text` is shown now and never again."""

    id: UUID
    text: str


async def create(session: Session, name: str, scopes: Sequence[Scope], *, valid_days: int) -> NewKey:
    """Make the first key of an integration, with scopes that whoever makes it has as well.

    Raises Required, Invalid, LacksScope, or Taken where an integration of this name has a key that works.
    """
    _check(name, scopes, valid_days)
    require(session.actor.scopes, frozenset(scopes))
    await session.run(ALONE, name=name)
    if await _working(session, name):
        raise Taken("name", thing="integration with a key", key="name")
    return _made(session, name, " ".join(sorted(set(scopes))), valid_days, None)


async def rotate(session: Session, key_id: UUID, *, valid_days: int, overlap_hours: int) -> NewKey:
    """Make the key that replaces another; the other one works on for some hours, then no more.

    Raises NotFound, Invalid, LacksScope, or Blocked where the key is revoked, expired, or replaced already.
    """
    if not 0 <= overlap_hours <= LONGEST_OVERLAP_HOURS:
        raise Invalid("overlapHours", reason=f"An overlap has 0 to {LONGEST_OVERLAP_HOURS} hours.")
    old = await session.get(ApiKey, key_id, "keyId", locked=True)
    scopes = [Scope(one) for one in old.scopes.split()]
    _check(old.name, scopes, valid_days)
    require(session.actor.scopes, frozenset(scopes))
    if not _works(session, old):
        raise Blocked("keyId", reasons=["The key is revoked or has expired; make a new one."])
    if await session.find(ApiKey, replaces_id=old.id):
        raise Blocked("keyId", reasons=["The key was replaced already; two at a time are enough."])
    end = min(old.expires_at, session.now + timedelta(hours=overlap_hours))
    await session.change(old, expires_at=end)
    return _made(session, old.name, old.scopes, valid_days, old.id)


async def revoke(session: Session, key_id: UUID) -> UUID:
    """Let a key work no more, for ever; once more changes nothing. Raises NotFound."""
    key = await session.get(ApiKey, key_id, "keyId", locked=True)
    if key.revoked_at is None:
        await session.change(key, revoked_at=session.now)
        session.emit("api_key.revoked", key.id, name=key.name)
    return key.id


def _check(name: str, scopes: Sequence[Scope], valid_days: int) -> None:
    if not name.strip():
        raise Required("name")
    if len(name) > LONGEST_NAME:
        raise Invalid("name", reason=f"A name has at most {LONGEST_NAME} characters.")
    if not scopes:
        raise Required("scopes")
    if Scope.ACCESS_DESIGN in scopes:
        raise Invalid("scopes", reason="A key cannot make keys.")
    if not 1 <= valid_days <= LONGEST_DAYS:
        raise Invalid("validDays", reason=f"A key is valid for 1 to {LONGEST_DAYS} days.")


async def _working(session: Session, name: str) -> bool:
    return any(_works(session, key) for key in await session.find(ApiKey, locked=True, name=name))


def _works(session: Session, key: ApiKey) -> bool:
    return key.revoked_at is None and session.now < key.expires_at


def _made(session: Session, name: str, scopes: str, valid_days: int, replaces: UUID | None) -> NewKey:
    id_ = uuid7()
    text, digest = minted(session.tenant_id, id_)
    session.enter(
        ApiKey,
        id=id_,
        name=name,
        secret_sha256=digest,
        scopes=scopes,
        created_by=session.actor.subject,
        expires_at=session.now + timedelta(days=valid_days),
        replaces_id=replaces,
    )
    session.emit("api_key.created", id_, name=name, scopes=scopes)
    return NewKey(id_, text)
