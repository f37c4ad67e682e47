"""How does feedback look to a client? Surveys, what customers said, and what the words let hear."""

from datetime import datetime

import strawberry

from schema.customers.types import Customer
from schema.ground.fields import closed_set, column, entity, nested, one
from schema.ground.roots import Node
from service.feedback import reads, rules, tables
from service.ground.reads import Nested
from service.touchpoints.tables import Channel

closed_set(
    tables.SurveyKind,
    "What a survey measures.",
    NPS="How likely the customer is to recommend, 0 to 10.",
    CSAT="How satisfied the customer is.",
    CES="How easy or how hard something was for the customer.",
)
closed_set(
    tables.FeedbackKind,
    "What the score of feedback means.",
    NPS="How likely the customer is to recommend, 0 to 10.",
    CSAT="How satisfied the customer is.",
    CES="How easy or how hard something was for the customer.",
    RATING="A rating that no survey asked for, such as the stars of a review.",
    VERBATIM="Words without a score.",
)
closed_set(
    tables.ScaleDirection,
    "Which end of a scale is the good one.",
    HIGHER_IS_BETTER="The largest number is the best answer.",
    LOWER_IS_BETTER="The smallest number is the best answer.",
)
closed_set(
    tables.SurveyPurpose,
    "What a survey asks about.",
    TRANSACTIONAL="One event, soon after it.",
    RELATIONSHIP="The relationship as a whole, from time to time.",
)
closed_set(
    tables.FeedbackSource,
    "Where feedback comes from.",
    SURVEY="The customer was asked.",
    REVIEW="The customer said it unasked.",
    OBSERVATION="An agent noticed it.",
    AUDIT="An auditor or a mystery shopper noted it.",
)
closed_set(
    tables.NpsCategory,
    "The three groups of the Net Promoter Score.",
    PROMOTER="Answered 9 or 10.",
    PASSIVE="Answered 7 or 8.",
    DETRACTOR="Answered 0 to 6.",
)
closed_set(
    tables.Sentiment,
    "How words sound.",
    POSITIVE="Content or better.",
    NEUTRAL="Neither good nor bad.",
    NEGATIVE="Discontent or worse.",
    MIXED="Good and bad at once.",
)
closed_set(
    tables.Emotion,
    "What somebody felt.",
    DELIGHT="More than was hoped for.",
    GRATITUDE="Thankful.",
    TRUST="Confident that it will be all right.",
    CONFUSION="Does not know what is meant, or what to do.",
    DISAPPOINTMENT="Less than was hoped for.",
    FRUSTRATION="Hindered, again and again.",
    ANGER="Treated wrongly.",
    ANXIETY="Afraid of what may come.",
)
closed_set(
    tables.Judge,
    "Who says how something sounds or feels.",
    CUSTOMER="The customer.",
    AGENT="Somebody who knows the case.",
    MODEL="A computation.",
)
closed_set(
    rules.NotAskedReason,
    "Why a customer is left alone by a survey.",
    ANSWERED_THIS_SURVEY="The customer answered this survey within its `cooldownDays`.",
    ANSWERED_ANOTHER_SURVEY="The customer answered another survey within this one's `quietDays`.",
    INVITED_TO_THIS_SURVEY="The customer was invited to this survey within its `cooldownDays`.",
    INVITED_TO_ANOTHER_SURVEY="The customer was invited to another survey within this one's `quietDays`.",
    OPTED_OUT="The customer's latest word to being asked is no.",
    NO_CONSENT="The survey needs consent, and the customer never agreed to be asked.",
)


@entity(reads.SURVEY, description="A question that is asked again and again, always on the same scale.")
class Survey(Node):
    """A survey."""

    key: str = column("Its key, unique in the tenant.")
    name: str = column("Its name.")
    kind: tables.SurveyKind = column("What it measures.")
    purpose: tables.SurveyPurpose = column("What it asks about.")
    question: str | None = column("The question, as customers read it.")
    scale_min: float = column("The smallest answer.")
    scale_max: float = column("The largest answer.")
    direction: tables.ScaleDirection = column("Which end of the scale is the good one.")
    cooldown_days: int = column("How many days a customer who answered it is not asked again, from 0.")
    quiet_days: int = column("How many days a customer who answered any other survey is not asked, from 0.")
    needs_consent: bool = column("Whether only customers who agreed to be asked may be.")
    version: int = column("Counts the changes of this survey, from 1.")
    created_at: datetime = column("When it was first recorded.")
    updated_at: datetime = column("When it last changed.")


@strawberry.type(description="A number that a customer gave, with the scale it was given on.")
class Score:
    """A score on its scale."""

    value: float = column("The number.", lambda row: row.c.score)
    min: float = column("The smallest number of the scale.", lambda row: row.c.scale_min)
    max: float = column("The largest number of the scale.", lambda row: row.c.scale_max)
    direction: tables.ScaleDirection = column("Which end of the scale is the good one.")


@strawberry.type(description="How words sound, and who says so.")
class SentimentJudgement:
    """A judgement of a sentiment."""

    value: tables.Sentiment = column("How they sound.", lambda row: row.c.sentiment)
    judge: tables.Judge = column("What kind of judge says so.", lambda row: row.c.sentiment_judge)
    source: str | None = column(
        "Which one: a name, or a model with its version.", lambda row: row.c.sentiment_source
    )
    confidence: float | None = column("How sure it is, 0 to 1.", lambda row: row.c.sentiment_confidence)


@strawberry.type(description="What somebody felt, and who says so.")
class EmotionJudgement:
    """A judgement of an emotion."""

    value: tables.Emotion = column("What was felt.", lambda row: row.c.emotion)
    judge: tables.Judge = column("What kind of judge says so.", lambda row: row.c.emotion_judge)
    source: str | None = column(
        "Which one: a name, or a model with its version.", lambda row: row.c.emotion_source
    )
    confidence: float | None = column("How sure it is, 0 to 1.", lambda row: row.c.emotion_confidence)


@entity(
    reads.FEEDBACK, description="What one customer said once, or what others noticed; the words never change."
)
class Feedback(Node):
    """One piece of feedback."""

    source: str = column("The system it came from; `direct` where it was given here.")
    key: str = column("Its key in that system; no other feedback from there has it.")
    source_kind: tables.FeedbackSource = column("Whether it was asked for, volunteered or noticed.")
    kind: tables.FeedbackKind = column("What the score means.")
    score: Score | None = nested("The score; null where there are only words.", Nested(reads.has_score))
    nps_category: tables.NpsCategory | None = column("The NPS group; null for everything but an NPS score.")
    resolved_at_first_contact: bool | None = column(
        "Whether the customer says it was resolved at the first contact; null where nobody asked."
    )
    verbatim: str | None = column("The customer's words; null where there are none.")
    language: str | None = column("The language of the words, as BCP 47 writes it.")
    channel: Channel | None = column("By which way it came.")
    weight: float = column("How many customers it stands for in a weighted sample; 1 if none was given.")
    sentiment: SentimentJudgement | None = nested(
        "How the words sound; null while nobody said.", Nested(lambda row: row.c.sentiment.is_not(None))
    )
    emotion: EmotionJudgement | None = nested(
        "What the customer felt; null while nobody said.", Nested(lambda row: row.c.emotion.is_not(None))
    )
    submitted_at: datetime = column("When the customer said it.")
    recorded_at: datetime = column("When it was recorded here.")
    recorded_by: str = column("Who recorded it.")
    customer: Customer | None = one(
        "Whose words these are; null where that is not known.", reads.customer_of_feedback
    )
    survey: Survey | None = one("The survey it answers; null where none asked.", reads.survey_of_feedback)


@strawberry.type(description="Whether one survey may be put to one customer now.")
class SurveyPermission:
    """What the fatigue rule says."""

    survey: Survey | None = one("The survey.", reads.survey_of_permission)
    allowed: bool = column("Whether it may be put to the customer now.")
    reason: rules.NotAskedReason | None = column("Why not; null where it may.")
    next_allowed_at: datetime | None = column(
        "From when on it may; null where it may now, and where only the customer's word can change it."
    )


@entity(reads.SURVEY_INVITATION, description="A survey that was put to a customer.")
class SurveyInvitation(Node):
    """An invitation."""

    channel: Channel = column("The way by which it was sent.")
    sent_at: datetime = column("When it was sent.")
    sent_by: str = column("Who sent it.")
    survey: Survey = one("The survey.", reads.survey_of_permission)
    customer: Customer = one("Who was asked.", reads.customer_of_feedback)
