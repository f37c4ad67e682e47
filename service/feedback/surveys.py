"""What is asked, of whom, and how often? Surveys change, but never the scale of answers that were given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, literal_column, select

from service.customers import consents
from service.customers.tables import ConsentPurpose
from service.feedback.rules import CUSTOMARY_SCALES, Asking, NotAskedReason, Pause, may_ask
from service.feedback.tables import Feedback, Survey, SurveyInvitation, SurveyKind
from service.ground.batches import Outcome
from service.ground.problems import Invalid, NotFound, Required
from service.ground.session import Session, check_version
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of

FIXED_BY_ANSWERS = ("kind", "scale_min", "scale_max", "direction")
NEEDED = ("name", "kind", "purpose")
CHECKED = ("kind", "scale_min", "scale_max", "cooldown_days", "quiet_days")
OWN_PATHS = {"scale_min": "scaleMin", "scale_max": "scaleMax"}

_feedback = table_of(Feedback)
_invitation = table_of(SurveyInvitation)
ANY_ANSWER = Statement(
    select(literal_column("1"))
    .where(_feedback.c.tenant_id == TENANT, _feedback.c.survey_id == bindparam("survey"))
    .limit(literal_column("1"))
)
LAST_ANSWERS = Statement(
    select(_feedback.c.survey_id, func.max(_feedback.c.submitted_at).label("at"))
    .where(_feedback.c.tenant_id == TENANT, _feedback.c.customer_id == bindparam("customer"))
    .where(_feedback.c.survey_id.is_not(None))
    .group_by(_feedback.c.survey_id)
)
LAST_INVITATIONS = Statement(
    select(_invitation.c.survey_id, func.max(_invitation.c.sent_at).label("at"))
    .where(_invitation.c.tenant_id == TENANT, _invitation.c.customer_id == bindparam("customer"))
    .group_by(_invitation.c.survey_id)
)
WORD = Statement(
    select(consents.latest(bindparam("customer", type_=Uuid()), ConsentPurpose.FEEDBACK).label("word"))
)


@dataclass(frozen=True, slots=True)
class SurveyPatch:
    """What is to be true of the survey with this key; columns that are not named stay as they are."""

    key: str
    values: Mapping[str, Any]
    expected_version: int | None = None


async def survey_upsert(session: Session, patch: SurveyPatch) -> tuple[UUID, Outcome]:
    """Create or change a survey; raises Invalid for another scale where answers exist."""
    found = await session.find(Survey, key=patch.key, locked=True)
    if not found:
        return _create(session, patch), Outcome.CREATED
    [survey] = found
    check_version(survey, patch.expected_version)
    changes = {name: value for name, value in patch.values.items() if getattr(survey, name) != value}
    if not changes:
        return survey.id, Outcome.UNCHANGED
    await _check_changes(session, survey, changes)
    await session.change(survey, **changes)
    session.emit("survey.updated", survey.id, changed=sorted(changes))
    return survey.id, Outcome.UPDATED


async def may_be_asked(session: Session, customer_id: UUID, survey_key: str) -> Asking:
    """Tell whether a survey may be put to a customer now; raises NotFound for an unknown survey."""
    return await asking(session, customer_id, await named(session, survey_key))


async def named(session: Session, survey_key: str) -> Survey:
    """Return the survey with this key; raises NotFound."""
    found = await session.find(Survey, key=survey_key)
    if not found:
        raise NotFound("surveyKey", thing="survey", key="key")
    return found[0]


async def asking(session: Session, customer_id: UUID, survey: Survey) -> Asking:
    """Tell whether a survey may be put to a customer now."""
    own, other = timedelta(days=survey.cooldown_days), timedelta(days=survey.quiet_days)
    answers, invitations = [
        [(row["survey_id"], row["at"]) for row in await session.rows(statement, customer=customer_id)]
        for statement in (LAST_ANSWERS, LAST_INVITATIONS)
    ]
    word = await session.row(WORD, customer=customer_id)
    refusal = _refusal(word["word"] if word else None, needed=survey.needs_consent)
    pause = Pause(survey.id, own, other)
    return may_ask(pause, answers, session.now, last_invitations=invitations, refusal=refusal)


def _refusal(word: str | None, *, needed: bool) -> NotAskedReason | None:
    if word in consents.REFUSALS:
        return NotAskedReason.OPTED_OUT
    return NotAskedReason.NO_CONSENT if needed and word is None else None


def _create(session: Session, patch: SurveyPatch) -> UUID:
    for name in NEEDED:
        if not patch.values.get(name):
            raise Required(name)
    scale = CUSTOMARY_SCALES[SurveyKind(str(patch.values["kind"]))]
    customary = {"scale_min": scale.least, "scale_max": scale.most, "direction": scale.direction}
    values: dict[str, Any] = {
        "cooldown_days": 0,
        "quiet_days": 0,
        "needs_consent": False,
        **customary,
        **patch.values,
    }
    _check(values)
    survey = session.add(Survey(key=patch.key, **values))
    session.emit("survey.created", survey.id)
    return survey.id


async def _check_changes(session: Session, survey: Survey, changes: Mapping[str, Any]) -> None:
    fixed = [name for name in FIXED_BY_ANSWERS if name in changes]
    if fixed and await session.row(ANY_ANSWER, survey=survey.id):
        field = OWN_PATHS.get(fixed[0], fixed[0])
        reason = "Answers on another scale could not be compared; make a new survey."
        raise Invalid(field, reason=f"This survey has answers: its kind, scale and direction stay. {reason}")
    _check({name: changes.get(name, getattr(survey, name)) for name in CHECKED})


def _check(values: Mapping[str, Any]) -> None:
    kind, least, most, *pauses = (values[name] for name in CHECKED)
    if not least < most:
        raise Invalid("scaleMax", reason="A scale ends above its beginning.")
    if kind == SurveyKind.NPS and (least, most) != (0, 10):
        raise Invalid("scaleMax", reason="NPS is asked from 0 to 10.")
    if min(pauses) < 0:
        raise Invalid("cooldownDays", reason="A pause is not negative.")
