"""What do we believe, and why? Insights with their evidence, elevations of the front line, themes."""

from service.insights import (
    churn,
    churn_tables,
    detection,
    discovery,
    drivers,
    elevations,
    evidence,
    factors,
    finding_tables,
    friction,
    measures,
    suggestions,
    themes,
)
from service.insights.rules import PriorityInputs
from service.insights.signals import Signal
from service.insights.writes import (
    Standing,
    change,
    draft,
    merge,
    note_follow_up_due,
    note_initiatives,
    pins,
    prioritise,
    regress,
    transition,
)

__all__ = [
    "PriorityInputs",
    "Signal",
    "Standing",
    "change",
    "churn",
    "churn_tables",
    "detection",
    "discovery",
    "draft",
    "drivers",
    "elevations",
    "evidence",
    "factors",
    "finding_tables",
    "friction",
    "measures",
    "merge",
    "note_follow_up_due",
    "note_initiatives",
    "pins",
    "prioritise",
    "regress",
    "suggestions",
    "themes",
    "transition",
]
