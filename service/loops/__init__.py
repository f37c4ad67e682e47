"""Is it closed? Customers are won back and told what came of it; loops close when nothing is missing."""

from service.loops import feedback_loops, follow_ups, huddles, measures, openings, recoveries
from service.loops.huddles import Decision
from service.loops.levels import LoopLevel
from service.loops.openings import Opening
from service.loops.recoveries import Action, Diagnosis

__all__ = [
    "Action",
    "Decision",
    "Diagnosis",
    "LoopLevel",
    "Opening",
    "feedback_loops",
    "follow_ups",
    "huddles",
    "measures",
    "openings",
    "recoveries",
]
