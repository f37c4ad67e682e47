"""Can an answer be kept, and as which row? What contradicts itself, or names nothing, is refused here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from service.feedback.answers import Answer, Judgement
from service.feedback.lookups import Asked, Known, Matter
from service.feedback.rules import NPS_SCALE, Scale, is_low, nps_category
from service.feedback.tables import FeedbackKind, NpsCategory, ScaleDirection
from service.ground.keys import uuid7
from service.ground.problems import Invalid, LimitExceeded, NotFound, Required

MOST_CHARACTERS = 20_000
MOST_REASONS = 20
CLOCKS_DIFFER = timedelta(minutes=5)
"""How far ahead of ours a source's clock may be."""

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and by whom answers are recorded."""

    now: datetime
    actor: str
    with_judgements: bool
    """Whether any answer beside this one says how it sounds or feels: all rows name the same columns."""


@dataclass(slots=True)
class Accepted:
    """What is kept of one answer; `low` says that it asks for recovery."""

    id: UUID
    name: tuple[str, str]
    row: Row
    low: bool
    reasons: Sequence[UUID]


def accepted(answer: Answer, known: Known, stamp: Stamp) -> Accepted:
    """Return what is kept of an answer; raises a Problem, placed in the answer, where nothing can be kept."""
    asked = _asked(answer, known)
    kind, scale = (asked.kind, asked.scale) if asked else _meaning(answer)
    _check_content(answer)
    id_ = uuid7()
    name = (answer.source, answer.key or str(id_))
    row: Row = {"id": id_, "source": name[0], "key": name[1], "survey_id": asked.id if asked else None}
    row |= _said(answer, kind, scale) | _about(answer, known) | _recorded(answer, stamp)
    return Accepted(id_, name, row, is_low(kind, answer.score, scale), _reasons(answer, known))


def judgement(name: str, judgement: Judgement | None) -> Row:
    """Return the columns of a judgement, all empty for None; raises Invalid for a confidence beyond 1."""
    if judgement is None:
        return dict.fromkeys((name, f"{name}_judge", f"{name}_source", f"{name}_confidence"))
    if judgement.confidence is not None and not 0 <= judgement.confidence <= 1:
        raise Invalid(name, "confidence", reason="A confidence lies between 0 and 1.")
    return {
        name: judgement.value,
        f"{name}_judge": judgement.judge,
        f"{name}_source": judgement.source,
        f"{name}_confidence": judgement.confidence,
    }


def _said(answer: Answer, kind: FeedbackKind, scale: Scale | None) -> Row:
    """Return the columns of the words and the score, with the scale it was given on."""
    return {
        "source_kind": answer.source_kind,
        "kind": kind,
        "score": answer.score,
        "scale_min": scale.least if scale else None,
        "scale_max": scale.most if scale else None,
        "direction": scale.direction if scale else None,
        "nps_category": None if answer.score is None else _category(kind, answer.score, scale),
        "resolved_at_first_contact": answer.resolved_at_first_contact,
        "verbatim": answer.verbatim or None,
        "language": answer.language,
        "channel": answer.channel,
        "weight": answer.weight,
    }


def _about(answer: Answer, known: Known) -> Row:
    """Return the columns of what it hangs on; the interaction says what the answer leaves open."""
    matter = _matter(answer, known)
    instance_id = _instance(answer, known)
    owners = (
        matter.customer_id if matter else None,
        known.instances.get(instance_id) if instance_id else None,
    )
    return {
        "customer_id": _customer(answer, known, *owners),
        "touchpoint_id": _touchpoint(answer, known),
        "interaction_id": matter.id if matter else None,
        "journey_instance_id": instance_id or (matter.journey_instance_id if matter else None),
    }


def _recorded(answer: Answer, stamp: Stamp) -> Row:
    """Return the columns of when it was said, when and by whom it was recorded, and how it was judged."""
    row: Row = {
        "submitted_at": _submitted_at(answer, stamp.now),
        "recorded_at": stamp.now,
        "recorded_by": stamp.actor,
    }
    if stamp.with_judgements:
        row |= judgement("sentiment", answer.sentiment) | judgement("emotion", answer.emotion)
    return row


def _asked(answer: Answer, known: Known) -> Asked | None:
    if answer.survey_key is None:
        return None
    asked = known.surveys.get(answer.survey_key)
    if asked is None:
        raise NotFound("surveyKey", thing="survey", key="key")
    if answer.kind not in {None, asked.kind}:
        raise Invalid("kind", reason=f"The survey measures {asked.kind}, not {answer.kind}.")
    if answer.scale_min is not None or answer.scale_max is not None or answer.direction is not None:
        raise Invalid("surveyKey", reason="The survey says the scale already: name the survey or a scale.")
    return asked


def _meaning(answer: Answer) -> tuple[FeedbackKind, Scale | None]:
    """Return what an answer without a survey measures, and on which scale."""
    kind = answer.kind or (FeedbackKind.VERBATIM if answer.score is None else None)
    if kind is None:
        raise Required("kind")
    if kind is FeedbackKind.VERBATIM or answer.score is None:
        if answer.score is not None:
            raise Invalid("score", reason="A verbatim has no score; say which kind of score it is.")
        return kind, None
    if kind is FeedbackKind.NPS:
        return kind, NPS_SCALE
    if answer.scale_min is None or answer.scale_max is None:
        raise Required("scaleMin" if answer.scale_min is None else "scaleMax")
    if not answer.scale_min < answer.scale_max:
        raise Invalid("scaleMax", reason="A scale ends above its beginning.")
    direction = answer.direction or ScaleDirection.HIGHER_IS_BETTER
    return kind, Scale(answer.scale_min, answer.scale_max, direction)


def _check_content(answer: Answer) -> None:
    if answer.score is None and not answer.verbatim:
        raise Required("score")
    length = len(answer.verbatim or "")
    if length > MOST_CHARACTERS:
        raise LimitExceeded("verbatim", limit=MOST_CHARACTERS, things="characters", found=length)
    if not answer.weight > 0:
        raise Invalid("weight", reason="A weight is greater than 0.")


def _category(kind: FeedbackKind, score: float, scale: Scale | None) -> NpsCategory | None:
    """Return the NPS group of a score; raises Invalid for a score that its scale does not have."""
    if kind is FeedbackKind.NPS:
        category = nps_category(score)
        if category is None:
            raise Invalid("score", reason=f"An NPS answer is a whole number from 0 to 10, not {score:g}.")
        return category
    if scale is not None and not scale.holds(score):
        ends = f"from {scale.least:g} to {scale.most:g}"
        raise Invalid("score", reason=f"The score {score:g} is not on the scale, which goes {ends}.")
    return None


def _matter(answer: Answer, known: Known) -> Matter | None:
    if answer.interaction_id is None and answer.interaction_key is None:
        return None
    field = "interactionKey" if answer.interaction_id is None else "interactionId"
    matter = known.matters.get(answer.interaction_id or answer.interaction_key or ("", ""))
    if matter is None:
        raise NotFound(field, thing="interaction", key="id" if answer.interaction_id else "source and key")
    return matter


def _customer(answer: Answer, known: Known, *owners: UUID | None) -> UUID | None:
    """Return whose words these are: the customer that is named, or else the owner of what they are about."""
    named = known.customers[answer.customer] if answer.customer else None
    if answer.customer and named is None:
        raise NotFound("customer", thing="customer", key=answer.customer.key)
    all_named = {one for one in (named, *owners) if one is not None}
    if len(all_named) > 1:
        raise Invalid("customer", reason="The interaction or the journey instance is another customer's.")
    return named or next(iter(all_named), None)


def _touchpoint(answer: Answer, known: Known) -> UUID | None:
    if answer.touchpoint_key is None:
        return None
    found = known.touchpoints.get(answer.touchpoint_key)
    if found is None:
        raise NotFound("touchpointKey", thing="touchpoint", key="key")
    return found


def _instance(answer: Answer, known: Known) -> UUID | None:
    if answer.journey_instance_id is not None and answer.journey_instance_id not in known.instances:
        raise NotFound("journeyInstanceId", thing="journey instance", key="id")
    return answer.journey_instance_id


def _submitted_at(answer: Answer, now: datetime) -> datetime:
    if answer.submitted_at is None:
        return now
    if answer.submitted_at > now + CLOCKS_DIFFER:
        raise Invalid("submittedAt", reason="An answer cannot have been given in the future.")
    return answer.submitted_at


def _reasons(answer: Answer, known: Known) -> Sequence[UUID]:
    """Return the contact reasons an answer speaks of, each once."""
    keys = answer.contact_reason_keys
    if not keys:
        return ()
    if len(keys) > MOST_REASONS:
        raise LimitExceeded("contactReasonKeys", limit=MOST_REASONS, things="reasons", found=len(keys))
    for place, key in enumerate(keys):
        if key not in known.reasons:
            raise NotFound("contactReasonKeys", place, thing="contact reason", key="key")
    return tuple(dict.fromkeys(known.reasons[key] for key in keys))
