"""What it means: tables, rules, reads and writes of the nine chapters of customer experience."""

from service import (
    customers,
    feedback,
    initiatives,
    insights,
    interactions,
    journeys,
    loops,
    metrics,
    touchpoints,
)
from service.ground import audit, idempotency, retention, seals

__all__ = [
    "audit",
    "customers",
    "feedback",
    "idempotency",
    "initiatives",
    "insights",
    "interactions",
    "journeys",
    "loops",
    "metrics",
    "retention",
    "seals",
    "touchpoints",
]
