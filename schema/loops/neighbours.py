"""What became of it? Customers, signals, insights and initiatives, seen from the end of the story."""

from schema.customers.types import Customer
from schema.feedback.types import Feedback
from schema.ground.connections import Connection
from schema.ground.fields import column, connection, extend
from schema.initiatives.types import Initiative
from schema.insights.types import Evidence, Insight
from schema.interactions.types import Interaction, Team
from schema.loops.queries import FeedbackLoopFilter, FollowUpFilter, RecoveryFilter
from schema.loops.types import FeedbackLoop, FollowUp, Huddle, Recovery
from schema.touchpoints.types import TouchpointEvent
from service.loops import levels, reads
from service.loops.levels import LoopLevel

OPENED = "The recoveries that were opened because of it, latest first."
BECAME = "How far its loop has come."


@extend(Customer)
class CustomerLoops:
    """What a customer shows of being won back and told."""

    recoveries: Connection[Recovery] = connection(
        "The recoveries of this customer, latest first.",
        reads.recoveries_of_customer,
        filter_by=RecoveryFilter,
    )
    follow_ups: Connection[FollowUp] = connection(
        "What this customer is owed, latest first.", reads.follow_ups_of_customer, filter_by=FollowUpFilter
    )


@extend(Feedback)
class FeedbackRecoveries:
    """What feedback shows of what became of it."""

    loop_level: LoopLevel = column(BECAME, levels.level_of_feedback)
    recoveries: Connection[Recovery] = connection(
        OPENED, reads.recoveries_of_feedback, filter_by=RecoveryFilter
    )


@extend(Interaction)
class InteractionRecoveries:
    """What an interaction shows of what became of it."""

    loop_level: LoopLevel = column(BECAME, levels.level_of_interaction)
    recoveries: Connection[Recovery] = connection(
        OPENED, reads.recoveries_of_interaction, filter_by=RecoveryFilter
    )


@extend(TouchpointEvent)
class TouchpointEventRecoveries:
    """What a touchpoint event shows of what became of it."""

    loop_level: LoopLevel = column(BECAME, levels.level_of_touchpoint_event)
    recoveries: Connection[Recovery] = connection(
        OPENED, reads.recoveries_of_touchpoint_event, filter_by=RecoveryFilter
    )


@extend(Evidence)
class EvidenceLoops:
    """What evidence shows of what became of the words."""

    loop_level: LoopLevel = column("How far the loop of the signal has come.", levels.level_of_evidence)
    follow_ups: Connection[FollowUp] = connection(
        "The follow-ups that quote it, latest first.", reads.follow_ups_of_evidence, filter_by=FollowUpFilter
    )


@extend(Insight)
class InsightLoops:
    """What an insight shows of its loops."""

    loops: Connection[FeedbackLoop] = connection(
        "Its loops, latest first.", reads.loops_of_insight, filter_by=FeedbackLoopFilter
    )


@extend(Initiative)
class InitiativeLoops:
    """What an initiative shows of its loops and of whom it owes an answer."""

    loops: Connection[FeedbackLoop] = connection(
        "Its loops, latest first.", reads.loops_of_initiative, filter_by=FeedbackLoopFilter
    )
    follow_ups: Connection[FollowUp] = connection(
        "Who is to be told about it, latest first.", reads.follow_ups_of_initiative, filter_by=FollowUpFilter
    )


@extend(Team)
class TeamHuddles:
    """What a team shows of its huddles."""

    huddles: Connection[Huddle] = connection("Its huddles, latest first.", reads.huddles_of_team)
