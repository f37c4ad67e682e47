"""What it means: tables, rules, reads and writes of the nine chapters of customer experience."""

from service import (
    customers,
    initiatives,
    insights,
    interactions,
    journeys,
    touchpoints,
)

__all__ = [
    "customers",
    "initiatives",
    "insights",
    "interactions",
    "journeys",
    "touchpoints",
]
