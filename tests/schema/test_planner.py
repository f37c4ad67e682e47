"""Is every read one statement that answers exactly what was asked?"""

import orjson
import pytest

from infra.database import Database
from schema.execution import Graph, Request
from service.ground.actor import Actor
from service.ground.keys import uuid7
from tests.ground import Answering
from tests.schema.conftest import OLDEST_FIRST, People, settle
from tests.statements import Heard, unbound

NAMES = "nodes{displayName}"


async def test_an_empty_tenant_has_empty_pages(ask: Answering) -> None:
    page = "totalCount nodes{id} edges{cursor} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}"
    found = await ask(f"{{customers{{{page}}}}}")
    ends = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert found == {"customers": {"totalCount": 0, "nodes": [], "edges": [], "pageInfo": ends}}


async def test_several_roots_are_read_by_one_statement_bound_to_the_tenant(
    ask: Answering, people: People, actor: Actor, heard: Heard
) -> None:
    heard.take()
    await ask(
        """query($id: ID!) {
            a: customers(filter: {segment: "gold", externalSystem: "crm"}) {
                totalCount edges { cursor node { account { customers(first: 1) { nodes { id } } } } }
                pageInfo { hasNextPage hasPreviousPage }
            }
            node(id: $id) { ... on Customer { segments { nodes { key } } lifecycle { stage } } }
            nodes(ids: [$id]) { id } customer(ref: {email: "ada@x.org"}) { mergedInto { merges { reason } } }
            viewer { tenant } __typename __schema { queryType { name } }
        }""",
        id=people.ada,
    )
    (sent,) = heard.take()
    assert unbound(sent, actor.tenant_id) == []


async def test_the_answer_has_the_order_of_the_question(answer: Answering, people: People) -> None:
    found = await answer("{b:__typename viewer{subject} a:customers{totalCount __typename} c:__typename}")
    assert orjson.dumps(found) == (
        b'{"data":{"b":"Query","viewer":{"subject":"someone"},'
        b'"a":{"totalCount":3,"__typename":"CustomerConnection"},"c":"Query"}}'
    )


async def test_aliases_name_the_same_field_twice(ask: Answering, people: People) -> None:
    found = await ask("query($id:ID!){x:node(id:$id){... on Customer{a:email b:email email}}}", id=people.ada)
    assert found == {"x": {"a": "ada@x.org", "b": "ada@x.org", "email": "ada@x.org"}}


async def test_one_connection_under_two_aliases_has_two_pages(ask: Answering, people: People) -> None:
    found = await ask(f"{{a:customers(first:1,{OLDEST_FIRST}){{{NAMES}}} b:customers(last:1){{{NAMES}}}}}")
    assert found == {"a": {"nodes": [{"displayName": "Ada"}]}, "b": {"nodes": [{"displayName": "Ada"}]}}


async def test_selections_of_the_same_field_are_merged(ask: Answering, people: People) -> None:
    found = await ask(
        """query($id: ID!) {
            node(id: $id) { id ... on Customer { account { name } account { __typename name tier } } }
            node(id: $id) { id } }""",
        id=people.ada,
    )
    account = {"name": 'Acme "Söhne"', "__typename": "Account", "tier": None}
    assert found == {"node": {"id": people.ada, "account": account}}


async def test_fragments_may_be_named_nested_and_repeated(ask: Answering, people: People) -> None:
    found = await ask(
        """query($id: ID!) { node(id: $id) { ...Thing ...Thing ... on Account { name } ... { __typename } } }
        fragment Thing on Node { id ... on Customer { ...Person account { ...Firm } } ...Firm }
        fragment Person on Customer { displayName ... on Node { id } }
        fragment Firm on Account { customers { totalCount } }""",
        id=people.ada,
    )
    expected = {"id": people.ada, "displayName": "Ada", "account": {"customers": {"totalCount": 2}}}
    assert found == {"node": {**expected, "__typename": "Customer"}}


@pytest.mark.parametrize(
    ("with_name", "without_email", "expected"),
    [
        (True, False, {"id", "displayName", "email"}),
        (False, False, {"id", "email"}),
        (True, True, {"id", "displayName"}),
        (False, True, {"id"}),
    ],
)
async def test_include_and_skip_follow_variables(
    ask: Answering, people: People, *, with_name: bool, without_email: bool, expected: set[str]
) -> None:
    found = await ask(
        """query($id: ID!, $name: Boolean! = true, $email: Boolean!) { node(id: $id) {
            id ... on Customer @include(if: $name) { displayName } ...Mail @skip(if: $email) } }
        fragment Mail on Customer { email @include(if: true) phone @skip(if: true) }""",
        id=people.ada,
        name=with_name,
        email=without_email,
    )
    assert set(found["node"]) == expected


async def test_an_operation_that_skips_everything_answers_an_empty_object(ask: Answering) -> None:
    assert await ask("{customers@skip(if:true){totalCount}}") == {}


async def test_typename_stands_at_every_level(ask: Answering, people: People) -> None:
    found = await ask(
        """{ __typename viewer { __typename } customers(filter: {lifecycleStage: [CHURNED]}) { __typename
            edges { __typename node { __typename account { __typename } lifecycle { __typename } } }
            pageInfo { __typename } } }"""
    )
    node: dict[str, object] = {"__typename": "Customer", "account": None, "lifecycle": []}
    edges, info = [{"__typename": "CustomerEdge", "node": node}], {"__typename": "PageInfo"}
    assert found == {
        "__typename": "Query",
        "customers": {"__typename": "CustomerConnection", "edges": edges, "pageInfo": info},
        "viewer": {"__typename": "Viewer"},
    }


async def test_short_lists_come_in_their_own_order(ask: Answering, people: People) -> None:
    found = await ask(
        "query($id:ID!){node(id:$id){... on Customer{externalIds{system value} lifecycle{stage changedAt}}}}",
        id=people.ada,
    )
    assert found["node"] == {
        "externalIds": [{"system": "crm", "value": "crm-1"}, {"system": "zendesk", "value": "zendesk-1"}],
        "lifecycle": [
            {"stage": "PROSPECT", "changedAt": "2026-01-01T00:00:00+00:00"},
            {"stage": "ACTIVE", "changedAt": "2026-01-06T00:00:00+00:00"},
        ],
    }


async def test_a_computed_list_comes_in_the_order_it_declares(ask: Answering, people: People) -> None:
    upsert = "mutation($input: SurveyUpsertInput!) { surveyUpsert(input: $input) { outcome } }"
    for key in ("c", "a", "b"):
        survey = {"key": key, "name": key, "kind": "NPS", "purpose": "RELATIONSHIP"}
        assert await ask(upsert, input=survey) == {"surveyUpsert": {"outcome": "CREATED"}}
    source = "query($id: ID!) { node(id: $id) { ... on Customer { mayAsk { survey { key } } } } }"
    found = await ask(source, id=people.ada)
    assert [each["survey"]["key"] for each in found["node"]["mayAsk"]] == ["a", "b", "c"]


async def test_quotes_backslashes_and_other_scripts_survive(ask: Answering, people: People) -> None:
    found = await ask("query($id:ID!){node(id:$id){... on Customer{displayName attributes}}}", id=people.bob)
    assert found["node"] == {"displayName": 'Bob "\\\\" Ümläut 😀', "attributes": {"tier": [1, None, "é"]}}


async def test_a_segment_that_was_left_is_no_longer_shown(ask: Answering, people: People) -> None:
    found = await ask(
        "query($id:ID!){node(id:$id){... on Customer{segments{totalCount nodes{key}}}}}", id=people.ada
    )
    assert found["node"]["segments"] == {"totalCount": 1, "nodes": [{"key": "gold"}]}


async def test_nodes_come_in_the_order_of_their_ids_or_null(ask: Answering, people: People) -> None:
    wanted = [people.gold, f"cus_{uuid7()}", people.ada, people.acme, people.ada]
    found = await ask("query($ids:[ID!]!){nodes(ids:$ids){id __typename}}", ids=wanted)
    ada = {"id": people.ada, "__typename": "Customer"}
    gold, acme = {"id": people.gold, "__typename": "Segment"}, {"id": people.acme, "__typename": "Account"}
    assert found["nodes"] == [gold, None, ada, acme, ada]


async def test_no_ids_are_no_nodes(ask: Answering) -> None:
    assert await ask("{nodes(ids:[]){id}}") == {"nodes": []}


async def test_a_plan_made_for_one_type_of_id_is_not_used_for_another(ask: Answering, people: People) -> None:
    source = "query($id:ID!){node(id:$id){__typename id}}"
    assert (await ask(source, id=people.ada))["node"] == {"__typename": "Customer", "id": people.ada}
    assert (await ask(source, id=people.acme))["node"] == {"__typename": "Account", "id": people.acme}


@pytest.mark.parametrize(
    "text", ["", "cus_", "x", "cus_00000000", "xyz_00000000-0000-7000-8000-000000000000", "1"]
)
async def test_what_is_not_an_id_is_refused(answer: Answering, text: str) -> None:
    found = await answer("query($id:ID!){node(id:$id){id}}", id=text)
    assert [error["extensions"]["code"] for error in found["errors"]] == ["BAD_USER_INPUT"]
    assert "data" not in found


async def test_an_id_of_the_wrong_type_is_refused(answer: Answering, people: People) -> None:
    found = await answer("query($id:ID!){customers(filter:{account:$id}){totalCount}}", id=people.ada)
    assert "acc_" in found["errors"][0]["message"]


async def test_more_than_a_hundred_ids_are_refused(answer: Answering) -> None:
    found = await answer(
        "query($ids:[ID!]!){nodes(ids:$ids){id}}", ids=[f"cus_{uuid7()}" for _ in range(101)]
    )
    assert found["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": ["ids"]}


async def test_a_variable_that_names_a_thing_names_one(answer: Answering) -> None:
    source = "query($ref:CustomerRef!){customer(ref:$ref){id}}"
    for ref in ({}, {"email": None}, {"email": "a", "id": "b"}):
        assert set(await answer(source, ref=ref)) == {"errors"}


async def test_introspection_stands_beside_data(ask: Answering, people: People) -> None:
    found = await ask(
        """query($n: String! = "Segment") { a: __type(name: $n) { ...T } customers { totalCount }
        b: __type(name: "Nothing") { name } } fragment T on __Type { name kind }"""
    )
    assert found == {"a": {"name": "Segment", "kind": "OBJECT"}, "customers": {"totalCount": 3}, "b": None}


@pytest.mark.parametrize(("name", "expected"), [("A", {"a": "Query"}), ("B", {"b": "Query"})])
async def test_the_operation_that_is_named_is_answered(
    graph: Graph, actor: Actor, name: str, expected: dict[str, str]
) -> None:
    answered = await graph.answer(Request("query A{a:__typename} query B{b:__typename}", name), actor)
    assert orjson.loads(answered.body) == {"data": expected}


@pytest.mark.parametrize(
    "source",
    [
        "",
        "{",
        "{nothing}",
        "{customers}",
        "{customers{nodes{id{x}}}}",
        "{customers(first:true){totalCount}}",
        "{customers(frist:1){totalCount}}",
        "query($x:Int!){__typename}",
        "query A{__typename} query B{__typename}",
        "{...F} fragment F on Query{...F}",
        "subscription{x}",
        "{customer(ref:{}){id}}",
        "{customer(ref:{email:null}){id}}",
        '{customer(ref:{email:"a",externalId:{system:"b",value:"c"}}){id}}',
        '{customers(filter:{createdAt:{gte:"yesterday"}}){totalCount}}',
        "{a:customers(first:1){totalCount} a:customers(first:2){totalCount}}",
    ],
)
async def test_what_is_not_valid_is_refused_before_the_database_hears_of_it(
    graph: Graph, actor: Actor, heard: Heard, source: str
) -> None:
    heard.take()
    answered = await graph.answer(Request(source), actor)
    assert not answered.executed
    assert set(orjson.loads(answered.body)) == {"errors"}
    assert heard.take() == []


@pytest.mark.parametrize(
    ("declared", "value"),
    [("Int", "1"), ("Int", 2**31), ("Int!", None), ("CustomerFilter", {"x": 1}), ("CustomerFilter", [])],
)
async def test_a_wrong_variable_is_refused(answer: Answering, declared: str, value: object) -> None:
    used = "first:$v" if declared.startswith("Int") else "filter:$v"
    found = await answer(f"query($v:{declared}){{customers({used}){{totalCount}}}}", v=value)
    assert set(found) == {"errors"}


async def test_a_tenant_never_sees_what_another_has(
    graph: Graph, database: Database, people: People, stranger: Actor
) -> None:
    await settle(database, stranger)
    source = """query($ids: [ID!]!, $id: ID!) {
        nodes(ids: $ids) { id } node(id: $id) { id } customer(ref: {id: $id}) { id }
        customers(filter: {ids: [$id]}) { totalCount nodes { id } } all: customers { totalCount }
        accounts { nodes { id customers { totalCount } } }
    }"""
    ids = [people.ada, people.acme, people.gold]
    answered = await graph.answer(Request(source, variables={"ids": ids, "id": people.ada}), stranger)
    data = orjson.loads(answered.body)["data"]
    assert (data["nodes"], data["node"], data["customer"]) == ([None, None, None], None, None)
    assert data["customers"] == {"totalCount": 0, "nodes": []}
    assert data["all"]["totalCount"] == 3
    assert [account["customers"]["totalCount"] for account in data["accounts"]["nodes"]] == [2]
    assert people.acme not in answered.body.decode()
