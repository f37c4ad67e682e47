"""Can clients record what customers say, one by one and in batches?"""

import asyncio

import pytest

from infra.database import Database
from service.ground.actor import Actor
from tests.ground import Answering
from tests.schema.voices import (
    ADA,
    CSAT,
    CUSTOMER,
    MORNING,
    NPS,
    asked,
    count,
    events,
    imported,
    keep_catalogue,
    row,
    submitted,
)


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
    ask: Answering, database: Database, actor: Actor
) -> None:
    await keep_catalogue(database, actor)
    await ask(CUSTOMER)
    only = "(SELECT id FROM customer WHERE tenant_id = $1)"
    sql = f"UPDATE interaction SET customer_id = {only} WHERE tenant_id = $1"  # noqa: S608 - a constant
    await database.pool.execute(sql, actor.tenant_id)

    answer = await submitted(ask, verbatim="Solved", interactionKey={"source": "desk", "key": "1"})

    assert answer["feedback"]["customer"] == ADA


async def test_an_import_answers_for_every_row(ask: Answering, database: Database, actor: Actor) -> None:
    await keep_catalogue(database, actor)
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


async def test_words_about_one_customers_matter_are_not_anothers(
    ask: Answering, database: Database, actor: Actor
) -> None:
    await keep_catalogue(database, actor)
    await ask(CUSTOMER)
    only = "(SELECT id FROM customer WHERE tenant_id = $1)"
    sql = f"UPDATE interaction SET customer_id = {only} WHERE tenant_id = $1"  # noqa: S608 - a constant
    await database.pool.execute(sql, actor.tenant_id)
    await ask('mutation { customerUpsert(input: {match: {email: "bob@example.org"}}) { outcome } }')

    bob = {"email": "bob@example.org"}
    answer = await submitted(
        ask, verbatim="Solved", customer=bob, interactionKey={"source": "desk", "key": "1"}
    )

    assert [error["field"] for error in answer["userErrors"]] == [["customer"]]
    assert await count(ask) == 0
