"""Who was asked? An invitation is kept because it tires; nobody is asked whom the fatigue rule protects."""

from datetime import datetime
from uuid import UUID

from service.customers import CustomerRef, require
from service.feedback.rules import NotAskedReason
from service.feedback.surveys import asking, named
from service.feedback.tables import SurveyInvitation
from service.ground.problems import Blocked
from service.ground.session import Session
from service.interactions.tables import Interaction
from service.touchpoints.tables import Channel

WHY_NOT = {
    NotAskedReason.ANSWERED_THIS_SURVEY: "The customer has answered this survey not long ago",
    NotAskedReason.ANSWERED_ANOTHER_SURVEY: "The customer has answered another survey not long ago",
    NotAskedReason.INVITED_TO_THIS_SURVEY: "The customer was asked the same not long ago",
    NotAskedReason.INVITED_TO_ANOTHER_SURVEY: "The customer was asked something else not long ago",
    NotAskedReason.OPTED_OUT: "The customer does not want to be asked",
    NotAskedReason.NO_CONSENT: "The customer never agreed to be asked",
}


async def invite(
    session: Session,
    customer: CustomerRef,
    survey_key: str,
    channel: Channel,
    *,
    interaction_id: UUID | None = None,
) -> UUID:
    """Record that a survey is put to a customer now; raises NotFound, Blocked where that may not be."""
    survey = await named(session, survey_key)
    customer_id = await require(session, customer, "customer")
    if interaction_id is not None:
        await session.get(Interaction, interaction_id, "interactionId")
    found = await asking(session, customer_id, survey)
    if found.reason is not None:
        raise Blocked("customer", reasons=[_sentence(found.reason, found.next_at)])
    row = SurveyInvitation(
        survey_id=survey.id,
        customer_id=customer_id,
        interaction_id=interaction_id,
        channel=channel,
        sent_at=session.now,
        sent_by=session.actor.subject,
    )
    session.add(row)
    session.emit("survey_invitation.sent", row.id, survey=survey_key, customer=str(customer_id))
    return row.id


def _sentence(reason: NotAskedReason, next_at: datetime | None) -> str:
    return f"{WHY_NOT[reason]}{f'; from {next_at.isoformat()} on it is allowed' if next_at else ''}."
