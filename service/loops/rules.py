"""What follows from an answer? When and how urgently to win back, and which follow-up of two stays."""

from service.feedback.rules import Scale, is_low
from service.feedback.tables import Feedback, FeedbackKind, ScaleDirection
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


def scale_of(feedback: Feedback) -> Scale | None:
    """Return the scale of a score, None for words alone."""
    if feedback.scale_min is None or feedback.scale_max is None or feedback.direction is None:
        return None
    return Scale(feedback.scale_min, feedback.scale_max, ScaleDirection(feedback.direction))


def rule_for(feedback: Feedback) -> RecoveryRule | None:
    """Return the rule by which this answer asks for a recovery, None where it does not."""
    low = is_low(feedback.kind, feedback.score, scale_of(feedback))
    return RULES[feedback.kind] if low else None


def severity_of(feedback: Feedback) -> int:
    """Return how urgent an answer is, from 2 to 4; 1 and 5 are for people to say."""
    scale = scale_of(feedback)
    if scale is None or feedback.score is None:
        return 2
    merit = scale.merit(feedback.score)
    if merit <= WORST_PART:
        return 4
    return 3 if merit <= POOR_PART else 2
