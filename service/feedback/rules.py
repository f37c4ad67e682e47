"""What does an answer mean? NPS groups, low scores, scales, and when a customer may be asked again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from service.feedback.tables import FeedbackKind, NpsCategory, ScaleDirection, SurveyKind

PROMOTER_FROM = 9
PASSIVE_FROM = 7
LOW_PART = 0.4
"""The part of a scale, from its bad end, below which an answer is low: 1-2 of 5, 1-3 of 7, 0-3 of 10."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The numbers an answer may have, both ends included, and which end is the good one."""

    least: float
    most: float
    direction: ScaleDirection = ScaleDirection.HIGHER_IS_BETTER

    def holds(self, score: float) -> bool:
        """Tell whether a score lies on the scale."""
        return self.least <= score <= self.most

    def merit(self, score: float) -> float:
        """Return how good a score is: 0 at the bad end, 1 at the good end."""
        part = (score - self.least) / (self.most - self.least)
        return part if self.direction is ScaleDirection.HIGHER_IS_BETTER else 1 - part


NPS_SCALE = Scale(0, 10)
CUSTOMARY_SCALES = {SurveyKind.NPS: NPS_SCALE, SurveyKind.CSAT: Scale(1, 5), SurveyKind.CES: Scale(1, 7)}
"""The scale a survey has where nothing else is said."""


class NotAskedReason(StrEnum):
    """Why a customer is left alone."""

    ANSWERED_THIS_SURVEY = "ANSWERED_THIS_SURVEY"
    ANSWERED_ANOTHER_SURVEY = "ANSWERED_ANOTHER_SURVEY"
    INVITED_TO_THIS_SURVEY = "INVITED_TO_THIS_SURVEY"
    INVITED_TO_ANOTHER_SURVEY = "INVITED_TO_ANOTHER_SURVEY"
    OPTED_OUT = "OPTED_OUT"
    NO_CONSENT = "NO_CONSENT"


@dataclass(frozen=True, slots=True)
class Asking:
    """Whether a customer may be asked; `next_at` is the first moment at which it is allowed.

    It is None for now, and where no time but only the customer's own word can change it.
    """

    reason: NotAskedReason | None = None
    next_at: datetime | None = None

    @property
    def allowed(self) -> bool:
        """Whether asking is allowed."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Pause:
    """How long a survey leaves customers alone after an answer or invitation to itself, and to any other."""

    survey_id: UUID
    after_own_answer: timedelta
    after_other_answer: timedelta


def nps_category(score: float) -> NpsCategory | None:
    """Return the group of a likelihood to recommend; None for anything but a whole number from 0 to 10."""
    if not NPS_SCALE.holds(score) or score != int(score):
        return None
    if score < PASSIVE_FROM:
        return NpsCategory.DETRACTOR
    return NpsCategory.PASSIVE if score < PROMOTER_FROM else NpsCategory.PROMOTER


def is_low(kind: FeedbackKind, score: float | None, scale: Scale | None) -> bool:
    """Tell whether an answer asks for recovery: a detractor, or a score low on its scale (see LOW_PART)."""
    if score is None or scale is None:
        return False
    match kind:
        case FeedbackKind.NPS:
            return nps_category(score) is NpsCategory.DETRACTOR
        case FeedbackKind.CSAT | FeedbackKind.CES | FeedbackKind.RATING:
            return scale.merit(score) < LOW_PART
        case FeedbackKind.VERBATIM:
            return False
    assert_never(kind)


BECAUSE = {
    (True, True): NotAskedReason.ANSWERED_THIS_SURVEY,
    (True, False): NotAskedReason.INVITED_TO_THIS_SURVEY,
    (False, True): NotAskedReason.ANSWERED_ANOTHER_SURVEY,
    (False, False): NotAskedReason.INVITED_TO_ANOTHER_SURVEY,
}
"""Why a customer is left alone, by whether it was this survey, and whether it was answered."""


def may_ask(
    pause: Pause,
    last_answers: Iterable[tuple[UUID, datetime]],
    now: datetime,
    *,
    last_invitations: Iterable[tuple[UUID, datetime]] = (),
    refusal: NotAskedReason | None = None,
) -> Asking:
    """Tell whether a survey may be put to a customer whose last answer and invitation to each are known.

    A customer's own word, `refusal`, comes before every pause. Of several pauses the one that ends last
    counts; of those that end together the survey's own is told, and an answer before an invitation.
    """
    if refusal is not None:
        return Asking(refusal)
    contacts = [(*one, True) for one in last_answers] + [(*one, False) for one in last_invitations]
    pauses = []
    for survey_id, at, answered in contacts:
        is_own = survey_id == pause.survey_id
        until = at + (pause.after_own_answer if is_own else pause.after_other_answer)
        if now < until:
            pauses.append((until, is_own, answered))
    if not pauses:
        return Asking()
    until, is_own, answered = max(pauses)
    return Asking(BECAUSE[is_own, answered], until)
