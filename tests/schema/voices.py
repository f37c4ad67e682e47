"""What do the tests of feedback send? Surveys, submissions and imports, and what they can name."""

from typing import Any

from infra.database import Database
from service.ground.actor import Actor
from service.interactions.tables import ContactReason, Interaction, ReasonKind
from service.touchpoints.tables import Channel, Medium, Touchpoint
from tests.ground import Answering

SURVEY = """mutation($input: SurveyUpsertInput!) { surveyUpsert(input: $input) {
  outcome userErrors { code message field }
  survey { id key name kind purpose scaleMin scaleMax direction cooldownDays quietDays version } } }"""
SUBMIT = """mutation($input: FeedbackSubmitInput!) { feedbackSubmit(input: $input) {
  outcome userErrors { code message field }
  feedback { id source key sourceKind kind npsCategory verbatim language channel weight recordedBy submittedAt
    score { value min max direction } sentiment { value judge source confidence } emotion { value }
    customer { email } survey { key } } } }"""
IMPORT = """mutation($input: FeedbackImportInput!) { feedbackImport(input: $input) {
  summary { received created duplicates rejected }
  results { index outcome feedback { id key } userErrors { code message field } } } }"""
CUSTOMER = """mutation { customerUpsert(input: {match: {email: "ada@example.org"}, displayName: "Ada"})
  { customer { id } } }"""
COUNT = "query($filter: FeedbackFilter) { feedback(filter: $filter) { totalCount } }"

NPS: dict[str, object] = {"key": "nps", "name": "Recommendation", "kind": "NPS", "purpose": "RELATIONSHIP"}
CSAT: dict[str, object] = {"key": "csat", "name": "Satisfaction", "kind": "CSAT", "purpose": "TRANSACTIONAL"}
ADA = {"email": "ada@example.org"}
MORNING = "2026-01-05T08:00:00Z"


async def asked(ask: Answering, **survey: object) -> dict[str, Any]:
    answer: dict[str, Any] = (await ask(SURVEY, input=survey))["surveyUpsert"]
    return answer


async def submitted(ask: Answering, **sent: object) -> dict[str, Any]:
    answer: dict[str, Any] = (await ask(SUBMIT, input=sent))["feedbackSubmit"]
    return answer


async def imported(ask: Answering, *rows: dict[str, object], **options: object) -> dict[str, Any]:
    answer: dict[str, Any] = (await ask(IMPORT, input={"feedback": rows, **options}))["feedbackImport"]
    return answer


async def count(ask: Answering, **filter_: object) -> int:
    found: int = (await ask(COUNT, filter=filter_))["feedback"]["totalCount"]
    return found


async def events(database: Database, actor: Actor) -> list[dict[str, Any]]:
    sql = "SELECT payload FROM outbox_event WHERE tenant_id = $1 AND type = 'feedback.submitted' ORDER BY id"
    return [row["payload"] for row in await database.pool.fetch(sql, actor.tenant_id)]


def row(key: str, **more: object) -> dict[str, object]:
    return {"source": "panel", "key": key, "submittedAt": MORNING, **more}


async def keep_catalogue(database: Database, actor: Actor) -> None:
    """Keep a touchpoint, two contact reasons and an interaction that feedback can name."""
    async with database.work(actor) as session:
        session.add(Touchpoint(key="gate", name="Gate", channel=Channel.IN_STORE, medium=Medium.HUMAN))
        for key in ("queues", "signs"):
            reason = ContactReason(key=key, name=key, kind=ReasonKind.COMPLAINT, valid_from=session.now)
            session.add(reason)
        now = session.now
        matter = Interaction(source="desk", key="1", channel=Channel.PHONE, opened_at=now, last_event_at=now)
        session.add(matter)
