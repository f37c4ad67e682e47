"""Which things do answers name? All of them are looked up at once, however many answers there are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, String, any_, bindparam, select

from service.customers import CustomerRef, find_all
from service.feedback.answers import Answer
from service.feedback.rules import Scale
from service.feedback.tables import FeedbackKind, ScaleDirection, Survey
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.interactions.tables import ContactReason, Interaction
from service.journeys.tables import JourneyInstance
from service.touchpoints.tables import Touchpoint

_survey = table_of(Survey)
# The lock lets answers come in side by side, but makes a change of the scale wait for them, and them for it.
SURVEYS = Statement(
    select(_survey)
    .where(_survey.c.tenant_id == TENANT, _survey.c.key == any_(bindparam("keys", type_=ARRAY(String))))
    .order_by(_survey.c.id)
    .with_for_update(read=True, key_share=True)
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an answer to a survey needs to know of it."""

    id: UUID
    kind: FeedbackKind
    scale: Scale


@dataclass(frozen=True, slots=True)
class Matter:
    """What an answer to an interaction takes over from it."""

    id: UUID
    customer_id: UUID | None
    journey_instance_id: UUID | None


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that the answers of a batch name and that exists."""

    customers: Mapping[CustomerRef, UUID | None]
    surveys: Mapping[str, Asked]
    touchpoints: Mapping[str, UUID]
    matters: Mapping[UUID | tuple[str, str], Matter]
    reasons: Mapping[str, UUID]
    instances: Mapping[UUID, UUID]


async def look_up(session: Session, answers: Sequence[Answer]) -> Known:
    """Return what the answers name; one look-up for each kind of thing that is named at all."""
    return Known(
        await _customers(session, answers),
        await surveys_by_key(session, {answer.survey_key for answer in answers if answer.survey_key}),
        await _by_key(session, Touchpoint, (answer.touchpoint_key for answer in answers)),
        await _matters(session, answers),
        await _by_key(session, ContactReason, chain(*(answer.contact_reason_keys for answer in answers))),
        await _instances(session, answers),
    )


async def surveys_by_key(session: Session, keys: Iterable[str]) -> dict[str, Asked]:
    """Return the surveys with these keys; their scales stay as they are until the transaction ends."""
    wanted = sorted(keys)
    found = await session.rows(SURVEYS, keys=wanted) if wanted else []
    return {row["key"]: _asked(row) for row in found}


def _asked(row: Mapping[str, Any]) -> Asked:
    scale = Scale(row["scale_min"], row["scale_max"], ScaleDirection(row["direction"]))
    return Asked(row["id"], FeedbackKind(row["kind"]), scale)


async def _customers(session: Session, answers: Sequence[Answer]) -> dict[CustomerRef, UUID | None]:
    """Return whom the references mean; None for one that means nobody."""
    named = list({answer.customer for answer in answers if answer.customer})
    return dict(zip(named, await find_all(session, named), strict=True))


async def _by_key(
    session: Session, model: type[Touchpoint | ContactReason], keys: Iterable[str | None]
) -> dict[str, UUID]:
    wanted = {key for key in keys if key is not None}
    found = await session.lookup(model, ("key",), [(key,) for key in wanted])
    return {row["key"]: row["id"] for row in found.values()}


async def _matters(session: Session, answers: Sequence[Answer]) -> dict[UUID | tuple[str, str], Matter]:
    keys = [answer.interaction_key for answer in answers if answer.interaction_key]
    ids = [(answer.interaction_id,) for answer in answers if answer.interaction_id]
    taken_over = ("customer_id", "journey_instance_id")
    by_key = await session.lookup(Interaction, ("source", "key"), keys, ("id", *taken_over))
    by_id = await session.lookup(Interaction, ("id",), ids, taken_over)
    found: dict[UUID | tuple[str, str], Matter] = {}
    for row in by_key.values():
        found[row["source"], row["key"]] = _matter(row)
    for row in by_id.values():
        found[row["id"]] = _matter(row)
    return found


def _matter(row: Mapping[str, Any]) -> Matter:
    return Matter(row["id"], row["customer_id"], row["journey_instance_id"])


async def _instances(session: Session, answers: Sequence[Answer]) -> dict[UUID, UUID]:
    """Return whose each journey instance is."""
    ids = [(answer.journey_instance_id,) for answer in answers if answer.journey_instance_id]
    found = await session.lookup(JourneyInstance, ("id",), ids, ("customer_id",))
    return {row["id"]: row["customer_id"] for row in found.values()}
