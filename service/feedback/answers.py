"""What is sent when somebody says something? One answer with everything it refers to by name."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.customers.references import CustomerRef
from service.feedback.tables import (
    Emotion,
    FeedbackKind,
    FeedbackSource,
    Judge,
    ScaleDirection,
    Sentiment,
)
from service.touchpoints.tables import Channel

OWN_SOURCE = "direct"
"""The source of feedback that was given here and has no key elsewhere: its key is then its own id."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How words sound or feel, who says so, and how sure they are (0 to 1)."""

    value: Sentiment | Emotion
    judge: Judge
    source: str | None = None
    confidence: float | None = None


@dataclass(slots=True)
class Answer:
    """What one customer said once; without a key it is new by itself, without a time it was said now.

    Not frozen: a load makes hundreds of thousands of these, and freezing doubles what each costs.
    """

    source: str = OWN_SOURCE
    key: str | None = None
    submitted_at: datetime | None = None
    customer: CustomerRef | None = None
    survey_key: str | None = None
    source_kind: FeedbackSource = FeedbackSource.SURVEY
    kind: FeedbackKind | None = None
    score: float | None = None
    scale_min: float | None = None
    scale_max: float | None = None
    direction: ScaleDirection | None = None
    resolved_at_first_contact: bool | None = None
    verbatim: str | None = None
    language: str | None = None
    channel: Channel | None = None
    weight: float = 1.0
    touchpoint_key: str | None = None
    interaction_id: UUID | None = None
    interaction_key: tuple[str, str] | None = None
    journey_instance_id: UUID | None = None
    contact_reason_keys: tuple[str, ...] = ()
    sentiment: Judgement | None = None
    emotion: Judgement | None = None
