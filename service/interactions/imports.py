"""How does history come in? Whole matters with their ledgers and original times, a thousand at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from service.customers import CustomerRef, find_all
from service.ground.batches import Batch, ErrorPolicy, Outcome, RowResult
from service.ground.keys import uuid7
from service.ground.moments import happened_at
from service.ground.problems import LimitExceeded, NotFound, Problem
from service.ground.session import Row, Session
from service.ground.tables import TenantRow
from service.interactions import clocks, ledger, rules
from service.interactions.passages import check_handling
from service.interactions.rules import Entry
from service.interactions.tables import (
    ContactReason,
    Interaction,
    InteractionEvent,
    InteractionReason,
    InteractionStatus,
    LedgerType,
    Origin,
    Party,
    Priority,
    Team,
    Visibility,
)
from service.touchpoints.tables import Channel, Touchpoint

MOST_ENTRIES = 10_000
KEYED: Mapping[str, type[TenantRow]] = {
    "teamKey": Team,
    "contactReasonKey": ContactReason,
    "touchpointKey": Touchpoint,
}
"""What a row names by key, under the field that names it."""

THINGS = {"teamKey": "team", "contactReasonKey": "contact reason", "touchpointKey": "touchpoint"}

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PastEntry:
    """An entry of a ledger as another system tells it."""

    type: LedgerType
    at: datetime
    actor: str | None = None
    party: Party = Party.SYSTEM
    status: InteractionStatus | None = None
    team_key: str | None = None
    body: str | None = None
    visibility: Visibility = Visibility.PUBLIC
    handle_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class PastMatter:
    """A matter as another system tells it; its status and times follow from its entries alone."""

    source: str
    key: str
    customer: CustomerRef
    channel: Channel
    opened_at: datetime
    entries: Sequence[PastEntry] = ()
    subject: str | None = None
    priority: Priority = Priority.NORMAL
    origin: Origin = Origin.REACTIVE
    reason_key: str | None = None
    secondary_keys: Sequence[str] = field(default_factory=tuple)
    team_key: str | None = None
    touchpoint_key: str | None = None
    sla_met: bool | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What was looked up once for the whole batch."""

    customers: Sequence[UUID | None]
    things: Mapping[str, Mapping[tuple[object, ...], Row]]
    matters: Mapping[tuple[object, ...], Row]


@dataclass(slots=True)
class _Written:
    """The rows a batch adds up to."""

    matters: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, object]] = field(default_factory=list)
    links: list[dict[str, object]] = field(default_factory=list)


async def import_all(
    session: Session,
    matters: Sequence[PastMatter],
    policy: ErrorPolicy,
    *,
    dry_run: bool = False,
    silent: bool = True,
) -> list[RowResult]:
    """Write up to 1,000 matters with up to 10,000 ledger entries in all.

    A matter whose source and key are known is a duplicate and stays as it is. Silent history tells nobody.
    """
    batch = Batch(matters, "interactions")
    entries = sum(len(matter.entries) for matter in matters)
    if entries > MOST_ENTRIES:
        raise LimitExceeded("interactions", limit=MOST_ENTRIES, things="ledger entries", found=entries)
    known = await _look_up(session, matters)
    ids: dict[Key, UUID] = {(str(key[0]), str(key[1])): row["id"] for key, row in known.matters.items()}
    written = _Written()
    for number, matter in enumerate(matters):
        name = (matter.source, matter.key)
        if name in ids:
            batch.settle(number, Outcome.DUPLICATE, ids[name])
            continue
        try:
            ids[name] = _write(session, matter, _Refs(known, number), written)
        except Problem as problem:
            batch.reject(number, problem)
        else:
            batch.settle(number, Outcome.CREATED, ids[name])
    await _send(session, written, silent=silent)
    return batch.finish(session, policy, dry_run=dry_run)


async def _look_up(session: Session, matters: Sequence[PastMatter]) -> _Known:
    keys: Mapping[str, Iterable[str | None]] = {
        "teamKey": chain.from_iterable((m.team_key, *(e.team_key for e in m.entries)) for m in matters),
        "contactReasonKey": chain.from_iterable((m.reason_key, *m.secondary_keys) for m in matters),
        "touchpointKey": (m.touchpoint_key for m in matters),
    }
    things = {
        name: await session.lookup(KEYED[name], ("key",), [(key,) for key in set(sent) if key is not None])
        for name, sent in keys.items()
    }
    names = [(matter.source, matter.key) for matter in matters]
    return _Known(
        customers=await find_all(session, [matter.customer for matter in matters]),
        things=things,
        matters=await session.lookup(Interaction, ("source", "key"), names),
    )


@dataclass(frozen=True, slots=True)
class _Refs:
    """What the keys of one row stand for; each raises NotFound, placed at its field."""

    known: _Known
    number: int

    def customer(self, ref: CustomerRef) -> UUID:
        found = self.known.customers[self.number]
        if found is None:
            raise NotFound("customer", thing="customer", key=ref.key)
        return found

    def thing(self, name: str, key: str | None, *field: str | int) -> UUID | None:
        if key is None:
            return None
        found = self.known.things[name].get((key,))
        if found is None:
            raise NotFound(*(field or (name,)), thing=THINGS[name], key="key")
        id_: UUID = found["id"]
        return id_


def _write(session: Session, matter: PastMatter, refs: _Refs, written: _Written) -> UUID:
    """Add the rows of one matter, all or none."""
    id_ = uuid7()
    happened_at(matter.opened_at, session.now, "openedAt")
    team_id = refs.thing("teamKey", matter.team_key)
    entries = [_entry(session, entry, refs, place) for place, entry in enumerate(matter.entries)]
    reasons = [
        refs.thing("contactReasonKey", key, "secondaryReasonKeys", n)
        for n, key in enumerate(dict.fromkeys(matter.secondary_keys))
    ]
    row = {
        "id": id_,
        "version": 1,
        "created_at": session.now,
        "updated_at": session.now,
        "source": matter.source,
        "key": matter.key,
        "customer_id": refs.customer(matter.customer),
        "channel": matter.channel,
        "subject": matter.subject,
        "priority": matter.priority,
        "origin": matter.origin,
        "contact_reason_id": refs.thing("contactReasonKey", matter.reason_key),
        "touchpoint_id": refs.thing("touchpointKey", matter.touchpoint_key),
        "sla_met": matter.sla_met,
        **ledger.columns_from(rules.project(matter.opened_at, entries, team_id, matter.origin)),
    }
    written.matters.append(row)
    written.links.extend({"id": uuid7(), "interaction_id": id_, "contact_reason_id": one} for one in reasons)
    written.entries.extend(
        ledger.row_of(session, id_, place, entry, actor=told.actor, body=told.body)
        for place, (entry, told) in enumerate(zip(entries, matter.entries, strict=True), start=1)
    )
    return id_


def _entry(session: Session, told: PastEntry, refs: _Refs, place: int) -> Entry:
    happened_at(told.at, session.now, "events", place, "at")
    check_handling(told.handle_seconds, "events", place, "handleSeconds")
    return Entry(
        told.type,
        told.at,
        told.party,
        told.status,
        refs.thing("teamKey", told.team_key, "events", place, "teamKey"),
        visibility=told.visibility,
        handle_seconds=told.handle_seconds,
    )


async def _send(session: Session, written: _Written, *, silent: bool) -> None:
    session.insert(Interaction, written.matters)
    session.insert(InteractionEvent, written.entries)
    session.insert(InteractionReason, written.links)
    if silent:
        return
    gave_up = {one["interaction_id"] for one in written.entries if one["type"] is LedgerType.ABANDONED}
    for row in written.matters:
        told = ledger.told(row["channel"], row["customer_id"], row["contact_reason_id"], row["team_id"])
        session.emit("interaction.opened", row["id"], **told)
        if row["id"] in gave_up:
            session.emit("interaction.abandoned", row["id"], **told)
    await clocks.start(session, [row["id"] for row in written.matters])
