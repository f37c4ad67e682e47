"""Can other graphs refer to ours? Entities by type and id, in one statement, within the walls."""

from typing import Any

import pytest
from graphql import print_ast

from schema.execution import Graph, Request
from schema.federation import MACHINERY, plain
from service.ground.actor import Actor
from service.ground.keys import uuid7
from tests.ground import Answering, Make
from tests.statements import Heard

ENTITIES = """query($of: [_Any!]!) { _entities(representations: $of) { __typename
  ... on Customer { id displayName } ... on Account { id name } } }"""
NODES = """query($ids: [ID!]!) { nodes(ids: $ids) { __typename
  ... on Customer { id displayName } ... on Account { id name } } }"""
MAKE = """mutation {
  ada: customerUpsert(input: {match: {email: "ada@x.org"}, displayName: "Ada"}) { customer { id } }
  acme: accountUpsert(input: {match: {externalId: {system: "crm", value: "1"}}, name: "Acme"}) {
    account { id }
  }
}"""


def referring(name: str, id_: str) -> dict[str, str]:
    return {"__typename": name, "id": id_}


@pytest.fixture
async def made(ask: Answering) -> tuple[str, str]:
    """The ids of a customer and of an account."""
    told = await ask(MAKE)
    return told["ada"]["customer"]["id"], told["acme"]["account"]["id"]


async def test_entities_are_what_nodes_are_in_one_statement(
    ask: Answering, made: tuple[str, str], heard: Heard
) -> None:
    ada, acme = made
    unknown = f"cus_{uuid7()}"
    of = [referring("Account", acme), referring("Customer", unknown), referring("Customer", ada)]
    heard.take()

    answer = await ask(ENTITIES, of=of)

    assert len(heard.take()) == 1
    assert answer["_entities"] == (await ask(NODES, ids=[acme, unknown, ada]))["nodes"]
    assert [entity and entity["__typename"] for entity in answer["_entities"]] == [
        "Account",
        None,
        "Customer",
    ]


async def test_an_entity_of_another_tenant_does_not_exist(
    graph: Graph, made: tuple[str, str], make_actor: Make
) -> None:
    of = [referring("Customer", made[0])]

    answer = await graph.answer(Request(ENTITIES, variables={"of": of}), await make_actor())

    assert answer.body == b'{"data":{"_entities":[null]}}'


@pytest.mark.parametrize(
    ("of", "field"),
    [
        ([{"__typename": "Nobody", "id": f"cus_{uuid7()}"}], "__typename"),
        ([{"__typename": "AuditEntry", "id": f"aud_{uuid7()}"}], "__typename"),
        ([{"__typename": "Account", "id": f"cus_{uuid7()}"}], "id"),
        ([{"__typename": "Customer"}], "id"),
        ([{"__typename": "Customer", "id": "nonsense"}], "id"),
        (["nonsense"], "__typename"),
    ],
)
async def test_what_is_no_reference_is_refused_even_where_a_plan_is_kept(
    graph: Graph, actor: Actor, of: list[Any], field: str
) -> None:
    good = [referring("Customer", f"cus_{uuid7()}")]
    await graph.answer(Request(ENTITIES, variables={"of": good}), actor)

    answer = await graph.answer(Request(ENTITIES, variables={"of": of}), actor)

    assert not answer.executed
    assert f'"argument":["representations","0","{field}"]'.encode() in answer.body


@pytest.mark.parametrize(("document", "most"), [(NODES, 100), (ENTITIES, 1000)])
async def test_a_kept_plan_reads_no_more_things_than_a_new_one(
    graph: Graph, actor: Actor, document: str, most: int
) -> None:
    async def executed(count: int) -> bool:
        ids = [f"cus_{uuid7()}" for _ in range(count)]
        sent = {"ids": ids, "of": [referring("Customer", id_) for id_ in ids]}
        return (await graph.answer(Request(document, variables=sent), actor)).executed

    assert [await executed(count) for count in (1, most, most + 1)] == [True, True, False]


async def test_the_definition_for_gateways_has_keys_and_no_machinery(ask: Answering, graph: Graph) -> None:
    sdl = (await ask("{ _service { sdl } }"))["_service"]["sdl"]

    assert 'type Customer implements Node @key(fields: "id") {' in sdl
    assert sdl.startswith('extend schema @link(url: "https://specs.apollo.dev/federation/v2.5"')
    shown = print_ast(plain(graph.catalogue.schema))
    assert [name for name in MACHINERY if name in sdl or name in shown] == []
