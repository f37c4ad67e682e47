"""What it means: tables, rules, reads and writes of the nine chapters of customer experience."""

from service import (
    customers,
    insights,
    initiatives,
)

__all__ = [
    "customers",
    "insights",
    "initiatives",
]
