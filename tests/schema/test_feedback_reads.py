"""Can clients find what customers said, from every side?"""

from infra.database import Database
from schema.execution import Graph, Request
from service.ground.actor import Actor
from tests.ground import Answering
from tests.schema.voices import (
    ADA,
    CSAT,
    CUSTOMER,
    NPS,
    asked,
    count,
    imported,
    keep_catalogue,
    row,
    submitted,
)


async def test_filters_count_what_they_say(ask: Answering, database: Database, actor: Actor) -> None:
    await keep_catalogue(database, actor)
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


async def test_another_tenant_sees_nothing_of_it(ask: Answering, stranger: Actor, graph: Graph) -> None:
    said = (await submitted(ask, verbatim="Ours"))["feedback"]

    source = "query($id: ID!) { feedbackItem(id: $id) { id } feedback { totalCount } }"
    response = await graph.answer(Request(source, variables={"id": said["id"]}), stranger)

    assert response.body == b'{"data":{"feedbackItem":null,"feedback":{"totalCount":0}}}'


async def test_feedback_is_reached_from_everything_it_is_about(
    ask: Answering, database: Database, actor: Actor
) -> None:
    await keep_catalogue(database, actor)
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


async def test_words_are_coded_afterwards_and_stay_as_they_are(
    ask: Answering, database: Database, actor: Actor
) -> None:
    await keep_catalogue(database, actor)
    said = (await submitted(ask, verbatim="No sign anywhere", contactReasonKeys=["queues"]))["feedback"]
    source = """mutation($input: FeedbackCodeInput!) { feedbackCode(input: $input) {
      userErrors { code field }
      feedback { verbatim sentiment { value judge } emotion { value } reasons { key } } } }"""
    negative = {"value": "NEGATIVE", "judge": "AGENT"}

    coded = {"contactReasonKeys": ["signs"], "sentiment": negative}
    first = (await ask(source, input={"feedbackId": said["id"], **coded}))["feedbackCode"]
    unknown = (await ask(source, input={"feedbackId": said["id"], "contactReasonKeys": ["moon"]}))[
        "feedbackCode"
    ]
    again = await ask(
        source, input={"feedbackId": said["id"], "emotion": {"value": "ANGER", "judge": "AGENT"}}
    )
    taken_back = (await ask(source, input={"feedbackId": said["id"], "sentiment": None}))["feedbackCode"]

    words = {"verbatim": "No sign anywhere", "reasons": [{"key": "signs"}]}
    assert first["feedback"] == {**words, "sentiment": negative, "emotion": None}
    assert unknown["userErrors"] == [{"code": "NOT_FOUND", "field": ["contactReasonKeys"]}]
    anger = {"value": "ANGER"}
    assert again["feedbackCode"]["feedback"] == {**words, "sentiment": negative, "emotion": anger}
    assert taken_back["feedback"] == {**words, "sentiment": None, "emotion": anger}
