"""What do clients send when somebody said something? Inputs, and the service's answers they become."""

from datetime import datetime

import strawberry

import schema.feedback.types  # noqa: F401 - describes the closed sets that the inputs name
from schema.customers.queries import CustomerRef
from schema.customers.references import customer_ref
from schema.ground import ids
from schema.ground.batches import BatchInput
from schema.ground.fields import value
from service import feedback
from service.feedback import tables
from service.feedback.answers import OWN_SOURCE
from service.ground.problems import Problem
from service.interactions import reads as interactions
from service.journeys import reads as journeys
from service.touchpoints.tables import Channel


@strawberry.input(description="The name that another system gave to an interaction.")
class InteractionKeyInput:
    """A source and a key."""

    source: str = value("The system the interaction came from.")
    key: str = value("Its key in that system.")


@strawberry.input(description="How words sound, and who says so.")
class SentimentInput:
    """A judgement of a sentiment."""

    value: tables.Sentiment = strawberry.field(description="How they sound.")
    judge: tables.Judge = strawberry.field(description="What kind of judge says so.")
    source: str | None = strawberry.field(
        description="Which one: a name, or a model with its version.", default=None
    )
    confidence: float | None = strawberry.field(description="How sure it is, 0 to 1.", default=None)


@strawberry.input(description="What somebody felt, and who says so.")
class EmotionInput:
    """A judgement of an emotion."""

    value: tables.Emotion = strawberry.field(description="What was felt.")
    judge: tables.Judge = strawberry.field(description="What kind of judge says so.")
    source: str | None = strawberry.field(
        description="Which one: a name, or a model with its version.", default=None
    )
    confidence: float | None = strawberry.field(description="How sure it is, 0 to 1.", default=None)


@strawberry.input
class _Said:
    """What can be sent of anything that was said."""

    customer: CustomerRef | None = value(
        "Whose words these are; without, the customer of what it is about.", default=None
    )
    survey_key: str | None = value(
        "The key of the survey it answers; it says the kind and the scale.", default=None
    )
    source_kind: tables.FeedbackSource = value(
        "Whether it was asked for, volunteered or noticed.", default=tables.FeedbackSource.SURVEY
    )
    kind: tables.FeedbackKind | None = value("What the score means, where no survey says it.", default=None)
    score: float | None = value("The number, on its scale.", default=None)
    scale_min: float | None = value(
        "The smallest number of the scale, where no survey says it.", default=None
    )
    scale_max: float | None = value("The largest number of the scale, where no survey says it.", default=None)
    direction: tables.ScaleDirection | None = value(
        "Which end of the scale is the good one; HIGHER_IS_BETTER where neither this nor a survey says it.",
        default=None,
    )
    resolved_at_first_contact: bool | None = value(
        "Whether the customer says that the matter was resolved at the first contact, if that was asked.",
        default=None,
    )
    verbatim: str | None = value("The words, at most 20,000 characters.", default=None)
    language: str | None = value("The language of the words, as BCP 47 writes it.", default=None)
    channel: Channel | None = value("By which way it came.", default=None)
    weight: float = value("How many customers it stands for in a weighted sample, more than 0.", default=1.0)
    touchpoint_key: str | None = value("The key of the touchpoint it is about.", default=None)
    interaction_key: InteractionKeyInput | None = value(
        "The interaction it is about, by its key.", default=None
    )
    journey_instance_id: strawberry.ID | None = value(
        "The way through a journey on which it was said; without, the interaction's.", default=None
    )
    contact_reason_keys: list[str] | None = value(
        "The keys of the contact reasons the words speak of, at most 20.", default=None
    )
    sentiment: SentimentInput | None = value("How the words sound.", default=None)
    emotion: EmotionInput | None = value("What the customer felt.", default=None)


@strawberry.input(description="What somebody said: a score, words, or both.")
class FeedbackSubmitInput(_Said):
    """One piece of feedback."""

    source: str | None = value("The system it comes from.", default=None)
    key: str | None = value(
        "Its key there; what is sent again under the same key is recognised.", default=None
    )
    interaction_id: strawberry.ID | None = value("The interaction it is about, by its id.", default=None)
    submitted_at: datetime | None = value("When it was said; now where this is absent.", default=None)


@strawberry.input(description="What somebody said, as another system recorded it.")
class FeedbackRowInput(_Said):
    """One row of an import."""

    source: str = value("The system it comes from.")
    key: str = value("Its key there; what is sent again under the same key is recognised.")
    submitted_at: datetime = value("When it was said.")


@strawberry.input(description="Up to 1,000 pieces of feedback from another system.")
class FeedbackImportInput(BatchInput):
    """A batch of feedback."""

    feedback: list[FeedbackRowInput] = value("The feedback.")
    silent: bool = value("Tell nobody: no events, no reactions to what was said long ago.", default=True)


@strawberry.input(
    description="What words speak of, and how they sound; fields that are absent keep what they are."
)
class FeedbackCodeInput:
    """A coding."""

    feedback_id: strawberry.ID = value("The feedback whose words these are.")
    contact_reason_keys: strawberry.Maybe[list[str]] = value(
        "The keys of all contact reasons the words speak of, at most 20."
    )
    sentiment: strawberry.Maybe[SentimentInput | None] = value("How the words sound; null takes it back.")
    emotion: strawberry.Maybe[EmotionInput | None] = value("What the customer felt; null takes it back.")


def coding_of(sent: FeedbackCodeInput) -> feedback.Coding:
    """Return the service's coding."""
    named = {"sentiment": sent.sentiment, "emotion": sent.emotion}
    judgements = {name: _judgement(each.value) for name, each in named.items() if each}
    reasons = frozenset(sent.contact_reason_keys.value) if sent.contact_reason_keys else None
    return feedback.Coding(judgements, reasons)


def answer_of(sent: FeedbackSubmitInput) -> feedback.Answer:
    """Return the service's answer; raises Invalid for an id of another type."""
    answer = _answer(sent, sent.source or OWN_SOURCE, sent.key, sent.submitted_at)
    answer.interaction_id = ids.decode_optional(
        sent.interaction_id, interactions.INTERACTION, "interactionId"
    )
    return answer


def answer_of_row(sent: FeedbackRowInput) -> feedback.Answer | Problem:
    """Return the service's answer, or why the row cannot be one."""
    try:
        return _answer(sent, sent.source, sent.key, sent.submitted_at)
    except Problem as problem:
        return problem


def _answer(sent: _Said, source: str, key: str | None, submitted_at: datetime | None) -> feedback.Answer:
    named = sent.interaction_key
    return feedback.Answer(
        source=source,
        key=key,
        submitted_at=submitted_at,
        customer=customer_ref(sent.customer, "customer") if sent.customer else None,
        survey_key=sent.survey_key,
        source_kind=sent.source_kind,
        kind=sent.kind,
        score=sent.score,
        scale_min=sent.scale_min,
        scale_max=sent.scale_max,
        direction=sent.direction,
        resolved_at_first_contact=sent.resolved_at_first_contact,
        verbatim=sent.verbatim,
        language=sent.language,
        channel=sent.channel,
        weight=sent.weight,
        touchpoint_key=sent.touchpoint_key,
        interaction_key=(named.source, named.key) if named else None,
        journey_instance_id=ids.decode_optional(
            sent.journey_instance_id, journeys.INSTANCE, "journeyInstanceId"
        ),
        contact_reason_keys=tuple(sent.contact_reason_keys or ()),
        sentiment=_judgement(sent.sentiment),
        emotion=_judgement(sent.emotion),
    )


def _judgement(sent: SentimentInput | EmotionInput | None) -> feedback.Judgement | None:
    return feedback.Judgement(sent.value, sent.judge, sent.source, sent.confidence) if sent else None
