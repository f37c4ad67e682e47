"""How is feedback read? Entities, edges, orders, the conditions of filters, and who may be asked."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Float,
    FromClause,
    Interval,
    Select,
    and_,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
)
from sqlmodel import SQLModel

from service.customers import consents
from service.customers.tables import ConsentPurpose, Customer
from service.feedback.rules import NotAskedReason
from service.feedback.tables import Feedback, FeedbackReason, Survey, SurveyInvitation
from service.ground.reads import (
    Condition,
    Entity,
    Expression,
    Listed,
    Many,
    Meets,
    Order,
    Where,
    all_of,
    column,
    exists_in,
    to_many,
    to_one,
)
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.interactions.tables import ContactReason, Interaction
from service.journeys.tables import JourneyInstance
from service.touchpoints.tables import Touchpoint

FEEDBACK = Entity(Feedback, "fbk")
SURVEY = Entity(Survey, "svy")
SURVEY_INVITATION = Entity(SurveyInvitation, "siv")


def score_of(row: FromClause) -> Expression:
    """Return the score to sort by; answers without one come below all others."""
    lowest = literal_column("'-Infinity'::double precision", Float)
    return func.coalesce(row.c.score, lowest, type_=row.c.score.type)


def has_score(row: FromClause) -> Condition:
    """Tell whether an answer has a score."""
    return row.c.score.is_not(None)


SUBMITTED_AT = {"SUBMITTED_AT": Order(column("submitted_at"))}
FEEDBACK_ORDERS = {**SUBMITTED_AT, "SCORE": Order(score_of)}

ALL_FEEDBACK = all_of(Feedback, FEEDBACK_ORDERS)
SURVEYS = all_of(Survey, {"KEY": Order(column("key"))}, descending=False)

customer_of_feedback = to_one(Customer, "customer_id")
survey_of_feedback = to_one(Survey, "survey_id")
touchpoint_of_feedback = to_one(Touchpoint, "touchpoint_id")
interaction_of_feedback = to_one(Interaction, "interaction_id")
instance_of_feedback = to_one(JourneyInstance, "journey_instance_id")

SENT_AT = {"SENT_AT": Order(column("sent_at"))}
invitations_of_survey = to_many(SurveyInvitation, "survey_id", SENT_AT)
invitations_of_customer = to_many(SurveyInvitation, "customer_id", SENT_AT)

answers_of_survey = to_many(Feedback, "survey_id", SUBMITTED_AT)
feedback_of_customer = to_many(Feedback, "customer_id", SUBMITTED_AT)
feedback_of_touchpoint = to_many(Feedback, "touchpoint_id", SUBMITTED_AT)
feedback_of_interaction = to_many(Feedback, "interaction_id", SUBMITTED_AT)
feedback_of_instance = to_many(Feedback, "journey_instance_id", SUBMITTED_AT)
reasons_of_feedback = Many(
    ContactReason,
    lambda feedback, link: link.c.feedback_id == feedback.c.id,
    {"KEY": Order(column("key"))},
    through=FeedbackReason,
    onward=lambda link, reason: link.c.contact_reason_id == reason.c.id,
    descending=False,
)
feedback_of_reason = Many(
    Feedback,
    lambda reason, link: link.c.contact_reason_id == reason.c.id,
    SUBMITTED_AT,
    through=FeedbackReason,
    onward=lambda link, feedback: link.c.feedback_id == feedback.c.id,
    by_link=True,
)


def _id_by_key(model: type[SQLModel], key: Expression) -> Expression:
    """Return the id of the thing with this key; null, which equals nothing, where there is none."""
    table = table_of(model).alias()
    return select(table.c.id).where(table.c.tenant_id == TENANT, table.c.key == key).scalar_subquery()


def _speaks_of(feedback: FromClause, key: Expression) -> Condition:
    reason = _id_by_key(ContactReason, key)
    return exists_in(
        FeedbackReason,
        lambda link: and_(link.c.feedback_id == feedback.c.id, link.c.contact_reason_id == reason),
    )


by_key = Where(column("key"))
by_id = Where(column("id"), names=Feedback)
by_customer = Where(column("customer_id"), names=Customer)
by_survey = Where(column("survey_id"), names=Survey)
by_survey_key = Meets(lambda row, key: row.c.survey_id == _id_by_key(Survey, key))
by_touchpoint = Where(column("touchpoint_id"), names=Touchpoint)
by_touchpoint_key = Meets(lambda row, key: row.c.touchpoint_id == _id_by_key(Touchpoint, key))
by_reason_key = Meets(_speaks_of)
has_verbatim = Where(lambda row: row.c.verbatim.is_not(None))
by_score = Where(score_of, only=has_score)


def _days(number: Expression) -> Expression:
    return number * cast(literal_column("'1 day'"), Interval)


def _last(
    model: type[SQLModel],
    at: str,
    customer: FromClause,
    survey: FromClause,
    *,
    own: bool,
) -> Expression:
    """Return when a customer was last seen with a survey, or with any other than it; null for never."""
    one = table_of(model).alias()
    which = one.c.survey_id == survey.c.id if own else one.c.survey_id != survey.c.id
    return (
        select(func.max(one.c[at]))
        .where(one.c.tenant_id == TENANT, one.c.customer_id == customer.c.id, which)
        .correlate(customer, survey)
        .scalar_subquery()
    )


PAUSES: Mapping[NotAskedReason, tuple[type[SQLModel], str, bool]] = {
    NotAskedReason.ANSWERED_THIS_SURVEY: (Feedback, "submitted_at", True),
    NotAskedReason.INVITED_TO_THIS_SURVEY: (SurveyInvitation, "sent_at", True),
    NotAskedReason.ANSWERED_ANOTHER_SURVEY: (Feedback, "submitted_at", False),
    NotAskedReason.INVITED_TO_ANOTHER_SURVEY: (SurveyInvitation, "sent_at", False),
}
"""What pauses a survey, in the order in which it is told of those that end together."""


def _pauses(customer: FromClause) -> "Select[Any]":
    """Select until when each survey leaves a customer alone, for each reason, and what the customer said."""
    survey = table_of(Survey).alias()
    pauses = [
        (
            _last(model, at, customer, survey, own=own)
            + _days(survey.c.cooldown_days if own else survey.c.quiet_days)
        ).label(reason)
        for reason, (model, at, own) in PAUSES.items()
    ]
    word = consents.latest(customer.c.id, ConsentPurpose.FEEDBACK)
    return select(survey.c.id, survey.c.key, survey.c.needs_consent, word.label("word"), *pauses).where(
        survey.c.tenant_id == TENANT
    )


def _asking(customer: FromClause) -> "Select[Any]":
    """Select one row for each survey; the same rule as `rules.may_ask`, over all that is known."""
    pause = _pauses(customer).subquery()
    refused = pause.c.word.in_([literal_column(f"'{status}'") for status in consents.REFUSALS])
    unasked = and_(pause.c.needs_consent, pause.c.word.is_(None))
    last = func.greatest(*(pause.c[reason] for reason in PAUSES))
    running = last > func.now()
    until = case((or_(refused, unasked), None), (running, last), else_=None)
    reason = case(
        (refused, NotAskedReason.OPTED_OUT.value),
        (unasked, NotAskedReason.NO_CONSENT.value),
        *((and_(running, pause.c[reason] == last), reason.value) for reason in PAUSES),
        else_=None,
    )
    return select(
        pause.c.id.label("survey_id"),
        reason.is_(None).label("allowed"),
        reason.label("reason"),
        until.label("next_allowed_at"),
    ).order_by(pause.c.key)


asking_of_customer = Listed(_asking)
survey_of_permission = to_one(Survey, "survey_id")
