"""Which tables hold what customers said? Surveys, feedback of every kind, and the reasons it speaks of."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, TextClause, text
from sqlmodel import Field

from service.ground.personal import Sensitivity, personal
from service.ground.tables import (
    SortedText,
    TenantRow,
    VersionedRow,
    belongs_to,
    holds,
    index,
    moment,
    one_of,
    unique,
)
from service.touchpoints.tables import Channel


def _given(column: str) -> TextClause:
    """Leave rows out of an index that have nothing in this column."""
    return text(f"{column} IS NOT NULL")


def _index_of(column: str) -> Index:
    """Keep the feedback that has something in this column, in the order of its time."""
    name = f"ix_feedback_{column.removesuffix('_id')}"
    return index(name, column, "submitted_at", "id", where=_given(column))


class SurveyKind(StrEnum):
    """What a survey measures."""

    NPS = "NPS"
    CSAT = "CSAT"
    CES = "CES"


class FeedbackKind(StrEnum):
    """What a score means; VERBATIM has none."""

    NPS = "NPS"
    CSAT = "CSAT"
    CES = "CES"
    RATING = "RATING"
    VERBATIM = "VERBATIM"


class ScaleDirection(StrEnum):
    """Which end of a scale is the good one."""

    HIGHER_IS_BETTER = "HIGHER_IS_BETTER"
    LOWER_IS_BETTER = "LOWER_IS_BETTER"


class SurveyPurpose(StrEnum):
    """What a survey asks about: one event, or the relationship as a whole."""

    TRANSACTIONAL = "TRANSACTIONAL"
    RELATIONSHIP = "RELATIONSHIP"


class FeedbackSource(StrEnum):
    """Where feedback comes from: asked for, volunteered, or noticed."""

    SURVEY = "SURVEY"
    REVIEW = "REVIEW"
    OBSERVATION = "OBSERVATION"
    AUDIT = "AUDIT"


class NpsCategory(StrEnum):
    """The three groups of the Net Promoter Score."""

    PROMOTER = "PROMOTER"
    PASSIVE = "PASSIVE"
    DETRACTOR = "DETRACTOR"


class Sentiment(StrEnum):
    """How words sound."""

    POSITIVE = "POSITIVE"
    NEUTRAL = "NEUTRAL"
    NEGATIVE = "NEGATIVE"
    MIXED = "MIXED"


class Emotion(StrEnum):
    """What somebody felt."""

    DELIGHT = "DELIGHT"
    GRATITUDE = "GRATITUDE"
    TRUST = "TRUST"
    CONFUSION = "CONFUSION"
    DISAPPOINTMENT = "DISAPPOINTMENT"
    FRUSTRATION = "FRUSTRATION"
    ANGER = "ANGER"
    ANXIETY = "ANXIETY"


class Judge(StrEnum):
    """Who says how something sounds or feels."""

    CUSTOMER = "CUSTOMER"
    AGENT = "AGENT"
    MODEL = "MODEL"


class Survey(VersionedRow, table=True):
    """A question that is asked of customers again and again, always on the same scale.

    After an answer to it the survey leaves the customer alone for `cooldown_days`, after an answer to any
    other survey for `quiet_days`.
    """

    __tablename__ = "survey"
    __table_args__ = (
        unique("key"),
        one_of("kind", SurveyKind),
        one_of("direction", ScaleDirection),
        one_of("purpose", SurveyPurpose),
        holds("scale", "scale_min < scale_max"),
        holds("nps_scale", "kind <> 'NPS' OR (scale_min = 0 AND scale_max = 10)"),
        holds("pauses", "cooldown_days >= 0 AND quiet_days >= 0"),
    )

    key: str = Field(sa_type=SortedText)
    name: str
    kind: SurveyKind = Field(sa_type=SortedText)
    scale_min: float
    scale_max: float
    direction: ScaleDirection = Field(sa_type=SortedText)
    purpose: SurveyPurpose = Field(sa_type=SortedText)
    question: str | None = None
    cooldown_days: int = 0
    quiet_days: int = 0
    needs_consent: bool = False


class SurveyInvitation(TenantRow, table=True):
    """A survey that was put to a customer; it tires like an answer does."""

    __tablename__ = "survey_invitation"
    __table_args__ = (
        belongs_to("survey_id", "survey"),
        belongs_to("customer_id", "customer"),
        belongs_to("interaction_id", "interaction"),
        one_of("channel", Channel),
        index("ix_survey_invitation_sent_at", "sent_at", "id"),
        index("ix_survey_invitation_survey", "survey_id", "sent_at", "id"),
        index("ix_survey_invitation_customer", "customer_id", "sent_at", "id"),
        index("ix_survey_invitation_interaction", "interaction_id", "sent_at", "id"),
    )

    survey_id: UUID
    customer_id: UUID
    interaction_id: UUID | None = None
    channel: Channel = Field(sa_type=SortedText)
    sent_at: datetime = moment()
    sent_by: str


class Feedback(TenantRow, table=True):
    """What one customer said once; the words never change.

    The scale is copied from the survey, so that a score means the same for ever.
    """

    __tablename__ = "feedback"
    __table_args__ = (
        unique("source", "key"),
        belongs_to("customer_id", "customer"),
        belongs_to("survey_id", "survey"),
        belongs_to("touchpoint_id", "touchpoint"),
        belongs_to("interaction_id", "interaction"),
        belongs_to("journey_instance_id", "journey_instance"),
        one_of("source_kind", FeedbackSource),
        one_of("kind", FeedbackKind),
        one_of("direction", ScaleDirection),
        one_of("nps_category", NpsCategory),
        one_of("channel", Channel),
        one_of("sentiment", Sentiment),
        one_of("emotion", Emotion),
        holds("score_within_scale", "score BETWEEN scale_min AND scale_max"),
        holds(
            "scale_of_score",
            "score IS NULL OR (scale_min IS NOT NULL AND scale_max IS NOT NULL AND direction IS NOT NULL)",
        ),
        holds("score_or_words", "score IS NOT NULL OR verbatim IS NOT NULL"),
        holds("nps_has_category", "(kind = 'NPS' AND score IS NOT NULL) = (nps_category IS NOT NULL)"),
        holds("weight", "weight > 0"),
        holds("confidence", "sentiment_confidence BETWEEN 0 AND 1 AND emotion_confidence BETWEEN 0 AND 1"),
        holds("sentiment_judged", "(sentiment IS NULL) = (sentiment_judge IS NULL)"),
        holds("emotion_judged", "(emotion IS NULL) = (emotion_judge IS NULL)"),
        one_of("sentiment_judge", Judge),
        one_of("emotion_judge", Judge),
        index("ix_feedback_submitted_at", "submitted_at", "id"),
        index("ix_feedback_score", text("coalesce(score, '-Infinity'::double precision)"), "id"),
        index("ix_feedback_kind", "kind", "submitted_at", "id"),
        index("ix_feedback_verbatim", "submitted_at", "id", where=_given("verbatim")),
        _index_of("nps_category"),
        _index_of("channel"),
        _index_of("customer_id"),
        _index_of("survey_id"),
        _index_of("touchpoint_id"),
        _index_of("interaction_id"),
        _index_of("journey_instance_id"),
    )

    source: str = Field(sa_type=SortedText)
    key: str = personal(Sensitivity.REFERENCE, sa_type=SortedText)
    source_kind: FeedbackSource = Field(sa_type=SortedText)
    kind: FeedbackKind = Field(sa_type=SortedText)
    customer_id: UUID | None = None
    survey_id: UUID | None = None
    touchpoint_id: UUID | None = None
    interaction_id: UUID | None = None
    journey_instance_id: UUID | None = None
    score: float | None = None
    scale_min: float | None = None
    scale_max: float | None = None
    direction: ScaleDirection | None = Field(default=None, sa_type=SortedText)
    nps_category: NpsCategory | None = Field(default=None, sa_type=SortedText)
    resolved_at_first_contact: bool | None = None
    verbatim: str | None = personal(Sensitivity.WORDS, default=None)
    language: str | None = None
    channel: Channel | None = Field(default=None, sa_type=SortedText)
    weight: float = 1.0
    sentiment: Sentiment | None = Field(default=None, sa_type=SortedText)
    sentiment_judge: Judge | None = Field(default=None, sa_type=SortedText)
    sentiment_source: str | None = None
    sentiment_confidence: float | None = None
    emotion: Emotion | None = Field(default=None, sa_type=SortedText)
    emotion_judge: Judge | None = Field(default=None, sa_type=SortedText)
    emotion_source: str | None = None
    emotion_confidence: float | None = None
    submitted_at: datetime = moment()
    recorded_at: datetime = moment()
    recorded_by: str


class FeedbackReason(TenantRow, table=True):
    """A contact reason that feedback speaks of; the time is copied to keep a reason's feedback in order."""

    __tablename__ = "feedback_reason"
    __table_args__ = (
        unique("feedback_id", "contact_reason_id"),
        belongs_to("feedback_id", "feedback", with_parent=True),
        belongs_to("contact_reason_id", "contact_reason"),
        index("ix_feedback_reason_contact_reason", "contact_reason_id", "submitted_at", "feedback_id", "id"),
    )

    feedback_id: UUID
    contact_reason_id: UUID
    submitted_at: datetime = moment()
