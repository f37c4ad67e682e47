"""How do a customer and a journey stand? Health with its parts, how far customers get, what they remember."""

import strawberry

from schema.customers.types import Customer
from schema.feedback.types import Feedback
from schema.ground.fields import column, extend, listed, nested, one
from schema.journeys.types import Journey, JourneyInstance
from service.ground.reads import Listed
from service.metrics import customer_health, funnels, remembering


@strawberry.type(description="What one part of what is known says of a customer.")
class HealthContribution:
    """A part."""

    name: str = column("What it looks at, such as SATISFACTION.")
    weight: float = column("How much it counts.")
    score: float | None = column("From 0 to 100; null where nothing is known.")


@strawberry.type(description="How a customer is doing, from 0 to 100.")
class Health:
    """A score."""

    score: float | None = column(
        "The weighted mean of what is known; null where that is less than half of the weight.",
        customer_health.score,
    )
    contributions: list[HealthContribution] = listed(
        "Its parts: the scores, the promises kept, what stayed solved, and the words.",
        Listed(customer_health.contributions),
    )


@strawberry.type(description="How many customers reached one stage of a journey.")
class FunnelStage:
    """A stage of a funnel."""

    key: str = column("The key of the stage.")
    position: int = column("Its place in the journey, from 1.")
    reached: int = column("How many customers reached it, in order and within 30 days of their first entry.")
    share: float | None = column("Of those who entered the journey; null where nobody did.")


@extend(Customer)
class CustomerHealth:
    """What a customer's health adds."""

    health: Health = nested("How the customer is doing, and why.")


@extend(Journey)
class JourneyFunnel:
    """What a journey's funnel adds."""

    funnel: list[FunnelStage] = listed("How far customers get, stage by stage.", Listed(funnels.funnel))


@extend(JourneyInstance)
class JourneyInstanceMoments:
    """What a way through a journey adds: what its customer will remember."""

    worst_moment: Feedback | None = one(
        "What was said when the score was lowest, the first of several; null where no score was given.",
        remembering.said_at_worst,
    )
    worst_score: float | None = column(
        "The lowest score, from 0 to 100 of its scale; null where none was given.",
        remembering.worst_moment_of,
    )
    peak_end_score: float | None = column(
        "The mean of the score farthest from the middle and the last one, from 0 to 100; null where none was "
        "given.",
        remembering.peak_end_of,
    )
