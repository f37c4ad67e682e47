"""Is each way in which a document can grow bounded, and is a refusal short and typed?"""

import secrets
from dataclasses import replace

import orjson
import pytest
from graphql import parse

from schema.execution import Graph, Request
from schema.graph import build
from schema.guard import measures
from schema.guard.guard import Guard, RefusedError
from schema.guard.limits import UNLIMITED, Limits
from schema.planner.catalogue import Catalogue
from schema.planner.documents import Documents
from service.ground.actor import Actor
from tests.ground import Answering

SECRET = "ada.lovelace@canary.example"


@pytest.fixture(scope="module")
def documents() -> Documents:
    """Documents as they are read in development."""
    return Documents(Guard(Catalogue(build()).schema, Limits(), discreet=False))


@pytest.fixture(scope="module")
def discreet() -> Documents:
    """Documents as they are read in production."""
    return Documents(Guard(Catalogue(build()).schema, Limits(), discreet=True))


def refusal(documents: Documents, source: str) -> str:
    """Return the limit that a document passes."""
    with pytest.raises(RefusedError) as refused:
        documents.operation(source, None)
    (error,) = refused.value.errors
    assert error.extensions is not None
    assert error.extensions["code"] == "LIMIT_EXCEEDED"
    assert len(error.message) < 120
    return str(error.extensions["limit"])


def doubling(levels: int) -> str:
    """Return fragments of which each spreads the next one twice."""
    parts = [f"fragment F{n} on Customer {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)]
    return (
        f"{{ customers {{ nodes {{ ...F0 }} }} }} {' '.join(parts)} fragment F{levels} on Customer {{ id }}"
    )


MANY = {
    "depth": "{ customers { nodes " + "{ account { customers { nodes " * 6 + "{ id }" + " } } }" * 6 + " } }",
    "nesting": "{" + " ... {" * 40 + " __typename " + "}" * 41,
    "fields": doubling(20),
    "root_fields": "{" + " ".join(f"a{n}: __typename" for n in range(21)) + "}",
    "repeats": "{ customers { nodes {" + "id " * 21 + "} } }",
    "aliases": "{ customers { nodes {" + " ".join(f"a{n}: id" for n in range(31)) + "} } }",
    "directives": "{ __typename " + "@include(if: true) " * 51 + "}",
    "fragments": "{ __typename }" + "".join(f" fragment F{n} on Customer {{ id }}" for n in range(51)),
    "operations": "".join(f"query Q{n} {{ __typename }} " for n in range(11)),
    "variables": "query(" + " ".join(f"$v{n}: Int" for n in range(51)) + ") { __typename }",
    "mutations": "mutation {" + " ".join(f"a{n}: nothing" for n in range(11)) + "}",
    "value_depth": "{ customer(ref: { email: " + "[" * 20 + '"x"' + "]" * 20 + " }) { id } }",
    "value_parts": "{ nodes(ids: [" + '"x" ' * 1001 + "]) { id } }",
    "source": "{ __typename }" + " " * 50_000,
    "work": "{ customers { nodes {"
    + " ".join(f"a{n}: interactions(first: 1) {{ nodes {{ id subject status }} }}" for n in range(30))
    + " ".join(" interactions(first: 1) { nodes { id key channel priority } }" for n in range(20))
    + "} } }",
    "cost": "{ customers(first: 100) { nodes { interactions(first: 100) { nodes { messages(first: 100)"
    " { nodes { id } } } } } } }",
    "introspection": "{ __schema { types {"
    + " ".join(f"a{n}: fields {{ args {{ name }} }}" for n in range(30))
    + "} } }",
}


@pytest.mark.parametrize("limit", MANY)
def test_each_limit_is_kept(documents: Documents, limit: str) -> None:
    assert refusal(documents, MANY[limit]) == limit


def test_tokens_are_counted_before_a_document_is_built(documents: Documents) -> None:
    with pytest.raises(RefusedError, match="Document contains more than 2000"):
        documents.operation("{" + "id " * 2001 + "}", None)


def test_fragments_that_double_are_each_visited_once() -> None:
    endless = replace(UNLIMITED, fields=2**50)

    visited = [measures.check(parse(doubling(levels)), endless) for levels in (10, 20, 40)]

    assert visited == [2 + 1 + 2 * n + 1 for n in (10, 20, 40)]


def test_fragments_inside_of_themselves_are_refused(documents: Documents) -> None:
    with pytest.raises(RefusedError, match="Cannot spread fragment"):
        documents.operation("{ customers { nodes { ...A } } } fragment A on Customer { ...A }", None)


async def test_a_filter_in_a_variable_is_bounded(answer: Answering) -> None:
    source = "query($f: CustomerFilter) { customers(filter: $f) { nodes { id } } }"
    deep: dict[str, object] = {}
    for _ in range(500):
        deep = {"not": deep}
    wide = {"or": [{"lifecycleStage": ["ACTIVE"]}] * 600}

    assert (await answer(source, f=deep))["errors"][0]["extensions"]["limit"] == "value_depth"
    assert (await answer(source, f=wide))["errors"][0]["extensions"]["limit"] == "value_parts"


@pytest.mark.parametrize(
    "source",
    [
        "{ custommers { nodes { id } } }",
        "{ customers(frist: 1) { nodes { id } } }",
        "{ customers(orderBy: {field: CREATED_ATT}) { nodes { id } } }",
        "{ customers(filter: {lifecycleStagee: [ACTIVE]}) { nodes { id } } }",
        '{ node(id: "x") { ... on Custommer { id } } }',
    ],
)
def test_nothing_is_suggested_in_production(discreet: Documents, documents: Documents, source: str) -> None:
    with pytest.raises(RefusedError, match="Did you mean"):
        documents.operation(source, None)
    with pytest.raises(RefusedError) as refused:
        discreet.operation(source, None)
    assert not any("Did you mean" in error.message for error in refused.value.errors)


@pytest.mark.parametrize(
    "source",
    [
        f'{{ customers(first: "{SECRET}") {{ nodes {{ id }} }} }}',
        f'{{ customers(filter: {{lifecycleStage: "{SECRET}"}}) {{ nodes {{ id }} }} }}',
        f'{{ customer(ref: {{email: ["{SECRET}"]}}) {{ id }} }}',
        f'{{ customers "{SECRET}" }}',
        f'{{ customers(first: 1 "{SECRET}") }}',
        f'query($a: Int = "{SECRET}") {{ customers(first: $a) {{ nodes {{ id }} }} }}',
        f'{{ customers(filter: {{createdAt: {{from: "{SECRET}"}}}}) {{ nodes {{ id }} }} }}',
    ],
)
def test_nothing_of_a_document_is_repeated_in_production(discreet: Documents, source: str) -> None:
    with pytest.raises(RefusedError) as refused:
        discreet.operation(source, None)
    assert SECRET not in " ".join(error.message for error in refused.value.errors)


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("$v: Int", SECRET),
        ("$v: CustomerFilter", {"email": SECRET}),
        ("$v: CustomerFilter", SECRET),
        ("$v: CustomerRef!", {"email": {"x": SECRET}}),
        ("$v: [ID!]!", [{"x": SECRET}]),
        ("$v: DateTime", SECRET),
        ("$v: LifecycleStage!", SECRET),
        ("$v: Boolean!", SECRET),
        ("$v: Float", [SECRET]),
    ],
)
def test_nothing_of_a_variable_is_repeated_in_production(
    discreet: Documents, declared: str, value: object
) -> None:
    operation = discreet.operation(f"query({declared}) {{ ...A }}" + _using(declared), None)
    with pytest.raises(RefusedError) as refused:
        operation.variables({"v": value})
    told = " ".join(error.message for error in refused.value.errors)
    assert SECRET not in told
    assert "$v" in told


def _using(declared: str) -> str:
    type_ = declared.removeprefix("$v: ")
    use = {
        "Int": "customers(first: $v) { totalCount }",
        "CustomerFilter": "customers(filter: $v) { totalCount }",
        "CustomerRef!": "customer(ref: $v) { id }",
        "[ID!]!": "nodes(ids: $v) { id }",
        "DateTime": "customers(filter: {createdAt: {gte: $v}}) { totalCount }",
        "LifecycleStage!": "customers(filter: {lifecycleStage: [$v]}) { totalCount }",
        "Boolean!": "customers @include(if: $v) { totalCount }",
        "Float": "feedback(filter: {score: {gte: $v}}) { totalCount }",
    }
    return f" fragment A on Query {{ {use[type_]} }}"


async def test_a_nul_character_is_refused_in_a_document(answer: Answering) -> None:
    found = await answer('{ customer(ref: {email: "a\\u0000b"}) { id } }')

    assert found["errors"][0]["message"] == "A text cannot contain the character U+0000."


async def test_documents_are_kept_only_up_to_a_size(graph: Graph, actor: Actor) -> None:
    for _ in range(20):
        name = f"a{secrets.token_hex(4)}"
        await graph.answer(Request("{" + f"{name}: __typename " * 20 + "}"), actor)

    recent = graph.documents.recent
    assert recent.weight == sum(recent.weights.values()) <= recent.heaviest
    assert orjson.loads((await graph.answer(Request("{__typename}"), actor)).body)


async def test_a_null_where_only_leaving_out_is_possible_is_a_refusal_and_no_failure(
    answer: Answering,
) -> None:
    upsert = (
        'mutation { touchpointUpsert(input: {key: "a", name: "A", medium: null}) { userErrors { code } } }'
    )

    assert await answer(upsert) == {"data": {"touchpointUpsert": {"userErrors": [{"code": "INVALID"}]}}}
