"""Is it closed? Customers are won back and told what came of it; loops close when nothing is missing."""

from service.loops import (
    authority,
    feedback_loops,
    follow_ups,
    huddles,
    measures,
    openings,
    overdue,
    owing,
    recoveries,
    recovery_rules,
    remedies,
    reply_links,
    standing,
    terms,
    trials,
)
from service.loops.huddles import Decision
from service.loops.levels import LoopLevel
from service.loops.openings import Opening
from service.loops.recoveries import Diagnosis
from service.loops.recovery_rules import RuleText
from service.loops.remedies import Action

__all__ = [
    "Action",
    "Decision",
    "Diagnosis",
    "LoopLevel",
    "Opening",
    "RuleText",
    "authority",
    "feedback_loops",
    "follow_ups",
    "huddles",
    "measures",
    "openings",
    "overdue",
    "owing",
    "recoveries",
    "recovery_rules",
    "remedies",
    "reply_links",
    "standing",
    "terms",
    "trials",
]
