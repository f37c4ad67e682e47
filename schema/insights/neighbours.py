"""Where do insights show? On the signals that back them, and on what they are pinned to."""

from schema.customers.types import Customer
from schema.feedback.types import Feedback
from schema.ground.connections import Connection
from schema.ground.fields import connection, extend
from schema.insights.queries import InsightFilter
from schema.insights.types import Evidence, Insight, Theme
from schema.interactions.types import ContactReason, Interaction
from schema.journeys.types import JourneyStage
from schema.touchpoints.types import Touchpoint, TouchpointEvent
from service.insights import reads


@extend(Interaction)
class InteractionInsights:
    """What an interaction shows of the insights it backs."""

    evidence: Connection[Evidence] = connection(
        "What it is evidence of, linked last first.", reads.evidence_from("interaction_id")
    )
    insights: Connection[Insight] = connection(
        "The insights it backs, linked last first.", reads.insights_from("interaction_id")
    )


@extend(Feedback)
class FeedbackInsights:
    """What feedback shows of the insights it backs."""

    evidence: Connection[Evidence] = connection(
        "What it is evidence of, linked last first.", reads.evidence_from("feedback_id")
    )
    insights: Connection[Insight] = connection(
        "The insights it backs, linked last first.", reads.insights_from("feedback_id")
    )
    themes: Connection[Theme] = connection(
        "The themes it speaks of, linked last first.", reads.themes_of_feedback
    )


@extend(TouchpointEvent)
class TouchpointEventInsights:
    """What an event shows of the insights it backs."""

    evidence: Connection[Evidence] = connection(
        "What it is evidence of, linked last first.", reads.evidence_from("touchpoint_event_id")
    )
    insights: Connection[Insight] = connection(
        "The insights it backs, linked last first.", reads.insights_from("touchpoint_event_id")
    )


@extend(Customer)
class CustomerInsights:
    """What a customer shows of the insights that the customer's signals back."""

    insights: Connection[Insight] = connection(
        "The insights that the customer's signals back, changed last first.", reads.insights_of_customer
    )


@extend(Touchpoint)
class TouchpointInsights:
    """What a touchpoint shows of the insights pinned to it."""

    insights: Connection[Insight] = connection(
        "The insights pinned to it, changed last first.",
        reads.insights_of_touchpoint,
        filter_by=InsightFilter,
    )


@extend(JourneyStage)
class JourneyStageInsights:
    """What a stage shows of the insights pinned to it."""

    insights: Connection[Insight] = connection(
        "The insights pinned to it, changed last first.", reads.insights_of_stage, filter_by=InsightFilter
    )


@extend(ContactReason)
class ContactReasonInsights:
    """What a contact reason shows of the insights pinned to it."""

    insights: Connection[Insight] = connection(
        "The insights pinned to it, changed last first.", reads.insights_of_reason, filter_by=InsightFilter
    )


@extend(Theme)
class ThemeInsights:
    """What a theme shows of the insights pinned to it."""

    insights: Connection[Insight] = connection(
        "The insights pinned to it, changed last first.", reads.insights_of_theme, filter_by=InsightFilter
    )
