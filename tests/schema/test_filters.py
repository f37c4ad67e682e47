"""Do filters, orders and lookups find what they say, from literals and from variables?"""

from typing import Any

import pytest

from infra.database import Database
from service.customers.tables import Customer
from service.ground.actor import Actor
from service.ground.keys import uuid7
from tests.ground import Answering
from tests.schema.conftest import BEGINNING, OLDEST_FIRST, People

FILTERS = [
    ("{}", "ada bob eve"),
    ('{name:{eq:"Ada"}}', "ada"),
    ('{name:{startsWith:"Bob \\""}}', "bob"),
    ('{name:{startsWith:""}}', "ada bob eve"),
    ('{email:{in:["ada@x.org","nobody"]}}', "ada"),
    ("{email:{in:[]}}", ""),
    ("{email:null,account:null}", "ada bob eve"),
    ("{email:{eq:null}}", "ada bob eve"),
    ('{not:{email:{eq:"ada@x.org"}}}', "bob eve"),
    ('{not:{not:{email:{eq:"ada@x.org"}}}}', "ada"),
    ('{or:[{name:{eq:"Ada"}},{lifecycleStage:[CHURNED]}]}', "ada eve"),
    ("{or:[]}", "ada bob eve"),
    ("{and:[]}", "ada bob eve"),
    ('{and:[{lifecycleStage:[ACTIVE]},{not:{name:{eq:"Ada"}}}]}', "bob"),
    ('{and:[{or:[{name:{eq:"Ada"}},{name:{eq:""}}]}],not:{segment:"gold"}}', "eve"),
    ('{segment:"gold"}', "ada"),
    ('{segment:"old"}', ""),
    ('{externalSystem:"crm"}', "ada"),
    ('{createdAt:{gte:"2026-01-03T00:00:00Z"}}', "bob eve"),
    ('{createdAt:{gte:"2026-01-03T01:00:00+01:00",lt:"2026-01-03T00:00:00.000001Z"}}', "bob eve"),
    ('{createdAt:{lt:"2026-01-03T00:00:00Z"}}', "ada"),
    ("{lifecycleStage:[CHURNED]}", "eve"),
    ("{lifecycleStage:CHURNED}", "eve"),
]


def _named(people: People, names: str) -> list[str]:
    return [getattr(people, name) for name in names.split()]


def _ids(found: dict[str, Any]) -> list[str]:
    return [node["id"] for node in found["customers"]["nodes"]]


@pytest.mark.parametrize(("literal", "expected"), FILTERS)
async def test_a_filter_in_the_document_keeps_what_it_says(
    ask: Answering, people: People, literal: str, expected: str
) -> None:
    found = await ask(f"{{customers(filter:{literal},{OLDEST_FIRST}){{nodes{{id}}}}}}")
    assert _ids(found) == _named(people, expected)


VARIABLE_FILTER = f"query($filter:CustomerFilter){{customers(filter:$filter,{OLDEST_FIRST}){{nodes{{id}}}}}}"


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        (None, "ada bob eve"),
        ({}, "ada bob eve"),
        ({"name": {"eq": "Ada"}}, "ada"),
        ({"name": {"eq": 'Bob "\\\\" Ümläut 😀'}}, "bob"),
        ({"name": {"eq": None, "startsWith": "A"}}, "ada"),
        ({"not": {"email": {"eq": "ada@x.org"}}}, "bob eve"),
        ({"or": [{"name": {"eq": "Ada"}}, {"lifecycleStage": ["CHURNED"]}]}, "ada eve"),
        ({"and": [{"or": [{"segment": "gold"}]}], "createdAt": {"lt": "2027-01-01T00:00:00Z"}}, "ada"),
        ({"lifecycleStage": "CHURNED"}, "eve"),
    ],
)
async def test_a_filter_in_a_variable_keeps_what_it_says(
    ask: Answering, people: People, variable: dict[str, object] | None, expected: str
) -> None:
    assert _ids(await ask(VARIABLE_FILTER, filter=variable)) == _named(people, expected)


async def test_one_document_serves_filters_of_different_shapes(ask: Answering, people: People) -> None:
    shapes = [
        ({"name": {"eq": "Ada"}}, "ada"),
        ({"name": {"startsWith": ""}}, "ada bob eve"),
        (None, "ada bob eve"),
    ]
    for variable, expected in [*shapes, *reversed(shapes), ({"name": {"eq": "Eve"}}, "")]:
        assert _ids(await ask(VARIABLE_FILTER, filter=variable)) == _named(people, expected)


async def test_variables_stand_anywhere_and_have_defaults(ask: Answering, people: People) -> None:
    source = """query($name: String = "Ada", $size: Int = 1, $stage: LifecycleStage!,
        $direction: OrderDirection! = ASC,
        $field: CustomerOrderField! = CREATED_AT, $inner: CustomerFilter! = {segment: "gold"}, $ids: [ID!]) {
        customers(first: $size, orderBy: {field: $field, direction: $direction},
            filter: {or: [{name: {eq: $name}}, {lifecycleStage: [$stage]}], not: {not: $inner}, ids: $ids}) {
            nodes { id } } }"""
    assert _ids(await ask(source, stage="CHURNED")) == [people.ada]
    assert _ids(await ask(source, stage="CHURNED", name="Nobody", inner={})) == [people.eve]
    assert _ids(await ask(source, stage="ACTIVE", inner={}, size=3, direction="DESC")) == [
        people.bob,
        people.ada,
    ]
    assert _ids(await ask(source, stage="ACTIVE", inner={}, size=3, ids=[people.bob])) == [people.bob]


async def test_an_absent_variable_leaves_the_field_out(ask: Answering, people: People) -> None:
    source = f"query($e:String){{customers(filter:{{email:{{eq:$e}}}},{OLDEST_FIRST}){{nodes{{id}}}}}}"
    assert len(_ids(await ask(source))) == 3
    assert _ids(await ask(source, e="ada@x.org")) == [people.ada]
    assert len(_ids(await ask(source, e=None))) == 3


async def test_orders_have_a_default_and_two_directions(ask: Answering, people: People) -> None:
    newest = [people.eve, people.bob, people.ada]
    assert _ids(await ask("{customers{nodes{id}}}")) == newest
    assert _ids(await ask("{customers(orderBy:{field:UPDATED_AT}){nodes{id}}}")) == newest
    by_name = "{customers(orderBy:{field:NAME,direction:ASC}){nodes{id}}}"
    assert _ids(await ask(by_name)) == [people.eve, people.ada, people.bob]


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        ('{email:"ada@x.org"}', "ada"),
        ('{externalId:{system:"crm",value:"crm-1"}}', "ada"),
        ('{externalId:{system:"crm",value:"zendesk-1"}}', None),
        ('{email:"nobody"}', None),
    ],
)
async def test_a_lookup_finds_one_or_null(
    ask: Answering, people: People, ref: str, found: str | None
) -> None:
    expected = {"id": getattr(people, found)} if found else None
    assert await ask(f"{{customer(ref:{ref}){{id}}}}") == {"customer": expected}


async def test_one_document_serves_orders_that_variables_name_in_part(ask: Answering, people: People) -> None:
    source = """query($field: CustomerOrderField!, $direction: OrderDirection!) {
        customers(orderBy: {field: $field, direction: $direction}) { nodes { id } } }"""
    oldest_first, by_name = [people.ada, people.bob, people.eve], [people.eve, people.ada, people.bob]
    for field, expected in (("CREATED_AT", oldest_first), ("NAME", by_name)):
        assert _ids(await ask(source, field=field, direction="ASC")) == expected
        assert _ids(await ask(source, field=field, direction="DESC")) == expected[::-1]


async def test_of_two_that_changed_together_a_lookup_finds_the_one_with_the_later_id(
    ask: Answering, database: Database, actor: Actor
) -> None:
    ids = sorted(uuid7() for _ in range(6))
    async with database.work(actor) as session:
        for id_ in (*ids[3:], *ids[:3]):
            row = {"tenant_id": actor.tenant_id, "id": id_, "email": "shared@x.org"}
            session.add(Customer.model_validate({**row, "created_at": BEGINNING, "updated_at": BEGINNING}))
    found = await ask('{customer(ref:{email:"shared@x.org"}){id}}')
    assert found == {"customer": {"id": f"cus_{ids[-1]}"}}
