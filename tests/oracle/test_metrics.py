"""Is every metric, at every node and in every bucket, what its pure formula makes of the raw rows?"""

import pytest

from service.metrics.places import PLACES
from service.metrics.questions import EVERYWHERE, Place
from service.metrics.registry import DEFINITIONS
from service.metrics.sources import READINGS
from tests.oracle import seeds
from tests.oracle.laboratory import Laboratory
from tests.oracle.operations import Asked
from tests.recounts import RECOUNTS

SHOWN = """{ metric definitionVersion unit startsAt endsAt value sampleSize flags interval { method low high }
  previous { startsAt endsAt value sampleSize flags interval { low high } }
  series { startsAt endsAt value sampleSize flags } groups { key } }"""
PERIOD = {"from": seeds.MOMENTS[1].isoformat(), "to": seeds.MOMENTS[10].isoformat()}
BY_DAY = {**PERIOD, "granularity": "DAY", "timeZone": "Asia/Kolkata", "quantile": 0.9}


def test_every_metric_that_is_answered_is_held_to_a_formula() -> None:
    answered = [each.id for each in DEFINITIONS if each.id in READINGS]

    assert sorted(RECOUNTS) == sorted(answered)


@pytest.mark.parametrize("metric", RECOUNTS)
def test_a_metric_is_everywhere_what_its_formula_says(lab: Laboratory, metric: str) -> None:
    if EVERYWHERE.answers(READINGS[metric]):
        source = f"query($inputs: [MetricInput!]!) {{ metrics(inputs: $inputs) {SHOWN} }}"
        inputs = [{"metric": metric, **question} for question in ({}, PERIOD, BY_DAY)]
        ((planned, expected),) = lab.answers(Asked(source, {"inputs": inputs}))
        assert planned == expected


@pytest.mark.parametrize("place", [each for each in PLACES if each is not EVERYWHERE], ids=lambda p: p.name)
def test_a_metric_is_at_every_node_what_its_formula_says(lab: Laboratory, place: Place) -> None:
    prefixes = {node.type.name: prefix for prefix, node in lab.graph.catalogue.nodes.items()}
    asked = "metric(input: $input) { value sampleSize flags interval { low high } }"
    node = f"... on {place.name} {{ {asked} }}"
    source = f"query($ids: [ID!]!, $input: MetricInput!) {{ nodes(ids: $ids) {{ {node} }} }}"
    for metric in (each for each in RECOUNTS if place.answers(READINGS[each])):
        variables = {"ids": lab.reference.ids()[prefixes[place.name]], "input": {"metric": metric, **PERIOD}}
        ((planned, expected),) = lab.answers(Asked(source, variables))
        assert planned == expected, metric
