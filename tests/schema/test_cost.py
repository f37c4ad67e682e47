"""Does an operation cost what docs/cost.md says, whatever way its page sizes are given?"""

import re
from pathlib import Path

import orjson
import pytest
from graphql import OperationDefinitionNode, get_introspection_query

from schema.execution import Graph, Request
from schema.graph import build
from schema.guard.guard import Guard, RefusedError
from schema.guard.limits import Limits
from schema.planner.catalogue import Catalogue
from schema.planner.documents import Documents
from service.ground.actor import Actor

PAGE = Path(__file__).parents[2] / "docs" / "cost.md"
EXAMPLES = re.findall(r"^# (\d+) points[^\n]*\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
BY_VARIABLE = (
    "query($n: Int = 5) { customers(first: $n) { nodes { interactions(first: $n) { nodes { id } } } } }"
)


@pytest.fixture(scope="module")
def documents() -> Documents:
    """Documents of the whole schema, held against the usual limits."""
    return Documents(Guard(Catalogue(build()).schema, Limits(), discreet=False))


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) == 5


@pytest.mark.parametrize(("points", "source"), EXAMPLES)
def test_an_example_costs_what_the_page_says(documents: Documents, points: str, source: str) -> None:
    assert documents.operation(source, None).points({}) == int(points)


@pytest.mark.parametrize(
    ("sent", "points"),
    [({}, 1 + 1 + 5 * (1 + 1 + 5)), ({"n": 2}, 1 + 1 + 2 * (1 + 1 + 2)), ({"n": 100}, 10_202)],
)
def test_a_page_size_in_a_variable_counts_by_its_value(
    documents: Documents, sent: dict[str, int], points: int
) -> None:
    assert documents.operation(BY_VARIABLE, None).points(sent) == points


def test_a_page_size_that_is_refused_later_is_not_believed(documents: Documents) -> None:
    for wrong in (-5, 10**9, "many", None, True):
        points = documents.operation(BY_VARIABLE, None).points({"n": wrong})
        assert 0 < points <= 10_202


def test_a_fragment_counts_wherever_it_is_spread(documents: Documents) -> None:
    ids = "fragment Ids on CustomerConnection { nodes { id } }"
    twice = "{ a: customers { ...Ids } b: customers { ...Ids } }" + ids

    assert documents.operation(twice, None).points({}) == 1 + 2 * 21


def test_the_rows_of_a_batch_count(documents: Documents) -> None:
    batch = (
        "mutation($in: InteractionImportInput!) { interactionImport(input: $in) { summary { received } } }"
    )

    operation = documents.operation(batch, None)

    assert operation.points({"in": {"rows": [{}] * 1000}}) == 1 + 10 + 1000 + 1 + 1


def test_the_ids_of_nodes_count(documents: Documents) -> None:
    operation = documents.operation("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", None)

    assert operation.points({"ids": ["x"] * 7}) == 8


def test_the_representations_of_entities_count(documents: Documents) -> None:
    below = "{ ... on Customer { id account { name } } }"
    sent = documents.operation(f"query($of: [_Any!]!) {{ _entities(representations: $of) {below} }}", None)
    one = '{__typename: "Customer", id: "cus_x"}'
    written = documents.operation(f"{{ _entities(representations: [{one}, {one}]) {below} }}", None)

    assert sent.points({"of": [{"__typename": "Customer", "id": "cus_x"}] * 700}) == 1 + 700 * 2
    assert written.points({}) == 1 + 2 * 2


def test_what_could_never_be_paid_is_refused_at_once(documents: Documents) -> None:
    nested = """{ customers(first: 100) { nodes { interactions(first: 100) { nodes {
        messages(first: 100) { nodes { id } } } } } } }"""

    with pytest.raises(RefusedError) as refused:
        documents.operation(nested, None)

    assert refused.value.errors[0].extensions == {
        "code": "LIMIT_EXCEEDED",
        "limit": "cost",
        "most": 50_000,
        "found": 1 + 1 + 100 * (1 + 1 + 100 * (1 + 1 + 100)),
    }


def test_the_introspection_of_common_tools_is_within_every_limit(documents: Documents) -> None:
    source = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )

    operation = documents.operation(source, None)

    assert isinstance(operation.node, OperationDefinitionNode)
    assert operation.points({}) == 501
    assert operation.introspects


async def test_a_cost_is_told_with_the_answer(graph: Graph, actor: Actor) -> None:
    answer = await graph.answer(Request("{ customers { nodes { id } } }"), actor)

    assert answer.points == 22
    assert orjson.loads(answer.body) == {"data": {"customers": {"nodes": []}}}
