"""How is feedback found? Filters, orders and the fields where reading it begins."""

from enum import Enum

import strawberry

from schema.customers.types import Customer
from schema.feedback.types import Feedback, Survey, SurveyInvitation, SurveyPermission
from schema.ground.connections import Connection
from schema.ground.fields import Lookup, closed_set, connection, extend, listed, lookup, value, where
from schema.ground.inputs import DateTimeRange, FloatRange, OrderDirection, StringFilter
from schema.ground.roots import Query
from service.feedback import reads, tables
from service.touchpoints.tables import Channel


class FeedbackOrderField(Enum):
    """What feedback can be sorted by."""

    SUBMITTED_AT = "SUBMITTED_AT"
    SCORE = "SCORE"


closed_set(
    FeedbackOrderField,
    "What feedback can be sorted by.",
    SUBMITTED_AT="When it was said.",
    SCORE="The score as a number, whatever its scale; feedback without one comes below all others.",
)


@strawberry.input(description="How feedback is sorted.")
class FeedbackOrder:
    """A sort order."""

    field: FeedbackOrderField = value("What to sort by.")
    direction: OrderDirection = value("Which end comes first.", default=OrderDirection.DESC)


@strawberry.input(description="Which feedback; all fields that are given must hold.")
class FeedbackFilter:
    """A filter of feedback."""

    and_: list["FeedbackFilter"] | None = where("All of these hold.", name="and")
    or_: list["FeedbackFilter"] | None = where("At least one of these holds.", name="or")
    not_: "FeedbackFilter | None" = where("This does not hold.", name="not")
    ids: list[strawberry.ID] | None = where("One of these.", reads.by_id)
    source: StringFilter | None = where("The system it came from.")
    key: StringFilter | None = where("Its key in that system; ask for the source too.")
    kind: list[tables.FeedbackKind] | None = where("Of one of these kinds.")
    nps_category: list[tables.NpsCategory] | None = where("In one of these groups of the NPS.")
    survey: strawberry.ID | None = where("Answers this survey.", reads.by_survey)
    survey_key: str | None = where("Answers the survey with this key.", reads.by_survey_key)
    channel: list[Channel] | None = where("Came by one of these ways.")
    touchpoint: strawberry.ID | None = where("Is about this touchpoint.", reads.by_touchpoint)
    touchpoint_key: str | None = where("Is about the touchpoint with this key.", reads.by_touchpoint_key)
    customer: strawberry.ID | None = where("Was said by this customer.", reads.by_customer)
    contact_reason_key: str | None = where("Speaks of the contact reason with this key.", reads.by_reason_key)
    has_verbatim: bool | None = where("Whether it has words.", reads.has_verbatim)
    submitted_at: DateTimeRange | None = where("Was said within.")
    score: FloatRange | None = where(
        "The score as a number, whatever its scale; name a survey or a kind as well.", reads.by_score
    )


@extend(Survey)
class SurveyAnswers:
    """What a survey shows of its answers."""

    answers: Connection[Feedback] = connection(
        "The answers to it, latest first.", reads.answers_of_survey, filter_by=FeedbackFilter
    )
    invitations: Connection[SurveyInvitation] = connection(
        "The invitations to it, latest first.", reads.invitations_of_survey
    )


@extend(Customer)
class CustomerFeedback:
    """What a customer shows of what was said."""

    feedback: Connection[Feedback] = connection(
        "What the customer said, latest first.", reads.feedback_of_customer, filter_by=FeedbackFilter
    )
    survey_invitations: Connection[SurveyInvitation] = connection(
        "The surveys that were put to the customer, latest first.", reads.invitations_of_customer
    )
    may_ask: list[SurveyPermission] = listed(
        "Whether each survey may be put to the customer now, by the keys of the surveys.",
        reads.asking_of_customer,
    )


@extend(Query)
class FeedbackQueries:
    """Where reading feedback begins."""

    feedback: Connection[Feedback] = connection(
        "All feedback.", reads.ALL_FEEDBACK, filter_by=FeedbackFilter, order_by=FeedbackOrder
    )
    feedback_item: Feedback | None = lookup(
        "One piece of feedback; null where there is none.",
        Lookup(tables.Feedback, id=reads.by_id),
        {"id": (strawberry.ID, "Its id.")},
    )
    surveys: Connection[Survey] = connection("All surveys, by their keys.", reads.SURVEYS)
    survey: Survey | None = lookup(
        "One survey; null where there is none.",
        Lookup(tables.Survey, key=reads.by_key),
        {"key": (str, "Its key.")},
    )
