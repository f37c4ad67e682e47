"""Does every operation get the answer that GraphQL itself would give, from one statement, from one tenant?

CXGRAPH_SEED draws other rows and other operations; CXGRAPH_OPERATIONS draws more or fewer of them.
"""

import os

import orjson
import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type
from hypothesis import HealthCheck, Phase, given, note, reject, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries

from tests.oracle.laboratory import SEED, Laboratory, RefusedError
from tests.oracle.operations import MEASURING, Asked, without_arguments

PARTS = 4
EXAMPLES = int(os.environ.get("CXGRAPH_OPERATIONS", "2000")) // PARTS
QUIET = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def shapes(lab: Laboratory) -> st.SearchStrategy[str]:
    """Draws what is selected; most operations begin at a list or a lookup: `node` spreads over all types."""
    roots = (("node", "nodes", "viewer"), ("viewer",), ())
    lists, most, every = (queries(without_arguments(lab.graph.catalogue.schema, *left)) for left in roots)
    return st.one_of(lists, lists, lists, lists, most, every)


@pytest.mark.parametrize("part", range(PARTS))
def test_generated_operations_get_the_answer_of_graphql_itself(
    lab: Laboratory, shapes: st.SearchStrategy[str], part: int
) -> None:
    print(f"CXGRAPH_SEED={SEED}")  # noqa: T201 - pytest shows it beside a failure

    @seed(SEED * PARTS + part)
    @QUIET
    @given(shapes, st.integers(0, 2**32))
    def check(shape: str, dressing: int) -> None:
        asked = lab.dress(shape, dressing)
        note(asked.source)
        note(orjson.dumps([asked.variables, *asked.others]).decode())
        try:
            answers = list(lab.answers(asked))
        except RefusedError as refused:
            # Two members of a union may have fields of one name and different types: that is drawn again.
            if "conflict" not in str(refused):
                raise
            reject()
        for planned, expected in answers:
            assert planned == expected

    check()


def test_every_field_of_every_node_gets_the_answer_of_graphql_itself(lab: Laboratory) -> None:
    ids = lab.reference.ids()
    for prefix, node in lab.graph.catalogue.nodes.items():
        below = " ".join(_whole(lab, node.type))
        source = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {node.type.name} {{ {below} }} }} }}"
        ((planned, expected),) = lab.answers(Asked(source, {"ids": ids[prefix]}))
        assert planned == expected


def _whole(lab: Laboratory, type_: GraphQLObjectType, deep: int = 3) -> list[str]:
    """Select everything that needs no argument, three edges deep."""
    found = []
    for name, declared in type_.fields.items():
        named = get_named_type(declared.type)
        if name in MEASURING:
            continue
        if is_leaf_type(named):
            found.append(name)
        elif isinstance(named, GraphQLObjectType):
            # A node is told by its id, or its fields would be asked for again and again.
            inner = (
                ["id"] if "id" in named.fields else _whole(lab, named, deep - 1) if deep else ["__typename"]
            )
            found.append(f"{name} {{ {' '.join(inner)} }}")
        else:
            found.append(f"{name} {{ __typename ... on Node {{ id }} }}")
    return found
