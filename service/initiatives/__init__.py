"""What do we do about it? Initiatives, their measurement plans and the proof of their effect."""

from service.initiatives import evaluations, judging, measures, plans, watch
from service.initiatives.evaluations import Evaluation
from service.initiatives.projections import follow_merge
from service.initiatives.rules import Plan
from service.initiatives.writes import (
    StepDetails,
    change,
    link,
    override_verdict,
    propose,
    report,
    transition,
    unlink,
)

__all__ = [
    "Evaluation",
    "Plan",
    "StepDetails",
    "change",
    "evaluations",
    "follow_merge",
    "judging",
    "link",
    "measures",
    "override_verdict",
    "plans",
    "propose",
    "report",
    "transition",
    "unlink",
    "watch",
]
