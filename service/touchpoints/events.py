"""What happened at a touchpoint? Events come in batches, each once, with the time they really had."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from service import customers
from service.customers import CustomerRef
from service.ground.batches import Batch, ErrorPolicy, Outcome, RowResult
from service.ground.keys import uuid7
from service.ground.moments import happened_at
from service.ground.problems import Invalid, NotFound, Problem, Required
from service.ground.session import Row, Session
from service.journeys.tables import JourneyInstance
from service.touchpoints.rules import keeps_standard, what_is_unmatched
from service.touchpoints.tables import Channel, Touchpoint, TouchpointEvent

OF_TOUCHPOINT = ("id", "channel", "standard_measure", "standard_threshold")
NOTHING: Mapping[str, Any] = {}
ALL_MATCHED: Mapping[str, object] = {
    "unmatched": None,
    "unmatched_customer_system": None,
    "unmatched_customer_value": None,
    "unmatched_touchpoint_key": None,
}


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that happened to somebody at a touchpoint, as its source tells it.

    `key` names it once and for ever within its source. `measured` is what the touchpoint's standard measures;
    `standard_met`, where given, is the source's own judgement. `properties` must be an object.
    """

    key: str
    type: str
    occurred_at: datetime
    channel: Channel | None = None
    customer: CustomerRef | None = None
    touchpoint_key: str | None = None
    journey_instance_id: UUID | None = None
    properties: object = field(default_factory=dict)
    measured: float | None = None
    standard_met: bool | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the references of a batch were found to mean, looked up once."""

    customers: Sequence[UUID | None]
    touchpoints: Mapping[tuple[object, ...], Row]
    instances: Mapping[tuple[object, ...], Row]


async def ingest(
    session: Session,
    source: str,
    occurrences: Sequence[Occurrence],
    policy: ErrorPolicy,
    *,
    dry_run: bool = False,
    silent: bool = False,
) -> list[RowResult]:
    """Keep up to 1,000 events of one source, those that are known by their key only once.

    A customer or touchpoint that is not known yet does not refuse the event: it waits to be reattributed.
    All that is new is announced by one event, `touchpoint_event.ingested`, whose subject is the first of
    `ids`: one announcement a row would double what is written. A silent import announces nothing.
    """
    if not source:
        raise Required("source")
    batch = Batch(occurrences, "events")
    known = await _look_up(session, occurrences)
    rows: dict[str, dict[str, object]] = {}
    for number, occurrence in enumerate(occurrences):
        if occurrence.key in rows:
            continue
        try:
            rows[occurrence.key] = _row(session, source, number, occurrence, known)
        except Problem as problem:
            batch.reject(number, problem)
    created = await _keep(session, source, rows)
    _settle(batch, occurrences, rows, created)
    results = batch.finish(session, policy, dry_run=dry_run)
    if created and not silent and not session.discarded:
        ids = [str(id_) for id_ in created.values()]
        first = next(iter(created.values()))
        session.emit("touchpoint_event.ingested", first, source=source, count=len(ids), ids=ids)
    return results


async def _look_up(session: Session, occurrences: Sequence[Occurrence]) -> _Known:
    refs = [one.customer for one in occurrences if one.customer]
    found = iter(await customers.find_all(session, refs))
    keys = [(one.touchpoint_key,) for one in occurrences if one.touchpoint_key]
    instances = [(one.journey_instance_id,) for one in occurrences if one.journey_instance_id]
    return _Known(
        [next(found) if one.customer else None for one in occurrences],
        await session.lookup(Touchpoint, ("key",), keys, OF_TOUCHPOINT),
        await session.lookup(JourneyInstance, ("id",), instances, ("customer_id",)),
    )


def _row(
    session: Session, source: str, number: int, occurrence: Occurrence, known: _Known
) -> dict[str, object]:
    """Return an event's columns; raises what refuses it, placed within the row."""
    if not occurrence.key or not occurrence.type:
        raise Required("type" if occurrence.key else "key")
    if not isinstance(occurrence.properties, dict):
        raise Invalid("properties", reason="Properties are an object of names and values.")
    touchpoint = known.touchpoints.get((occurrence.touchpoint_key,), NOTHING)
    customer_id = _customer(occurrence, known.customers[number], known)
    return {
        "id": uuid7(),
        "source": source,
        "key": occurrence.key,
        "type": occurrence.type,
        "channel": occurrence.channel or touchpoint.get("channel", Channel.OTHER),
        "customer_id": customer_id,
        "touchpoint_id": touchpoint.get("id"),
        "journey_instance_id": occurrence.journey_instance_id,
        **_unmatched(occurrence, customer=customer_id is None, touchpoint=touchpoint is NOTHING),
        "properties": occurrence.properties,
        "measured": occurrence.measured,
        "standard_met": _standard_met(occurrence, touchpoint),
        "occurred_at": happened_at(occurrence.occurred_at, session.now, "occurredAt"),
        "recorded_at": session.now,
    }


def _unmatched(occurrence: Occurrence, *, customer: bool, touchpoint: bool) -> Mapping[str, object]:
    """Return the references that were given but not found, as they were sent."""
    ref = occurrence.customer if customer else None
    key = occurrence.touchpoint_key if touchpoint else None
    if ref is None and key is None:
        return ALL_MATCHED
    name = ref.external_id if ref else None
    return {
        "unmatched": what_is_unmatched(customer=ref is not None, touchpoint=key is not None),
        "unmatched_customer_system": name.system if name else None,
        "unmatched_customer_value": (name.value if name else ref.email) if ref else None,
        "unmatched_touchpoint_key": key,
    }


def _standard_met(occurrence: Occurrence, touchpoint: Mapping[str, Any]) -> bool | None:
    if occurrence.standard_met is not None or occurrence.measured is None:
        return occurrence.standard_met
    measure, threshold = touchpoint.get("standard_measure"), touchpoint.get("standard_threshold")
    return keeps_standard(measure, threshold, occurrence.measured)


def _customer(occurrence: Occurrence, found: UUID | None, known: _Known) -> UUID | None:
    """Return whose event it is: the named customer, or else who goes through the journey."""
    if occurrence.customer and occurrence.customer.id and found is None:
        raise NotFound("customer", "id", thing="customer", key="id")
    if occurrence.journey_instance_id is None:
        return found
    instance = known.instances.get((occurrence.journey_instance_id,))
    if instance is None:
        raise NotFound("journeyInstance", thing="journey instance", key="id")
    owner: UUID = instance["customer_id"]
    if found not in {None, owner}:
        raise Invalid("journeyInstance", reason="Another customer goes through this journey.")
    return owner


async def _keep(session: Session, source: str, rows: Mapping[str, dict[str, object]]) -> Mapping[str, UUID]:
    """Insert what is new, in the order of keys so that two batches never wait for each other; return its ids.

    A row whose key was known before has the id of the row that is kept already.
    """
    ordered = [rows[key] for key in sorted(rows)]
    inserted = await session.insert_new(TouchpointEvent, ordered, ("source", "key"))
    created: dict[str, UUID] = {}
    taken = []
    for key, row in rows.items():
        id_ = row["id"]
        if isinstance(id_, UUID) and id_ in inserted:
            created[key] = id_
        else:
            taken.append((source, key))
    before = await session.lookup(TouchpointEvent, ("source", "key"), taken)
    for (_, known), kept in before.items():
        rows[str(known)]["id"] = kept["id"]
    return created


def _settle(
    batch: Batch,
    occurrences: Sequence[Occurrence],
    rows: Mapping[str, Mapping[str, object]],
    created: Mapping[str, UUID],
) -> None:
    """Tell the first row of each new key from those that say again what is known."""
    new = dict(created)
    for number, occurrence in enumerate(occurrences):
        if not batch.is_open(number):
            continue
        id_ = new.pop(occurrence.key, None)
        if id_ is not None:
            batch.settle(number, Outcome.CREATED, id_)
        else:
            batch.settle(number, Outcome.DUPLICATE, UUID(str(rows[occurrence.key]["id"])))
