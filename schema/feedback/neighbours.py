"""What does feedback hang on? Touchpoints, interactions, journeys and reasons, seen from both sides."""

from schema.feedback.queries import FeedbackFilter
from schema.feedback.types import Feedback
from schema.ground.connections import Connection
from schema.ground.fields import connection, extend, listed, one
from schema.interactions.types import ContactReason, Interaction
from schema.journeys.types import JourneyInstance
from schema.touchpoints.types import Touchpoint
from service.feedback import reads


@extend(Feedback)
class FeedbackNeighbours:
    """What feedback is about."""

    touchpoint: Touchpoint | None = one("The touchpoint it is about.", reads.touchpoint_of_feedback)
    interaction: Interaction | None = one("The interaction it is about.", reads.interaction_of_feedback)
    journey_instance: JourneyInstance | None = one(
        "The way through a journey on which it was said.", reads.instance_of_feedback
    )
    reasons: list[ContactReason] = listed(
        "The contact reasons the words speak of, by their keys.", reads.reasons_of_feedback
    )


@extend(Touchpoint)
class TouchpointFeedback:
    """What a touchpoint shows of what was said about it."""

    feedback: Connection[Feedback] = connection(
        "What was said about it, latest first.", reads.feedback_of_touchpoint, filter_by=FeedbackFilter
    )


@extend(Interaction)
class InteractionFeedback:
    """What an interaction shows of what was said about it."""

    feedback: Connection[Feedback] = connection(
        "What was said about it, latest first.", reads.feedback_of_interaction, filter_by=FeedbackFilter
    )


@extend(JourneyInstance)
class JourneyInstanceFeedback:
    """What a way through a journey shows of what was said on it."""

    feedback: Connection[Feedback] = connection(
        "What was said on the way, latest first.", reads.feedback_of_instance, filter_by=FeedbackFilter
    )


@extend(ContactReason)
class ContactReasonFeedback:
    """What a contact reason shows of the words that speak of it."""

    feedback: Connection[Feedback] = connection(
        "What speaks of it, latest first.", reads.feedback_of_reason, filter_by=FeedbackFilter
    )
