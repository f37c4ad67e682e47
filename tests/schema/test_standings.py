"""Do customers and journeys say how they stand? Health as a metric, what is remembered, what was solved."""

from typing import Any

import pytest

from tests.ground import Answering
from tests.schema.test_journeys import ADA, CUSTOMER, begun
from tests.schema.voices import CSAT, asked, submitted

DAY = "2026-01-05T"
REMEMBERED = """query($ways: [ID!]!, $inputs: [MetricInput!]!) {
  nodes(ids: $ways) {
    ... on JourneyInstance { worstScore peakEndScore worstMoment { verbatim score { value } } } }
  journey(key: "departure") {
    metrics(inputs: $inputs) { value sampleSize unit rowIds(first: 9) } } }"""
HEALTH = """query($input: MetricInput!) { metric(input: $input) { value sampleSize }
  customers(first: 9) { nodes { health { score } metric(input: $input) { value sampleSize flags } } } }"""
SOLVED = """query($input: MetricInput!) { metric(input: $input) { value sampleSize rowIds(first: 9) } }"""


async def said_on(ask: Answering, way: str, hour: int, **said: object) -> None:
    """Let a customer give a score of 1 to 5 on a way, unless the scale is another one."""
    scale = {"kind": "RATING", "scaleMin": 1, "scaleMax": 5, **said}
    given = {**scale, "journeyInstanceId": way, "submittedAt": f"{DAY}{hour:02}:00:00Z"}
    answer = await submitted(ask, **given)
    assert answer["userErrors"] == []


async def test_a_way_is_remembered_by_its_worst_moment_and_its_peak_with_its_end(ask: Answering) -> None:
    way = (await begun(ask))["id"]
    await said_on(ask, way, 9, score=2, verbatim="They were slow.")
    await said_on(ask, way, 10, score=9, scaleMax=10, verbatim="Hard.", direction="LOWER_IS_BETTER")
    await said_on(ask, way, 11, score=5, verbatim="Lovely staff.")
    await said_on(ask, way, 12, score=4, verbatim="Well, we flew.")
    await submitted(ask, verbatim="Where is my bag?", journeyInstanceId=way)

    inputs = [{"metric": "WORST_MOMENT"}, {"metric": "PEAK_END"}]
    found = await ask(REMEMBERED, ways=[way], inputs=inputs)

    # The scores are 25, 100/9, 100 and 75 of 100; the one of 100 lies farthest from the middle.
    assert found["nodes"] == [
        {
            "worstScore": pytest.approx(100 / 9),
            "peakEndScore": 87.5,
            "worstMoment": {"verbatim": "Hard.", "score": {"value": 9}},
        }
    ]
    worst, peak_end = found["journey"]["metrics"]
    assert (worst["value"], worst["sampleSize"], worst["unit"]) == (pytest.approx(100 / 9), 1, "POINTS")
    assert (peak_end["value"], peak_end["rowIds"]) == (87.5, [way])


async def test_of_two_moments_as_strong_the_bad_one_is_the_peak(ask: Answering) -> None:
    way = (await begun(ask))["id"]
    for hour, score in ((9, 5), (10, 1), (11, 3)):
        await said_on(ask, way, hour, score=score)

    [told] = (await ask(REMEMBERED, ways=[way], inputs=[]))["nodes"]

    assert (told["worstScore"], told["peakEndScore"]) == (0, 25)


async def test_a_way_without_a_score_is_not_remembered(ask: Answering) -> None:
    way = (await begun(ask))["id"]
    await submitted(ask, verbatim="Where is my bag?", journeyInstanceId=way)

    found = await ask(REMEMBERED, ways=[way], inputs=[{"metric": "PEAK_END"}])

    assert found["nodes"] == [{"worstScore": None, "peakEndScore": None, "worstMoment": None}]
    assert [(each["value"], each["sampleSize"]) for each in found["journey"]["metrics"]] == [(None, 0)]


async def test_health_is_a_metric_of_each_customer_and_of_all(ask: Answering) -> None:
    await ask(CUSTOMER)
    await ask(CUSTOMER.replace("ada@", "bob@").replace("Ada", "Bob"))
    rated: dict[str, Any] = {"kind": "RATING", "scaleMin": 0, "scaleMax": 4, "verbatim": "So it is."}
    for customer, score, sentiment in ((ADA, 4, "NEGATIVE"), ({"email": "bob@example.org"}, 1, "NEUTRAL")):
        judged = {"value": sentiment, "judge": "AGENT"}
        await submitted(ask, **rated, score=score, customer=customer, sentiment=judged)
    await submitted(ask, **rated, score=0)

    found = await ask(HEALTH, input={"metric": "HEALTH"})

    # Scores weigh 3 and words 1 of 8: half of all is known. Nobody's words are nobody's health.
    nodes = {node["health"]["score"]: node["metric"] for node in found["customers"]["nodes"]}
    assert nodes == {
        75: {"value": 75, "sampleSize": 2, "flags": []},
        43.75: {"value": 43.75, "sampleSize": 2, "flags": []},
    }
    assert found["metric"] == {"value": (3 * 62.5 + 50) / 4, "sampleSize": 2}


async def test_customers_say_whether_it_was_resolved_at_the_first_contact(ask: Answering) -> None:
    await asked(ask, **CSAT)
    given = [
        await submitted(ask, surveyKey="csat", score=4, resolvedAtFirstContact=resolved)
        for resolved in (True, True, False, None)
    ]

    found = (await ask(SOLVED, input={"metric": "FCR_SURVEY"}))["metric"]

    assert (found["value"], found["sampleSize"]) == (pytest.approx(2 / 3), 3)
    assert set(found["rowIds"]) == {each["feedback"]["id"] for each in given[:3]}
