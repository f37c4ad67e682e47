"""Can clients record what customers say, and find it again?"""

import asyncio
from typing import Any

import pytest

from infra.database import Database
from schema.execution import Graph, Request
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


@pytest.fixture
async def catalogue(database: Database, actor: Actor) -> None:
    """A touchpoint, two contact reasons and an interaction that feedback can name."""
    async with database.work(actor) as session:
        session.add(Touchpoint(key="gate", name="Gate", channel=Channel.IN_STORE, medium=Medium.HUMAN))
        for key in ("queues", "signs"):
            reason = ContactReason(key=key, name=key, kind=ReasonKind.COMPLAINT, valid_from=session.now)
            session.add(reason)
        now = session.now
        matter = Interaction(source="desk", key="1", channel=Channel.PHONE, opened_at=now, last_event_at=now)
        session.add(matter)


async def test_a_new_survey_has_the_customary_scale_of_its_kind(ask: Answering) -> None:
    answer = await asked(ask, **NPS)

    survey = answer["survey"]
    assert answer["outcome"] == "CREATED"
    assert (survey["scaleMin"], survey["scaleMax"], survey["direction"]) == (0, 10, "HIGHER_IS_BETTER")


async def test_a_new_survey_needs_a_name_a_kind_and_a_purpose(ask: Answering) -> None:
    answer = await asked(ask, key="nps", name="Recommendation")

    assert answer["userErrors"] == [
        {"code": "REQUIRED", "message": "A value is required here.", "field": ["kind"]}
    ]
    assert (await ask('{ survey(key: "nps") { id } }'))["survey"] is None


async def test_a_survey_may_change_its_words_but_not_its_scale_once_there_are_answers(ask: Answering) -> None:
    await asked(ask, **CSAT)
    await submitted(ask, surveyKey="csat", score=4)

    renamed = await asked(ask, key="csat", name="Contentment")
    rescaled = await asked(ask, key="csat", scaleMax=7)

    assert (renamed["outcome"], renamed["survey"]["name"]) == ("UPDATED", "Contentment")
    assert [error["field"] for error in rescaled["userErrors"]] == [["scaleMax"]]
    assert (await ask('{ survey(key: "csat") { scaleMax version } }'))["survey"] == {
        "scaleMax": 5,
        "version": 2,
    }


async def test_a_survey_without_answers_may_change_its_scale(ask: Answering) -> None:
    await asked(ask, **CSAT)

    assert (await asked(ask, key="csat", scaleMax=7))["survey"]["scaleMax"] == 7


async def test_nps_is_asked_from_0_to_10_only(ask: Answering) -> None:
    answer = await asked(ask, **NPS, scaleMax=5)

    assert answer["userErrors"][0]["message"] == "NPS is asked from 0 to 10."


async def test_an_answer_keeps_the_scale_of_its_survey(ask: Answering) -> None:
    await asked(ask, **NPS)
    await ask(CUSTOMER)

    answer = await submitted(
        ask, surveyKey="nps", score=9, customer=ADA, verbatim="Quick!", language="en", submittedAt=MORNING
    )

    said = answer["feedback"]
    assert answer["outcome"] == "CREATED"
    assert said["score"] == {"value": 9, "min": 0, "max": 10, "direction": "HIGHER_IS_BETTER"}
    assert (said["kind"], said["npsCategory"], said["sourceKind"]) == ("NPS", "PROMOTER", "SURVEY")
    assert (said["customer"], said["survey"]) == (ADA, {"key": "nps"})
    assert (said["verbatim"], said["source"], said["recordedBy"]) == ("Quick!", "direct", "someone")
    assert said["submittedAt"] == "2026-01-05T08:00:00+00:00"


async def test_words_alone_are_feedback(ask: Answering) -> None:
    said = (await submitted(ask, verbatim="Nobody answers.", sourceKind="OBSERVATION"))["feedback"]

    assert (said["kind"], said["score"], said["npsCategory"]) == ("VERBATIM", None, None)
    assert (said["sentiment"], said["weight"]) == (None, 1)


async def test_a_judgement_names_its_judge(ask: Answering) -> None:
    sentiment = {"value": "NEGATIVE", "judge": "MODEL", "source": "vader-3.3.2", "confidence": 0.75}

    said = (await submitted(ask, verbatim="Late again", sentiment=sentiment))["feedback"]

    assert (said["sentiment"], said["emotion"]) == (sentiment, None)


@pytest.mark.parametrize(
    ("sent", "code", "field"),
    [
        ({"surveyKey": "csat", "score": 6}, "INVALID", "score"),
        ({"surveyKey": "nps", "score": 8.5}, "INVALID", "score"),
        ({"surveyKey": "csat"}, "REQUIRED", "score"),
        ({"surveyKey": "none", "score": 1}, "NOT_FOUND", "surveyKey"),
        ({"surveyKey": "csat", "score": 1, "kind": "CES"}, "INVALID", "kind"),
        ({"surveyKey": "csat", "score": 1, "scaleMax": 5}, "INVALID", "surveyKey"),
        ({"score": 4}, "REQUIRED", "kind"),
        ({"score": 4, "kind": "RATING"}, "REQUIRED", "scaleMin"),
        ({"score": 4, "kind": "VERBATIM"}, "INVALID", "score"),
        ({"verbatim": "x", "customer": {"email": "nobody@example.org"}}, "NOT_FOUND", "customer"),
        ({"verbatim": "x", "touchpointKey": "moon"}, "NOT_FOUND", "touchpointKey"),
        ({"verbatim": "x", "interactionKey": {"source": "a", "key": "b"}}, "NOT_FOUND", "interactionKey"),
        ({"verbatim": "x", "contactReasonKeys": ["moon"]}, "NOT_FOUND", "contactReasonKeys"),
        ({"verbatim": "x", "weight": 0}, "INVALID", "weight"),
        ({"verbatim": "x", "submittedAt": "2999-01-01T00:00:00Z"}, "INVALID", "submittedAt"),
        ({"verbatim": "x" * 20_001}, "LIMIT_EXCEEDED", "verbatim"),
    ],
)
async def test_what_contradicts_itself_or_names_nothing_is_refused(
    ask: Answering, sent: dict[str, object], code: str, field: str
) -> None:
    await asked(ask, **NPS)
    await asked(ask, **CSAT)

    answer = await submitted(ask, **sent)

    [error] = answer["userErrors"]
    assert (error["code"], error["field"][0], answer["feedback"]) == (code, field, None)
    assert await count(ask) == 0


async def test_a_submission_tells_whether_it_is_low(ask: Answering, database: Database, actor: Actor) -> None:
    await asked(ask, **NPS)

    await submitted(ask, surveyKey="nps", score=6)
    await submitted(ask, kind="RATING", scaleMin=1, scaleMax=5, score=4)

    told = [
        (event["kind"], event["score"], event["nps_category"], event["low"])
        for event in await events(database, actor)
    ]
    assert told == [("NPS", 6, "DETRACTOR", True), ("RATING", 4, None, False)]


async def test_what_is_sent_again_is_recognised(ask: Answering, database: Database, actor: Actor) -> None:
    sent = {"source": "panel", "key": "1", "verbatim": "Fine", "submittedAt": MORNING}
    first = await submitted(ask, **sent)

    again = await submitted(ask, **sent)

    assert (again["outcome"], again["feedback"]["id"]) == ("DUPLICATE", first["feedback"]["id"])
    assert len(await events(database, actor)) == 1


async def test_what_was_said_once_does_not_change(ask: Answering) -> None:
    sent = {"source": "panel", "key": "1", "submittedAt": MORNING}
    await submitted(ask, **sent, verbatim="Fine")

    answer = await submitted(ask, **sent, verbatim="Awful")

    assert (answer["userErrors"][0]["code"], answer["userErrors"][0]["field"]) == ("TAKEN", ["key"])
    assert (await ask("{ feedback { nodes { verbatim } } }"))["feedback"]["nodes"] == [{"verbatim": "Fine"}]


async def test_feedback_about_an_interaction_is_its_customers(
    ask: Answering, database: Database, actor: Actor, catalogue: None
) -> None:
    await ask(CUSTOMER)
    only = "(SELECT id FROM customer WHERE tenant_id = $1)"
    sql = f"UPDATE interaction SET customer_id = {only} WHERE tenant_id = $1"  # noqa: S608 - a constant
    await database.pool.execute(sql, actor.tenant_id)

    answer = await submitted(ask, verbatim="Solved", interactionKey={"source": "desk", "key": "1"})

    assert answer["feedback"]["customer"] == ADA


async def test_an_import_answers_for_every_row(ask: Answering, catalogue: None) -> None:
    await asked(ask, **CSAT)
    await imported(ask, row("1", surveyKey="csat", score=5))

    answer = await imported(
        ask,
        row("1", surveyKey="csat", score=5),
        row("2", surveyKey="csat", score=9),
        row(
            "3", touchpointKey="gate", verbatim="Long queue", contactReasonKeys=["queues", "signs", "queues"]
        ),
        row("3", touchpointKey="gate", verbatim="Long queue"),
        row("4", surveyKey="csat", score=3, journeyInstanceId="cus_nonsense"),
    )

    outcomes = [(one["outcome"], one["feedback"] and one["feedback"]["key"]) for one in answer["results"]]
    errors = [error for one in answer["results"] for error in one["userErrors"]]
    assert outcomes == [
        ("DUPLICATE", "1"),
        ("REJECTED", None),
        ("CREATED", "3"),
        ("DUPLICATE", "3"),
        ("REJECTED", None),
    ]
    assert [error["field"] for error in errors] == [
        ["feedback", "1", "score"],
        ["feedback", "4", "journeyInstanceId"],
    ]
    assert errors[0]["message"] == "The score 9 is not on the scale, which goes from 1 to 5."
    assert answer["summary"] == {"received": 5, "created": 1, "duplicates": 2, "rejected": 2}
    assert await count(ask, contactReasonKey="signs") == 1


async def test_a_refused_row_refuses_the_import_if_asked_to(ask: Answering) -> None:
    answer = await imported(ask, row("1", verbatim="a"), row("2"), errorPolicy="REJECT_ALL")

    assert [one["outcome"] for one in answer["results"]] == ["REJECTED", "REJECTED"]
    assert await count(ask) == 0


async def test_a_dry_run_of_an_import_keeps_nothing(ask: Answering) -> None:
    answer = await imported(ask, row("1", verbatim="a"), dryRun=True)

    assert [(one["outcome"], one["feedback"]) for one in answer["results"]] == [("CREATED", None)]
    assert await count(ask) == 0


async def test_an_import_is_silent_unless_asked_otherwise(
    ask: Answering, database: Database, actor: Actor
) -> None:
    await imported(ask, row("1", verbatim="a"))
    assert await events(database, actor) == []

    await imported(ask, row("1", verbatim="a"), row("2", verbatim="b"), silent=False)
    assert len(await events(database, actor)) == 1


async def test_more_than_a_thousand_rows_are_refused(ask: Answering) -> None:
    answer = await imported(ask, *(row(str(n), verbatim="a") for n in range(1_001)))

    assert (answer["results"], answer["summary"]) == ([], None)
    assert await count(ask) == 0


async def test_two_imports_of_the_same_rows_keep_each_once(ask: Answering) -> None:
    rows = [row(str(n), verbatim="a") for n in range(50)]

    answers = await asyncio.gather(imported(ask, *rows), imported(ask, *rows[::-1]))

    assert sum(answer["summary"]["created"] for answer in answers) == 50
    assert sum(answer["summary"]["duplicates"] for answer in answers) == 50
    assert await count(ask) == 50


async def test_filters_count_what_they_say(ask: Answering, catalogue: None) -> None:
    await asked(ask, **NPS)
    await asked(ask, **CSAT)
    await ask(CUSTOMER)
    await imported(
        ask,
        *(row(f"n{score}", surveyKey="nps", score=score, channel="EMAIL") for score in range(11)),
        row("c1", surveyKey="csat", score=1, touchpointKey="gate", customer=ADA, verbatim="Too slow"),
        row("c5", surveyKey="csat", score=5, touchpointKey="gate", submittedAt="2026-02-01T08:00:00Z"),
        row("v", verbatim="Thanks", contactReasonKeys=["queues"]),
    )

    january = {"gte": "2026-01-01T00:00:00Z", "lt": "2026-02-01T00:00:00Z"}
    expected: list[tuple[dict[str, object], int]] = [
        ({}, 14),
        ({"npsCategory": ["PROMOTER"]}, 2),
        ({"npsCategory": ["PASSIVE", "DETRACTOR"]}, 9),
        ({"kind": ["CSAT", "VERBATIM"]}, 3),
        ({"surveyKey": "nps"}, 11),
        ({"surveyKey": "none"}, 0),
        ({"channel": ["EMAIL"]}, 11),
        ({"touchpointKey": "gate"}, 2),
        ({"contactReasonKey": "queues"}, 1),
        ({"hasVerbatim": True}, 2),
        ({"hasVerbatim": False}, 12),
        ({"submittedAt": january}, 13),
        ({"score": {"gte": 9}}, 2),
        ({"score": {"lte": 1}}, 3),
        ({"surveyKey": "nps", "score": {"gte": 3, "lte": 5}}, 3),
        ({"or": [{"touchpointKey": "gate"}, {"npsCategory": ["PROMOTER"]}]}, 4),
        ({"not": {"surveyKey": "nps"}}, 3),
    ]
    assert [(filter_, await count(ask, **filter_)) for filter_, _ in expected] == expected


async def test_feedback_is_sorted_by_time_or_by_score(ask: Answering) -> None:
    await asked(ask, **CSAT)
    times = ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-01T00:00:00Z"]
    for key, score, time in zip("abc", (4, 2, 5), times, strict=True):
        await imported(ask, {**row(key, surveyKey="csat", score=score), "submittedAt": time})
    await imported(ask, {**row("d", verbatim="words"), "submittedAt": "2025-01-01T00:00:00Z"})

    async def order(sort: str) -> str:
        pages, after = "", None
        page_of = "nodes { key } pageInfo { endCursor }"
        source = f"query($after: String) {{ feedback(first: 2, after: $after {sort}) {{ {page_of} }} }}"
        for _ in range(2):
            page = (await ask(source, after=after))["feedback"]
            pages += "".join(node["key"] for node in page["nodes"])
            after = page["pageInfo"]["endCursor"]
        return pages

    assert await order("") == "bacd"
    assert await order("orderBy: {field: SUBMITTED_AT, direction: ASC}") == "dcab"
    assert await order("orderBy: {field: SCORE}") == "cabd"
    assert await order("orderBy: {field: SCORE, direction: ASC}") == "dbac"


async def test_a_customer_shows_who_may_ask(ask: Answering) -> None:
    await ask(CUSTOMER)
    await asked(ask, **CSAT, cooldownDays=36500)
    await asked(ask, **NPS, quietDays=1)
    await asked(ask, key="tired", name="Tired", kind="CES", purpose="TRANSACTIONAL", quietDays=36500)
    await submitted(ask, surveyKey="csat", score=5, customer=ADA, submittedAt=MORNING)

    source = """query { customer(ref: {email: "ada@example.org"}) {
      feedback { totalCount } mayAsk { survey { key } allowed reason nextAllowedAt } } }"""
    found = (await ask(source))["customer"]

    until = "2125-12-12T08:00:00+00:00"
    assert found["feedback"] == {"totalCount": 1}
    assert found["mayAsk"] == [
        {
            "survey": {"key": "csat"},
            "allowed": False,
            "reason": "ANSWERED_THIS_SURVEY",
            "nextAllowedAt": until,
        },
        {"survey": {"key": "nps"}, "allowed": True, "reason": None, "nextAllowedAt": None},
        {
            "survey": {"key": "tired"},
            "allowed": False,
            "reason": "ANSWERED_ANOTHER_SURVEY",
            "nextAllowedAt": until,
        },
    ]


async def test_another_tenant_sees_nothing_of_it(ask: Answering, stranger: Actor, graph: Graph) -> None:
    said = (await submitted(ask, verbatim="Ours"))["feedback"]

    source = "query($id: ID!) { feedbackItem(id: $id) { id } feedback { totalCount } }"
    response = await graph.answer(Request(source, variables={"id": said["id"]}), stranger)

    assert response.body == b'{"data":{"feedbackItem":null,"feedback":{"totalCount":0}}}'


async def test_feedback_is_reached_from_everything_it_is_about(ask: Answering, catalogue: None) -> None:
    about: dict[str, object] = {
        "touchpointKey": "gate",
        "interactionKey": {"source": "desk", "key": "1"},
        "contactReasonKeys": ["signs", "queues"],
    }
    said = (await submitted(ask, verbatim="No sign to the gate", **about))["feedback"]

    source = """query($id: ID!) { feedbackItem(id: $id) {
      touchpoint { key feedback { nodes { id } } }
      interaction { key feedback { nodes { id } } }
      journeyInstance { id }
      reasons { key feedback { totalCount nodes { id } } } } }"""
    found = (await ask(source, id=said["id"]))["feedbackItem"]

    back = {"nodes": [{"id": said["id"]}]}
    assert found == {
        "touchpoint": {"key": "gate", "feedback": back},
        "interaction": {"key": "1", "feedback": back},
        "journeyInstance": None,
        "reasons": [
            {"key": "queues", "feedback": {"totalCount": 1, **back}},
            {"key": "signs", "feedback": {"totalCount": 1, **back}},
        ],
    }
