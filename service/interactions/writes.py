"""How do matters change? Logged, answered, assigned, moved on, corrected: each leaves a ledger entry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, delete

from service.ground.actor import ActorKind
from service.ground.keys import uuid7
from service.ground.moments import happened_at
from service.ground.problems import Invalid, NotFound
from service.ground.session import Session, check_version
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.interactions import clocks, ledger, references, rules
from service.interactions.machine import MACHINE
from service.interactions.references import NOTHING, Named, Refs
from service.interactions.rules import Entry
from service.interactions.tables import (
    OWN_SOURCE,
    ContactReason,
    Interaction,
    InteractionEvent,
    InteractionReason,
    InteractionStatus,
    LedgerType,
    Origin,
    Party,
    Priority,
    Visibility,
)
from service.touchpoints.tables import Channel

_link = table_of(InteractionReason)
UNLINKING = Statement(
    delete(_link).where(
        _link.c.tenant_id == TENANT,
        _link.c.interaction_id == bindparam("interaction"),
        _link.c.contact_reason_id == any_(bindparam("reasons", type_=ARRAY(Uuid()))),
    )
)


@dataclass(frozen=True, slots=True)
class Matter:
    """What is known of a matter when it is opened. `message` is what whoever made the first step wrote."""

    channel: Channel
    refs: Refs = field(default_factory=Refs)
    subject: str | None = None
    message: str | None = None
    priority: Priority = Priority.NORMAL
    origin: Origin = Origin.REACTIVE
    source: str | None = None
    key: str | None = None
    assignee: str | None = None
    opened_at: datetime | None = None
    journey_instance_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody wrote in a matter; `actor` is the author's name, by default whoever records it."""

    body: str
    party: Party
    actor: str | None = None
    visibility: Visibility = Visibility.PUBLIC
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """What is to be true of a matter; the rest stays. `reasons`, if given, are all secondary ones."""

    values: Mapping[str, object] = field(default_factory=dict)
    refs: Refs = field(default_factory=Refs)
    reasons: tuple[Named, ...] | None = None


async def log(session: Session, matter: Matter) -> UUID:
    """Open a matter and its ledger; raises NotFound for what names nothing, Taken for a known key."""
    if (matter.source is None) != (matter.key is None):
        raise Invalid("key", reason="A source and a key name a matter together, or not at all.")
    opened_at = happened_at(matter.opened_at, session.now, "openedAt")
    found = await references.find(session, matter.refs)
    id_ = uuid7()
    entries = _beginning(session, matter, opened_at, found.team_id)
    row = {
        "id": id_,
        "version": 1,
        "created_at": session.now,
        "updated_at": session.now,
        "source": matter.source or OWN_SOURCE,
        "key": matter.key or str(id_),
        "channel": matter.channel,
        "subject": matter.subject,
        "priority": matter.priority,
        "origin": matter.origin,
        "customer_id": found.customer_id,
        "contact_reason_id": found.contact_reason_id,
        "touchpoint_id": found.touchpoint_id,
        "journey_instance_id": matter.journey_instance_id,
        **ledger.columns_from(rules.project(opened_at, entries)),
    }
    session.insert(Interaction, [row])
    session.insert(InteractionEvent, _rows(session, id_, entries, matter))
    told = ledger.told(matter.channel, found.customer_id, found.contact_reason_id, found.team_id)
    session.emit("interaction.opened", id_, **told)
    await clocks.start(session, [id_])
    return id_


async def add_message(
    session: Session, interaction_id: UUID, message: Message, *, expected_version: int | None = None
) -> tuple[UUID, UUID]:
    """Add a message; return the ids of its matter and entry. An answer opens what is new or waits for it."""
    row = await session.get(Interaction, interaction_id, "interactionId", locked=True)
    check_version(row, expected_version)
    if not message.body.strip():
        raise Invalid("body", reason="A message says something.")
    at = moment_in(session, row, message.occurred_at)
    leads_to = rules.answered(InteractionStatus(row.status), message.party, message.visibility)
    entry = Entry(LedgerType.MESSAGE, at, message.party, leads_to, visibility=message.visibility)
    actor = message.actor or (None if message.party is Party.CUSTOMER else session.actor.subject)
    id_, changes = await ledger.append(session, row, entry, actor=actor, body=message.body)
    await _follow(session, row, leads_to, changes, "An answer came.")
    session.emit("interaction.message_added", row.id, entry=str(id_), party=message.party)
    await clocks.follow(session, [row.id])
    return row.id, id_


async def transition(
    session: Session,
    interaction_id: UUID,
    target: InteractionStatus,
    *,
    reason: str | None = None,
    refs: Refs | None = None,
    assignee: str | None = None,
    expected_version: int | None = None,
) -> UUID:
    """Take one step with a matter; `refs` may name its contact reason and the team that goes on with it.

    Raises InvalidTransition for a step that does not exist, Blocked where a condition is missing.
    """
    row = await session.get(Interaction, interaction_id, "interactionId", locked=True)
    check_version(row, expected_version)
    found = await references.find(session, refs or Refs())
    if found.contact_reason_id is not None:
        await session.change(row, contact_reason_id=found.contact_reason_id)
    type_ = rules.entry_type(InteractionStatus(row.status), target)
    entry = _own_entry(session, row, type_, status=target, team_id=found.team_id, assignee=assignee)
    _, changes = await ledger.append(session, row, entry, actor=session.actor.subject, body=reason)
    await _follow(session, row, target, changes, reason)
    if type_ is LedgerType.REOPENED:
        session.emit("interaction.reopened", row.id, reason=reason, **told_of(row))
    await clocks.follow(session, [row.id], matched=refs is not None)
    return row.id


async def assign(
    session: Session,
    interaction_id: UUID,
    team: Named = NOTHING,
    *,
    assignee: str | None = None,
    expected_version: int | None = None,
) -> UUID:
    """Give a matter to a team, to one of its agents, or both; a team without an agent chooses one itself."""
    row = await session.get(Interaction, interaction_id, "interactionId", locked=True)
    check_version(row, expected_version)
    if team == NOTHING and assignee is None:
        raise Invalid("team", reason="An assignment names a team, an assignee, or both.")
    found = await references.find(session, Refs(team=team))
    entry = _own_entry(session, row, LedgerType.ASSIGNED, team_id=found.team_id, assignee=assignee)
    _, changes = await ledger.append(session, row, entry, actor=session.actor.subject)
    await session.change(row, **changes)
    session.emit("interaction.assigned", row.id, team=row.team_id and str(row.team_id), assignee=row.assignee)
    await clocks.follow(session, [row.id], matched=True)
    return row.id


async def correct(
    session: Session, interaction_id: UUID, correction: Correction, *, expected_version: int | None = None
) -> UUID:
    """Correct what is known of a matter beside its ledger: what it is about, whose it is, its rank."""
    row = await session.get(Interaction, interaction_id, "interactionId", locked=True)
    check_version(row, expected_version)
    found = await references.find(session, correction.refs)
    named = {
        "customer_id": found.customer_id,
        "contact_reason_id": found.contact_reason_id,
        "touchpoint_id": found.touchpoint_id,
    }
    wanted = {**correction.values, **{name: id_ for name, id_ in named.items() if id_ is not None}}
    changes = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    changed = sorted(changes)
    if correction.reasons is not None and await _set_reasons(session, row.id, correction.reasons):
        changed.append("secondary reasons")
    if not changed:
        return row.id
    body = "Changed: " + ", ".join(name.removesuffix("_id").replace("_", " ") for name in changed)
    entry = _own_entry(session, row, LedgerType.UPDATED)
    _, follows = await ledger.append(session, row, entry, actor=session.actor.subject, body=body)
    await session.change(row, **changes, **follows)
    session.emit("interaction.updated", row.id, changed=changed)
    await clocks.follow(session, [row.id], matched=True)
    return row.id


def moment_in(session: Session, row: Interaction, occurred_at: datetime | None) -> datetime:
    """Return when something happened in a matter, by default now; raises Invalid for before its opening."""
    at = happened_at(occurred_at, max(session.now, row.opened_at), "occurredAt")
    if at < row.opened_at:
        raise Invalid("occurredAt", reason="The matter was not open yet.")
    return at


def party_of(session: Session) -> Party:
    """Return on which side whoever acts stands."""
    return Party.AGENT if session.actor.kind is ActorKind.HUMAN else Party.SYSTEM


def _beginning(session: Session, matter: Matter, opened_at: datetime, team_id: UUID | None) -> list[Entry]:
    """Return the first entries of a matter: its opening, and what was said with it."""
    party = Party.CUSTOMER if matter.origin is Origin.REACTIVE else party_of(session)
    opening = Entry(LedgerType.OPENED, opened_at, party, InteractionStatus.NEW, team_id, matter.assignee)
    return [opening, Entry(LedgerType.MESSAGE, opened_at, party)] if matter.message else [opening]


def _rows(session: Session, id_: UUID, entries: Sequence[Entry], matter: Matter) -> list[dict[str, Any]]:
    actor = None if matter.origin is Origin.REACTIVE else session.actor.subject
    bodies = [None, matter.message]
    return [
        ledger.row_of(session, id_, place, entry, actor=actor, body=bodies[place - 1])
        for place, entry in enumerate(entries, start=1)
    ]


def told_of(row: Interaction) -> dict[str, str | None]:
    """Return what events tell of a matter."""
    return ledger.told(row.channel, row.customer_id, row.contact_reason_id, row.team_id)


def _own_entry(
    session: Session,
    row: Interaction,
    type_: LedgerType,
    *,
    status: InteractionStatus | None = None,
    team_id: UUID | None = None,
    assignee: str | None = None,
) -> Entry:
    """Return an entry of whoever acts now, for the organisation's own eyes."""
    at = max(session.now, row.opened_at)
    return Entry(type_, at, party_of(session), status, team_id, assignee, Visibility.INTERNAL)


async def _follow(
    session: Session,
    row: Interaction,
    target: InteractionStatus | None,
    changes: Mapping[str, Any],
    reason: str | None,
) -> None:
    """Let the row become what its ledger says; a new status is a step of the machine."""
    beside = {name: value for name, value in changes.items() if name != "status"}
    if target is None:
        await session.change(row, **beside)
    else:
        await MACHINE.move(session, row, target, reason=reason, **beside)


async def _set_reasons(session: Session, interaction_id: UUID, named: Sequence[Named]) -> bool:
    """Let these be the secondary reasons from now on; tell whether anything changed."""
    keys = [one.key for one in named if one.key is not None]
    found = await session.lookup(ContactReason, ("key",), [(key,) for key in keys])
    for number, one in enumerate(named):
        if one.key is not None and (one.key,) not in found:
            raise NotFound("secondaryReasons", number, thing="contact reason", key="key")
    wanted = {one.id or found[(one.key,)]["id"] for one in named}
    links = await session.find(InteractionReason, interaction_id=interaction_id)
    linked = {link.contact_reason_id for link in links}
    if linked - wanted:
        await session.run(UNLINKING, interaction=interaction_id, reasons=sorted(linked - wanted))
    for id_ in sorted(wanted - linked):
        session.add(InteractionReason(interaction_id=interaction_id, contact_reason_id=id_))
    return linked != wanted
