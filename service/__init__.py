"""What it means: tables, rules, reads and writes of the nine chapters of customer experience."""

from service import customers, interactions, journeys, touchpoints

__all__ = ["customers", "interactions", "journeys", "touchpoints"]
