"""How do customers change? Upserts by any of their names, one by one or in batches; accounts and segments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from service.customers import references
from service.customers.references import CustomerRef, ExternalName
from service.customers.tables import (
    Account,
    AccountExternalId,
    Customer,
    CustomerExternalId,
    LifecycleChange,
    LifecycleStage,
    Segment,
    SegmentMembership,
)
from service.ground.batches import Batch, ErrorPolicy, Outcome, RowResult
from service.ground.keys import uuid7
from service.ground.problems import Invalid, NotFound, Problem, Taken
from service.ground.session import Session, check_version
from service.ground.tables import made


@dataclass(frozen=True, slots=True)
class CustomerPatch:
    """What is to be true of a customer afterwards; what is not named stays as it is.

    `values` holds columns by name. `segments`, where given, are all the segments the customer is in.
    """

    match: CustomerRef
    values: Mapping[str, object] = field(default_factory=dict)
    external_ids: tuple[ExternalName, ...] = ()
    segments: frozenset[str] | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class AccountPatch:
    """What is to be true of an account afterwards."""

    match: UUID | ExternalName
    values: Mapping[str, object]
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What was looked up once for all patches: whose external ids are, segments and accounts."""

    owners: dict[ExternalName, UUID]
    segments: dict[str, UUID]
    accounts: frozenset[object]


async def upsert(session: Session, patch: CustomerPatch) -> tuple[UUID, Outcome]:
    """Create or change one customer; raises NotFound for an unknown id, Taken for another's external id."""
    found = await references.find(session, patch.match)
    return await _write(session, patch, found, await _look_up(session, [patch]))


async def upsert_all(
    session: Session, patches: Sequence[CustomerPatch], policy: ErrorPolicy, *, dry_run: bool = False
) -> list[RowResult]:
    """Create or change up to 1,000 customers; one that is named twice in a batch is written in order."""
    batch = Batch(patches, "customers")
    found = await references.find_all(session, [patch.match for patch in patches])
    known = await _look_up(session, patches)
    written: dict[CustomerRef, UUID] = {}
    for number, (patch, id_) in enumerate(zip(patches, found, strict=True)):
        try:
            written[patch.match], outcome = await _write(session, patch, written.get(patch.match, id_), known)
        except Problem as problem:
            batch.reject(number, problem)
        else:
            batch.settle(number, outcome, written[patch.match])
    return batch.finish(session, policy, dry_run=dry_run)


async def account_upsert(session: Session, patch: AccountPatch) -> tuple[UUID, Outcome]:
    """Create or change one account, by id or by the name another system gave it."""
    account = await _account(session, patch.match)
    if account is None:
        if isinstance(patch.match, UUID):
            raise NotFound("match", "id", thing="account", key="id")
        if not patch.values.get("name"):
            raise Invalid("name", reason="A new account needs a name.")
        account = session.add(made(Account, patch.values))
        name = patch.match
        session.add(AccountExternalId(account_id=account.id, system=name.system, value=name.value))
        session.emit("account.created", account.id)
        return account.id, Outcome.CREATED
    check_version(account, patch.expected_version)
    changes = _differences(account, patch.values)
    if not changes:
        return account.id, Outcome.UNCHANGED
    await session.change(account, **changes)
    session.emit("account.updated", account.id, changed=sorted(changes))
    return account.id, Outcome.UPDATED


async def _account(session: Session, match: UUID | ExternalName) -> Account | None:
    if isinstance(match, UUID):
        found = await session.find(Account, id=match, locked=True)
        return found[0] if found else None
    names = await session.find(AccountExternalId, system=match.system, value=match.value)
    return await session.get(Account, names[0].account_id, locked=True) if names else None


async def _look_up(session: Session, patches: Sequence[CustomerPatch]) -> _Known:
    names = [(name.system, name.value) for patch in patches for name in _names(patch)]
    rows = await session.lookup(CustomerExternalId, ("system", "value"), names, ("customer_id",))
    owners = {ExternalName(str(key[0]), str(key[1])): row["customer_id"] for key, row in rows.items()}
    keys = sorted({key for patch in patches for key in patch.segments or ()})
    found = await session.lookup(Segment, ("key",), [(key,) for key in keys])
    if len(found) < len(keys):
        new = [{"id": uuid7(), "key": key, "name": key} for key in keys if (key,) not in found]
        await session.insert_new(Segment, new, ("key",))
        found = await session.lookup(Segment, ("key",), [(key,) for key in keys])
    named = {patch.values.get("account_id") for patch in patches} - {None}
    accounts = await session.lookup(Account, ("id",), [(id_,) for id_ in named])
    segments = {str(key[0]): row["id"] for key, row in found.items()}
    return _Known(owners, segments, frozenset(key[0] for key in accounts))


def _names(patch: CustomerPatch) -> list[ExternalName]:
    own = [patch.match.external_id] if patch.match.external_id else []
    return list(dict.fromkeys((*own, *patch.external_ids)))


async def _write(
    session: Session, patch: CustomerPatch, id_: UUID | None, known: _Known
) -> tuple[UUID, Outcome]:
    account_id = patch.values.get("account_id")
    if account_id is not None and account_id not in known.accounts:
        raise NotFound("account", thing="account", key="id")
    if id_ is None:
        return _create(session, patch, known), Outcome.CREATED
    customer = await session.get(Customer, id_, "match", locked=True)
    check_version(customer, patch.expected_version)
    changes = _differences(customer, patch.values)
    named = _name(session, customer.id, patch, known)
    moved = patch.segments is not None and await _set_segments(session, customer.id, patch.segments, known)
    if not (changes or named or moved):
        return customer.id, Outcome.UNCHANGED
    if "lifecycle_stage" in changes:
        _remember_stage(session, customer.id, changes["lifecycle_stage"])
    await session.change(customer, **changes)
    session.emit("customer.updated", customer.id, changed=sorted(changes))
    return customer.id, Outcome.UPDATED


def _create(session: Session, patch: CustomerPatch, known: _Known) -> UUID:
    if patch.match.id is not None:
        raise NotFound("match", "id", thing="customer", key="id")
    values = dict(patch.values)
    if patch.match.email is not None:
        values.setdefault("email", patch.match.email)
    id_ = uuid7()
    _name(session, id_, patch, known)
    session.enter(Customer, **{"attributes": {}, **values, "id": id_})
    _remember_stage(session, id_, values.get("lifecycle_stage", LifecycleStage.ACTIVE))
    for key in sorted(patch.segments or ()):
        _join(session, id_, known.segments[key])
    session.emit("customer.created", id_)
    return id_


def _differences(row: Customer | Account, values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def _remember_stage(session: Session, customer_id: UUID, stage: object) -> None:
    at, actor = session.now, session.actor.subject
    session.enter(LifecycleChange, customer_id=customer_id, stage=stage, actor=actor, changed_at=at)


def _name(session: Session, customer_id: UUID, patch: CustomerPatch, known: _Known) -> bool:
    """Add the external ids the customer lacks, tell whether there were any; raises Taken for another's."""
    names = _names(patch)
    for name in names:
        if known.owners.get(name, customer_id) != customer_id:
            raise Taken("externalIds", thing="customer", key=f"external id in {name.system}")
    new = [name for name in names if name not in known.owners]
    for name in new:
        known.owners[name] = customer_id
        session.enter(CustomerExternalId, customer_id=customer_id, system=name.system, value=name.value)
    return bool(new)


async def _set_segments(session: Session, customer_id: UUID, keys: frozenset[str], known: _Known) -> bool:
    """Let the customer be in exactly these segments from now on; tell whether anything changed."""
    wanted = {known.segments[key] for key in keys}
    stays = await session.find(SegmentMembership, customer_id=customer_id)
    current = {stay.segment_id: stay for stay in stays if stay.left_at is None}
    for segment_id, stay in current.items():
        if segment_id not in wanted:
            await session.change(stay, left_at=session.now)
    for segment_id in sorted(wanted - set(current)):
        _join(session, customer_id, segment_id)
    return wanted != set(current)


def _join(session: Session, customer_id: UUID, segment_id: UUID) -> None:
    session.enter(SegmentMembership, segment_id=segment_id, customer_id=customer_id, joined_at=session.now)
