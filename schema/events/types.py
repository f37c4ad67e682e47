"""How does an event look to a client? What happened, when, by whom, and what it happened to as it is now."""

from datetime import datetime
from typing import Annotated

import strawberry
from sqlalchemy import FromClause, and_, func, literal_column

from schema.customers.types import Account, Customer
from schema.feedback.types import Feedback, Survey, SurveyInvitation
from schema.ground.fields import column, entity, one
from schema.ground.roots import Node
from schema.initiatives.types import ImpactEvaluation, Initiative, MeasurementPlan
from schema.insights.findings import Suggestion
from schema.insights.types import Elevation, Evidence, Insight, Theme
from schema.interactions.clocks import BusinessCalendar, Clock, SlaPolicy
from schema.interactions.types import ContactReason, Interaction, Team
from schema.journeys.types import Journey, JourneyInstance
from schema.loops.rule_types import RecoveryRule
from schema.loops.types import FeedbackLoop, FollowUp, Huddle, Recovery
from schema.touchpoints.types import Touchpoint, TouchpointEvent
from service.access.reads import API_KEY
from service.customers import tables as customers
from service.events import THINGS
from service.ground.events import OutboxEvent
from service.ground.reads import Condition, Entity, OfPair, OneOf, Variant, to_one

EVENT = Entity(OutboxEvent, "evt")

EventSubject = Annotated[
    Customer
    | Account
    | Journey
    | JourneyInstance
    | Touchpoint
    | TouchpointEvent
    | Interaction
    | Clock
    | SlaPolicy
    | BusinessCalendar
    | Team
    | ContactReason
    | Survey
    | SurveyInvitation
    | Feedback
    | Insight
    | Suggestion
    | Elevation
    | Evidence
    | Theme
    | Initiative
    | MeasurementPlan
    | ImpactEvaluation
    | Recovery
    | RecoveryRule
    | FollowUp
    | FeedbackLoop
    | Huddle,
    strawberry.union("EventSubject", description="A thing that events tell of."),
]


def _of_kind(kind: str) -> OfPair:
    """Relate an event to its subject in the table of one kind of thing."""

    def on(event: FromClause, subject: FromClause) -> Condition:
        of_type = func.split_part(event.c.type, literal_column("'.'"), literal_column("1"))
        return and_(of_type == literal_column(f"'{kind}'"), event.c.subject_id == subject.c.id)

    return on


SUBJECT = OneOf(
    tuple(
        Variant(thing.node.model, _of_kind(kind))
        for kind, thing in THINGS.items()
        if thing.node and thing.node is not API_KEY
    )
)


@entity(EVENT, name="Event", description="Something that happened, told once and for all.")
class Event(Node):
    """An event."""

    type: str = column("What happened to what kind of thing, such as `feedback.submitted`.")
    occurred_at: datetime = column("When it happened.")
    actor: str = column("Who did it: a subject of the identity provider, `integration:<name>`, or `system`.")
    subject: EventSubject | None = one(
        "What it happened to, as it is now; null where it is gone, or is no thing of the graph.", SUBJECT
    )
    customer: Customer | None = one(
        "Whom it concerns, where that was known when it was sent.", to_one(customers.Customer, "customer_id")
    )
