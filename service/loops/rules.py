"""What follows from an answer? When and how urgently to win back, and which follow-up of two stays."""

from service.feedback.rules import Scale, is_low
from service.feedback.tables import FeedbackKind, ScaleDirection
from service.loops.tables import FollowUpStatus, RecoveryRule

WORST_PART = 0.1
POOR_PART = 0.4
"""Shares of a scale, from its bad end: up to the first severity 4, up to the second 3, beyond 2."""

FURTHEST_FIRST = (
    FollowUpStatus.DISPUTED,
    FollowUpStatus.CONFIRMED,
    FollowUpStatus.SENT,
    FollowUpStatus.NO_REPLY,
    FollowUpStatus.SUPPRESSED,
    FollowUpStatus.READY,
    FollowUpStatus.OWED,
    FollowUpStatus.WAIVED,
)
"""Which of two follow-ups of one person stays. What the customer said outranks what was said to the customer;
a wish not to be written to outranks a message that is still owed, and that outranks having waived one."""

RULES = {
    FeedbackKind.NPS: RecoveryRule.DETRACTOR,
    FeedbackKind.CSAT: RecoveryRule.LOW_SATISFACTION,
    FeedbackKind.RATING: RecoveryRule.LOW_SATISFACTION,
    FeedbackKind.CES: RecoveryRule.HIGH_EFFORT,
}


def scale_of(least: float | None, most: float | None, direction: str | None) -> Scale | None:
    """Return the scale of a score, None for words alone."""
    if least is None or most is None or direction is None:
        return None
    return Scale(least, most, ScaleDirection(direction))


def rule_for(kind: FeedbackKind, score: float | None, scale: Scale | None) -> RecoveryRule | None:
    """Return the rule by which an answer asks for a recovery, None where it does not."""
    return RULES[kind] if is_low(kind, score, scale) else None


def severity_of(score: float | None, scale: Scale | None) -> int:
    """Return how urgent an answer is, from 2 to 4; 1 and 5 are for people to say."""
    if scale is None or score is None:
        return 2
    merit = scale.merit(score)
    if merit <= WORST_PART:
        return 4
    return 3 if merit <= POOR_PART else 2
