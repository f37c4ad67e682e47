"""How do insights look to a client? The twin of `service.insights`."""

from schema.insights import (
    churn,
    elevations,
    finding_queries,
    findings,
    mutations,
    neighbours,
    queries,
    suggestions,
    themes,
    types,
)

__all__ = [
    "churn",
    "elevations",
    "finding_queries",
    "findings",
    "mutations",
    "neighbours",
    "queries",
    "suggestions",
    "themes",
    "types",
]
