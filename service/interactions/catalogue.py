"""How do teams and contact reasons come about? By upserts, one or many; reasons keep their history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import bindparam, exists, select

from service.ground.batches import Batch, ErrorPolicy, Outcome, RowResult
from service.ground.keys import uuid7
from service.ground.problems import Invalid, NotFound, Problem, Required
from service.ground.session import Session, check_version
from service.ground.statements import TENANT, Statement
from service.ground.tables import VersionedRow, columns_of, table_of
from service.interactions.tables import ContactReason, ContactReasonEdition, Team

CHANGING = ("parent_id", "name", "kind", "area", "policy", "retired_at")
"""The columns of a contact reason whose history is kept."""

_reason = table_of(ContactReason)
_above = (
    select(_reason.c.id, _reason.c.parent_id)
    .where(_reason.c.tenant_id == TENANT, _reason.c.id == bindparam("parent"))
    .cte("above", recursive=True)
)
_above = _above.union(
    select(_reason.c.id, _reason.c.parent_id).where(
        _reason.c.tenant_id == TENANT, _reason.c.id == _above.c.parent_id
    )
)
IS_ABOVE = Statement(select(exists().where(_above.c.id == bindparam("reason")).label("is_above")))
"""Whether a reason is the parent itself, or above it in the tree."""


@dataclass(frozen=True, slots=True)
class TeamPatch:
    """What is to be true of a team; columns that are not named stay as they are."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class ReasonPatch:
    """What is to be true of a contact reason. `parent_key`, where `moves`, is its place in the tree."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    parent_key: str | None = None
    moves: bool = False
    expected_version: int | None = None


async def team_upsert(session: Session, patch: TeamPatch) -> tuple[UUID, Outcome]:
    """Create or change one team; raises Required for a new one without a name."""
    return await _write_team(session, patch, await _known(session, Team, [patch.key]))


async def team_upsert_all(
    session: Session, patches: Sequence[TeamPatch], policy: ErrorPolicy, *, dry_run: bool = False
) -> list[RowResult]:
    """Create or change up to 1,000 teams."""
    batch = Batch(patches, "teams")
    known = await _known(session, Team, [patch.key for patch in patches])
    for number, patch in enumerate(patches):
        try:
            id_, outcome = await _write_team(session, patch, known)
        except Problem as problem:
            batch.reject(number, problem)
        else:
            batch.settle(number, outcome, id_)
    return batch.finish(session, policy, dry_run=dry_run)


async def reason_upsert(session: Session, patch: ReasonPatch) -> tuple[UUID, Outcome]:
    """Create or change one contact reason; raises NotFound for an unknown parent, Invalid for a circle."""
    return await _write_reason(session, patch, await _known(session, ContactReason, _keys(patch)))


async def reason_upsert_all(
    session: Session, patches: Sequence[ReasonPatch], policy: ErrorPolicy, *, dry_run: bool = False
) -> list[RowResult]:
    """Create or change up to 1,000 contact reasons, in order: a parent comes before its children."""
    batch = Batch(patches, "contactReasons")
    known = await _known(session, ContactReason, [key for patch in patches for key in _keys(patch)])
    for number, patch in enumerate(patches):
        try:
            id_, outcome = await _write_reason(session, patch, known)
        except Problem as problem:
            batch.reject(number, problem)
        else:
            batch.settle(number, outcome, id_)
    return batch.finish(session, policy, dry_run=dry_run)


T = TypeVar("T", bound=VersionedRow)


async def _known(session: Session, model: type[T], keys: Sequence[str]) -> dict[str, T]:
    """Return the rows that have these keys already."""
    found = await session.lookup(model, ("key",), [(key,) for key in keys], tuple(columns_of(model)))
    return {str(key[0]): model(**dict(row)) for key, row in found.items()}


async def _write_team(session: Session, patch: TeamPatch, known: dict[str, Team]) -> tuple[UUID, Outcome]:
    team = known.get(patch.key)
    if team is None:
        if not patch.values.get("name"):
            raise Required("name")
        known[patch.key] = team = session.add(Team(key=patch.key, **_columns(patch.values)))
        session.emit("team.created", team.id, key=patch.key)
        return team.id, Outcome.CREATED
    check_version(team, patch.expected_version)
    if not _differences(team, patch.values):
        return team.id, Outcome.UNCHANGED
    known[patch.key] = team = await session.get(Team, team.id, locked=True)
    check_version(team, patch.expected_version)
    changes = _differences(team, patch.values)
    await session.change(team, **changes)
    session.emit("team.updated", team.id, changed=sorted(changes))
    return team.id, Outcome.UPDATED


async def _write_reason(
    session: Session, patch: ReasonPatch, known: dict[str, ContactReason]
) -> tuple[UUID, Outcome]:
    values = dict(patch.values)
    if patch.moves:
        values["parent_id"] = _parent(patch, known)
    reason = known.get(patch.key)
    if reason is None:
        return _create_reason(session, patch, values, known), Outcome.CREATED
    check_version(reason, patch.expected_version)
    if not _differences(reason, values):
        return reason.id, Outcome.UNCHANGED
    known[patch.key] = reason = await session.get(ContactReason, reason.id, locked=True)
    check_version(reason, patch.expected_version)
    changes = _differences(reason, values)
    if changes.get("parent_id"):
        await _refuse_circle(session, reason.id, changes["parent_id"])
    await session.change(reason, **changes)
    _remember(session, reason)
    session.emit("contact_reason.updated", reason.id, changed=sorted(changes))
    return reason.id, Outcome.UPDATED


def _create_reason(
    session: Session, patch: ReasonPatch, values: Mapping[str, object], known: dict[str, ContactReason]
) -> UUID:
    for name in ("name", "kind"):
        if not values.get(name):
            raise Required(name)
    values = {"valid_from": session.now, **values}
    reason = session.add(ContactReason(id=uuid7(), key=patch.key, **_columns(values)))
    known[patch.key] = reason
    _remember(session, reason)
    session.emit("contact_reason.created", reason.id, key=patch.key)
    return reason.id


def _keys(patch: ReasonPatch) -> list[str]:
    return [patch.key] if patch.parent_key is None else [patch.key, patch.parent_key]


def _parent(patch: ReasonPatch, known: Mapping[str, ContactReason]) -> UUID | None:
    if patch.parent_key is None:
        return None
    parent = known.get(patch.parent_key)
    if parent is None:
        raise NotFound("parentKey", thing="contact reason", key="key")
    return parent.id


async def _refuse_circle(session: Session, reason_id: UUID, parent_id: object) -> None:
    found = await session.row(IS_ABOVE, reason=reason_id, parent=parent_id)
    if found and found["is_above"]:
        raise Invalid("parentKey", reason="A contact reason cannot be beneath itself.")


def _remember(session: Session, reason: ContactReason) -> None:
    """Keep how the reason is worded in its present version."""
    edition = ContactReasonEdition(
        contact_reason_id=reason.id,
        version=reason.version,
        actor=session.actor.subject,
        recorded_at=session.now,
        **{name: getattr(reason, name) for name in CHANGING},
    )
    session.add(edition)


def _differences(row: VersionedRow, values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def _columns(values: Mapping[str, object]) -> dict[str, Any]:
    return dict(values)
