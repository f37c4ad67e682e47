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
from service.ground import audit, idempotency, retention, schedule, seals

__all__ = [
    "access",
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
    "schedule",
    "seals",
    "touchpoints",
    "webhooks",
]
