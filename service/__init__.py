"""What it means: tables, rules, reads and writes of the nine chapters of customer experience."""

from service import (
    access,
    customers,
    feedback,
    initiatives,
    insights,
    interactions,
    journeys,
    loops,
    metrics,
    touchpoints,
    webhooks,
)
from service.ground import schedule

__all__ = [
    "access",
    "customers",
    "feedback",
    "initiatives",
    "insights",
    "interactions",
    "journeys",
    "loops",
    "metrics",
    "schedule",
    "touchpoints",
    "webhooks",
]
