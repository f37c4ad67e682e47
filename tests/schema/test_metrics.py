"""Can clients read what each metric means?"""

from service import metrics
from tests.ground import Answering

SOURCE = """query($id: String!, $family: MetricFamily) {
  metricDefinition(id: $id) { id version name family formula unit least most direction method empty source
    parameters { name default meaning } }
  metricDefinitions(family: $family) { id } }"""


async def test_a_definition_is_shown_word_for_word(ask: Answering) -> None:
    found = await ask(SOURCE, id="ABANDON_QUEUE", family="LOOP")

    definition = metrics.find("ABANDON_QUEUE")
    assert definition is not None
    assert found["metricDefinition"]["formula"] == definition.formula
    assert found["metricDefinition"]["parameters"] == [
        {"name": "short_seconds", "default": 5, "meaning": "Who gives up sooner than this counts nowhere."}
    ]
    assert (found["metricDefinition"]["least"], found["metricDefinition"]["most"]) == (0, 1)
    assert [each["id"] for each in found["metricDefinitions"]] == [
        "TIME_TO_ACKNOWLEDGE",
        "RECOVERY_RATE",
        "TOLD_RATE",
        "VERIFIED_EFFECT_RATE",
        "REGRESSION_RATE",
    ]


async def test_an_unknown_metric_is_null_and_no_family_means_all(ask: Answering) -> None:
    found = await ask(SOURCE, id="LUCK")

    assert found["metricDefinition"] is None
    assert [each["id"] for each in found["metricDefinitions"]] == [each.id for each in metrics.DEFINITIONS]
