"""What did they say? Surveys, the answers to them, and everything else customers say or others notice."""

from service.feedback.answers import Answer, Judgement
from service.feedback.coding import Coding, code
from service.feedback.invitations import invite
from service.feedback.surveys import SurveyPatch, may_be_asked, survey_upsert
from service.feedback.writes import import_all, submit

__all__ = [
    "Answer",
    "Coding",
    "Judgement",
    "SurveyPatch",
    "code",
    "import_all",
    "invite",
    "may_be_asked",
    "submit",
    "survey_upsert",
]
