"""What do metrics answer? Each at every node that knows it, with sample, interval, series and groups."""

import pytest

from schema.execution import Graph
from service import metrics
from service.metrics.places import PLACES
from service.metrics.questions import Place
from service.metrics.sources import reading
from tests.ground import Answering
from tests.schema.operations import Operations

SHOWN = """{ metric unit definitionVersion value sampleSize flags interval { method low high }
  series { startsAt endsAt value sampleSize flags interval { low } }
  groups { key value sampleSize flags interval { high } }
  previous { startsAt endsAt value sampleSize flags } rowIds(first: 10) }"""
IN_A_WEEK = 'from: "2026-03-01T00:00:00Z", to: "2026-03-08T00:00:00Z", granularity: DAY'
EVERY_METRIC = [definition.id for definition in metrics.DEFINITIONS]


def asking(metric: str, more: str = "", shown: str = SHOWN) -> str:
    return f"metric(input: {{metric: {metric} {more}}}) {shown}"


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
async def test_every_metric_is_valued_at_a_node_or_says_where_it_is(
    graph: Graph, answer: Answering, place: Place
) -> None:
    path = Operations(graph.catalogue).paths[place.name]
    shown = SHOWN if place.is_everywhere else "{ value interval { low } }"
    for metric in EVERY_METRIC:
        found = reading(metric)
        told = await answer(path.around(asking(metric, IN_A_WEEK, shown)))
        if found is not None and place.answers(found):
            assert "errors" not in told, (metric, told)
        else:
            [error] = told["errors"]
            assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": ["input", "metric"]}
            assert error["message"].startswith(f"{metric} cannot be")


async def test_a_filter_takes_the_metrics_it_lists_from_a_variable(answer: Answering) -> None:
    source = "query($m: [DriverMetric!]) { drivers(first: 1, filter: { metric: $m }) { totalCount } }"

    for metrics_ in (["NPS"], ["NPS", "CSAT"], None):
        assert (await answer(source, m=metrics_)) == {"data": {"drivers": {"totalCount": 0}}}
