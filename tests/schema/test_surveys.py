"""Can clients ask, and do answers keep the scale they were given on?"""

import asyncio

from infra.database import Database
from service.customers import CustomerRef, require
from service.feedback import Answer, may_be_asked, submit
from service.ground.actor import Actor
from tests.ground import Answering
from tests.schema.voices import ADA, CSAT, CUSTOMER, MORNING, NPS, asked, submitted


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


async def test_a_rule_asked_by_a_write_says_the_same(
    ask: Answering, database: Database, actor: Actor
) -> None:
    await ask(CUSTOMER)
    await asked(ask, **CSAT, cooldownDays=36500)
    await asked(ask, **NPS, quietDays=36500)
    await submitted(ask, surveyKey="csat", score=5, customer=ADA, submittedAt=MORNING)

    shown = (await ask('{ customer(ref: {email: "ada@example.org"}) { mayAsk { allowed reason } } }'))[
        "customer"
    ]
    async with database.work(actor) as session:
        customer_id = await require(session, CustomerRef(email="ada@example.org"))
        found = [await may_be_asked(session, customer_id, key) for key in ("csat", "nps")]

    assert shown["mayAsk"] == [{"allowed": each.allowed, "reason": each.reason} for each in found]
    assert [each.reason for each in found] == ["ANSWERED_THIS_SURVEY", "ANSWERED_ANOTHER_SURVEY"]


async def test_a_scale_does_not_change_beneath_answers_that_come_in(
    ask: Answering, database: Database, actor: Actor
) -> None:
    await asked(ask, **CSAT)
    async with database.work(actor) as session:
        await submit(session, Answer(survey_key="csat", score=5))
        change = asyncio.create_task(asked(ask, key="csat", scaleMax=3))
        await asyncio.sleep(0.05)
        assert not change.done()

    answer = await change

    assert [error["field"] for error in answer["userErrors"]] == [["scaleMax"]]
