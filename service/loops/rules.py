"""What follows from a signal? Which rule it meets, how urgent it is, and which follow-up stays."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from service.feedback.rules import Scale, is_low
from service.feedback.tables import FeedbackKind, ScaleDirection
from service.loops.tables import FollowUpStatus, RecoveryTrigger
from service.touchpoints.tables import Channel

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

TRIGGERS = {
    FeedbackKind.NPS: RecoveryTrigger.DETRACTOR,
    FeedbackKind.CSAT: RecoveryTrigger.CSAT_LOW,
    FeedbackKind.RATING: RecoveryTrigger.CSAT_LOW,
    FeedbackKind.CES: RecoveryTrigger.CES_LOW,
}
"""What a low score of each kind calls for; words alone are for the rules of keywords."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """A signal that may call for a recovery, as far as rules look at it.

    `triggers` are what it is by itself: a breach, an abandonment; a score or words are looked at by the rule.
    """

    customer_id: UUID
    occurred_at: datetime
    triggers: frozenset[RecoveryTrigger] = frozenset()
    feedback_id: UUID | None = None
    interaction_id: UUID | None = None
    kind: FeedbackKind = FeedbackKind.VERBATIM
    score: float | None = None
    scale: Scale | None = None
    words: str | None = None
    channel: Channel | None = None
    survey_id: UUID | None = None
    touchpoint_id: UUID | None = None
    reason_ids: frozenset[UUID] = frozenset()
    segment_ids: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule says; conditions that are None hold for every signal."""

    trigger: RecoveryTrigger
    id: UUID | None = None
    worst_part: float | None = None
    survey_id: UUID | None = None
    touchpoint_id: UUID | None = None
    contact_reason_id: UUID | None = None
    segment_id: UUID | None = None
    channel: Channel | None = None
    keywords: str | None = None
    severity: int | None = None
    owner: str | None = None
    team_id: UUID | None = None
    business_calendar_id: UUID | None = None
    acknowledge_within_seconds: int | None = None
    recover_within_seconds: int | None = None
    quiet_days: int = 0

    def matches(self, occasion: Occasion) -> bool:
        """Tell whether a signal meets the trigger and every condition."""
        return (
            self.survey_id in {None, occasion.survey_id}
            and self.touchpoint_id in {None, occasion.touchpoint_id}
            and self.channel in {None, occasion.channel}
            and (self.contact_reason_id is None or self.contact_reason_id in occasion.reason_ids)
            and (self.segment_id is None or self.segment_id in occasion.segment_ids)
            and self._is_triggered(occasion)
        )

    def _is_triggered(self, occasion: Occasion) -> bool:
        if self.trigger is RecoveryTrigger.KEYWORD:
            return bool(occasion.words and _pattern(self.keywords or "").search(occasion.words))
        if TRIGGERS.get(occasion.kind) is self.trigger:
            return _is_poor(occasion, self.worst_part)
        return self.trigger in occasion.triggers

    def severity_of(self, occasion: Occasion) -> int:
        """Return how urgent a matching signal is, from 1 to 5."""
        return self.severity or severity_of(occasion.score, occasion.scale)


STANDARD_RULES = (
    Rule(RecoveryTrigger.DETRACTOR),
    Rule(RecoveryTrigger.CSAT_LOW),
    Rule(RecoveryTrigger.CES_LOW),
)
"""What holds for a tenant that has no active rule of its own."""


def first_match(rules: Sequence[Rule], occasion: Occasion) -> Rule | None:
    """Return the first rule that a signal meets, None where it meets none."""
    return next((rule for rule in rules if rule.matches(occasion)), None)


def scale_of(least: float | None, most: float | None, direction: str | None) -> Scale | None:
    """Return the scale of a score, None for words alone."""
    if least is None or most is None or direction is None:
        return None
    return Scale(least, most, ScaleDirection(direction))


def severity_of(score: float | None, scale: Scale | None) -> int:
    """Return how urgent an answer is, from 2 to 4; 1 and 5 are for people to say."""
    if scale is None or score is None:
        return 2
    merit = scale.merit(score)
    if merit <= WORST_PART:
        return 4
    return 3 if merit <= POOR_PART else 2


def _is_poor(occasion: Occasion, worst_part: float | None) -> bool:
    if worst_part is None:
        return is_low(occasion.kind, occasion.score, occasion.scale)
    if occasion.score is None or occasion.scale is None:
        return False
    return occasion.scale.merit(occasion.score) <= worst_part


@lru_cache(maxsize=1_000)
def _pattern(keywords: str) -> re.Pattern[str]:
    """Return what finds any of the words or phrases, one a line, whole and in whatever case."""
    phrases = [re.escape(line.strip()) for line in keywords.splitlines() if line.strip()]
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases) or '(?!)'})(?!\w)", re.IGNORECASE)
