"""What it means: tables, rules, reads and writes of the nine chapters of customer experience."""

from service import customers, journeys, touchpoints

__all__ = ["customers", "journeys", "touchpoints"]
