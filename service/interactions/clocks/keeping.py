"""How do stored clocks follow their matters? Measured anew after each event, many matters at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, any_, bindparam, update

from service.ground.keys import uuid7
from service.ground.session import Row, Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import Moment, table_of
from service.interactions.clocks import lookups
from service.interactions.clocks.matching import Offer, Traits, first_match
from service.interactions.clocks.measuring import Reading, project
from service.interactions.clocks.notices import Notices
from service.interactions.clocks.tables import Clock, ClockPause, ClockState, SlaApplication, SlaCriterion
from service.interactions.clocks.terms import Applied
from service.interactions.rules import OVER
from service.interactions.tables import Interaction, Origin

TRAITS = {
    SlaCriterion.CHANNEL: "channel",
    SlaCriterion.PRIORITY: "priority",
    SlaCriterion.ORIGIN: "origin",
    SlaCriterion.REASON_KIND: "reason_kind",
    SlaCriterion.CONTACT_REASON: "reason_key",
    SlaCriterion.TEAM: "team_key",
    SlaCriterion.ACCOUNT_TIER: "account_tier",
}

_matter = table_of(Interaction)
TELLING_WHETHER_MET = Statement(
    update(_matter)
    .values(
        sla_met=bindparam("met", type_=Boolean()),
        version=_matter.c.version + 1,
        updated_at=bindparam("now", type_=Moment()),
    )
    .where(_matter.c.tenant_id == TENANT, _matter.c.id == any_(lookups.IDS))
)


Stored = Mapping[UUID, Mapping[tuple[str, int], Row]]
"""The clocks that are stored: by matter, by target and number."""


@dataclass(slots=True)
class _Written:
    """What changes in the stored clocks."""

    removed: list[UUID] = field(default_factory=list)
    clocks: list[dict[str, Any]] = field(default_factory=list)
    pauses: list[dict[str, Any]] = field(default_factory=list)


async def start(session: Session, ids: Sequence[UUID]) -> None:
    """Let new matters have their policies from their opening on, and start their clocks."""
    offers = await lookups.offers(session)
    if offers and ids:
        matters = await _matters(session, ids)
        matched = [(row, first_match(offers, traits_of(row))) for row in matters.values()]
        applied = [_apply(session, row, offer, row["opened_at"]) for row, offer in matched if offer]
        await _measure(session, matters, applied, {})


async def follow(session: Session, ids: Sequence[UUID], *, matched: bool = False) -> None:
    """Measure the clocks of locked matters anew; `matched` looks for the policies that apply from now on."""
    offers = await lookups.offers(session) if matched else []
    applied = await _applications(session, ids)
    if not (offers or applied):
        return
    wanted = ids if offers else list({row["interaction_id"] for row in applied})
    matters = await _matters(session, wanted)
    if matched and _switch(session, matters.values(), offers, applied):
        applied = await _applications(session, wanted)
    await _measure(session, matters, applied, await _stored(session, ids))


def traits_of(row: Row) -> Traits:
    """Return what policies look at, of a matter."""
    return {criterion: row[name] for criterion, name in TRAITS.items()}


async def _matters(session: Session, ids: Sequence[UUID]) -> dict[UUID, Row]:
    return {row["id"]: row for row in await session.rows(lookups.MATTERS, ids=list(ids))}


def _switch(
    session: Session, matters: Iterable[Row], offers: Sequence[Offer], applied: Sequence[Row]
) -> bool:
    """Let another policy apply from now on to what goes on and meets another one first; tell of any."""
    last = {row["interaction_id"]: row for row in applied}
    switched = False
    for row in matters:
        before = last[row["id"]]["sla_policy_id"] if row["id"] in last else None
        offer = first_match(offers, traits_of(row))
        if row["status"] not in OVER and before != (offer and offer.policy_id):
            _apply(session, row, offer, max(session.now, row["opened_at"]))
            switched = True
    return switched


def _apply(session: Session, row: Row, offer: Offer | None, at: datetime) -> Row:
    """Write that an offer applies to a matter from a moment on; return it as it will be read."""
    application = {"interaction_id": row["id"], "edition_id": offer and offer.edition_id, "applied_at": at}
    session.insert(SlaApplication, [{"id": uuid7(), **application}])
    return {**application, "calendar_edition_id": offer and offer.calendar_edition_id}


async def _measure(
    session: Session, matters: Mapping[UUID, Row], rows: Sequence[Row], stored: Stored
) -> None:
    applied = await _applied(session, rows)
    ledgers = await lookups.ledgers(session, list(applied))
    written, notices, met = _Written(), Notices(session), dict[UUID, bool | None]()
    for id_, terms in applied.items():
        row = matters[id_]
        entries = ledgers.get(id_, [])
        readings = project(row["opened_at"], Origin(row["origin"]), entries, terms, session.now)
        _compare(row, readings, stored.get(id_, {}), written, notices)
        if readings and row["sla_met"] is not (answer := is_met(row["status"], readings)):
            met[id_] = answer
    await _write(session, written)
    await _tell_whether_met(session, met)


async def _applications(session: Session, ids: Sequence[UUID]) -> Sequence[Row]:
    return await session.rows(lookups.APPLICATIONS, ids=list(ids))


async def _applied(session: Session, rows: Sequence[Row]) -> dict[UUID, list[Applied]]:
    """Return what has applied to each matter; matters that were never promised anything are left out."""
    keys = {(row["edition_id"], row["calendar_edition_id"]) for row in rows if row["edition_id"]}
    terms = await lookups.terms(session, keys)
    found: dict[UUID, list[Applied]] = {}
    for row in rows:
        found.setdefault(row["interaction_id"], []).append(
            Applied(row["applied_at"], terms.get(row["edition_id"]))
        )
    return found


async def _stored(session: Session, ids: Sequence[UUID]) -> Stored:
    found: dict[UUID, dict[tuple[str, int], Row]] = {}
    for row in await session.rows(lookups.CLOCKS, ids=list(ids)):
        found.setdefault(row["interaction_id"], {})[row["target"], row["number"]] = row
    return found


def _compare(
    matter: Row,
    readings: Sequence[Reading],
    stored: Mapping[tuple[str, int], Row],
    written: _Written,
    notices: Notices,
) -> None:
    """Collect the clocks of one matter that are not as they are stored."""
    latest = {reading.target: reading.number for reading in readings}
    kept = set()
    for reading in readings:
        before = stored.get((reading.target, reading.number))
        kept.add((reading.target.value, reading.number))
        columns = columns_of(reading, latest=latest[reading.target] == reading.number)
        id_ = before["id"] if before else uuid7()
        row = {"id": id_, "interaction_id": matter["id"], **columns}
        row |= notices.due(matter, row, before)
        if before is None or any(before[name] != value for name, value in row.items()):
            written.removed.extend([id_] if before else [])
            written.clocks.append(row)
            written.pauses.extend(_pauses(id_, reading))
    written.removed.extend(row["id"] for key, row in stored.items() if key not in kept)


def columns_of(reading: Reading, *, latest: bool) -> dict[str, Any]:
    """Return what a stored clock shows of its reading."""
    own = ("target", "number", "state", "why", "running", "paused", "started_at", "due_at", "next_at")
    times = ("achieved_at", "breached_at", "cancelled_at", "measured_at")
    editions = ("policy_edition_id", "calendar_edition_id")
    return {
        **{name: getattr(reading, name) for name in (*own, *times, *editions)},
        "latest": latest,
        "target_seconds": int(reading.time.total_seconds()),
        "used_seconds": reading.used.total_seconds(),
        "paused_seconds": reading.paused_time.total_seconds(),
    }


def _pauses(clock_id: UUID, reading: Reading) -> list[dict[str, Any]]:
    return [
        {"id": uuid7(), "clock_id": clock_id, "began_at": p.began_at, "ended_at": p.ended_at, "why": p.why}
        for p in reading.pauses
    ]


def is_met(status: str, readings: Sequence[Reading]) -> bool | None:
    """Tell whether a matter was served as promised; None while that can still change."""
    states = {reading.state for reading in readings}
    if ClockState.BREACHED in states:
        return False
    return True if status in OVER and ClockState.ACHIEVED in states else None


async def _write(session: Session, written: _Written) -> None:
    if written.removed:
        await session.run(lookups.REMOVING, ids=written.removed)
    session.insert(Clock, written.clocks)
    session.insert(ClockPause, written.pauses)


async def _tell_whether_met(session: Session, met: Mapping[UUID, bool | None]) -> None:
    for answer in set(met.values()):
        ids = [id_ for id_, one in met.items() if one is answer]
        await session.run(TELLING_WHETHER_MET, met=answer, now=session.now, ids=ids)
