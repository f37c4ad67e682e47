"""Is every metric defined once, completely, and told in the documentation as it is computed?"""

from pathlib import Path

from service import metrics
from service.metrics.definitions import Definition, MetricFamily
from service.metrics.ids import MetricId
from service.metrics.places import PLACES
from service.metrics.sources import reading

PAGE = Path(__file__).parent.parent.parent / "docs" / "metrics.md"


def asked_at(metric_id: str) -> str:
    """Return the types whose field `metric` values it."""
    found = reading(metric_id)
    names = [f"`{place.name}`" for place in PLACES if found is not None and place.answers(found)]
    return ", ".join(names)


def line(definition: Definition) -> str:
    """Return how the page tells a definition."""
    parameters = ", ".join(f"`{p.name}` = {p.default:g}" for p in definition.parameters)
    least, most = (end if end is None else f"{end:g}" for end in (definition.least, definition.most))
    bounds = f"{least or 'none'} to {most or 'none'}"
    cells = (
        f"`{definition.id}` {definition.version}",
        definition.name,
        definition.formula,
        f"{definition.unit}, {bounds}",
        definition.direction,
        parameters or "none",
        definition.method,
        definition.source,
        definition.empty,
        asked_at(definition.id),
    )
    return f"| {' | '.join(cells)} |"


def test_every_id_names_one_definition() -> None:
    ids = [definition.id for definition in metrics.DEFINITIONS]

    assert len(set(ids)) == len(ids)
    assert [metrics.find(id_) for id_ in ids] == list(metrics.DEFINITIONS)
    assert metrics.find("LUCK") is None
    assert [each.value for each in MetricId] == ids


def test_every_definition_has_values_somewhere() -> None:
    assert [each.id for each in metrics.DEFINITIONS if not asked_at(each.id)] == []


def test_every_definition_belongs_to_one_family() -> None:
    assert sum(len(metrics.of_family(family)) for family in MetricFamily) == len(metrics.of_family())


def test_the_page_of_metrics_tells_every_definition() -> None:
    told = [text for text in PAGE.read_text().splitlines() if text.startswith("| `")]

    assert told == [line(definition) for definition in metrics.DEFINITIONS]
