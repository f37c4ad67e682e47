"""Is every request that is no GraphQL request refused clearly, and never by a server error?"""

from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

JSON = "application/json"
NEWER = "application/graphql-response+json"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"5",
        b"null",
        b'"x"',
        b"[5]",
        b"[]",
        b'[{"query":"{__typename}"}]',
        b"{",
        b'{"query":5}',
        b'{"query":""}',
        b'{"query":null}',
        b'{"query":"{__typename}","variables":[]}',
        b'{"query":"{__typename}","operationName":7}',
        b'{"query":"{__typename}","extensions":"x"}',
        b'{"query":"\xff\xfe"}',
        b'{"query":"{__typename}","variables":{"a":NaN}}',
        b'{"query":"{__typename}","variables":{"a":' + b"9" * 5000 + b"}}",
        b"[" * 100_000,
        b'{"query":"' + b"{a" * 5000 + b'"}',
        b'{"a":' * 2000,
    ],
)
async def test_a_body_that_is_no_request_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    for accept in (JSON, NEWER):
        response = await client.post(
            "/graphql", content=body, headers={"content-type": JSON, "accept": accept}
        )
        assert response.status_code < 500
        assert response.json()["errors"]


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "text/plain, application/json"]
)
async def test_only_json_is_accepted(client: httpx.AsyncClient, content_type: str) -> None:
    response = await client.post(
        "/graphql", content=b'{"query":"{__typename}"}', headers={"content-type": content_type}
    )
    assert response.status_code == 415
    assert response.json()["errors"]


async def test_other_charsets_are_refused(client: httpx.AsyncClient) -> None:
    body = '{"query":"{__typename}"}'.encode("utf-16")
    response = await client.post(
        "/graphql", content=body, headers={"content-type": f"{JSON}; charset=utf-16"}
    )
    assert response.status_code == 415


async def test_a_large_body_is_refused_before_it_is_read(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", content=b" " * (6 * 1024 * 1024), headers={"content-type": JSON})
    assert response.status_code == 413


async def test_a_large_body_in_pieces_is_refused(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(6):
            yield b" " * (1024 * 1024)

    response = await client.post("/graphql", content=pieces(), headers={"content-type": JSON})
    assert response.status_code == 413


async def test_other_methods_are_told_which_are_allowed(client: httpx.AsyncClient) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        response = await client.request(method, "/graphql")
        assert response.status_code == 405
        assert response.headers["allow"] == "GET, POST"


async def test_a_client_that_accepts_neither_type_is_told(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": "{__typename}"}, headers={"accept": "text/html"})
    assert response.status_code == 406


async def test_a_mutation_is_not_taken_from_a_url(client: httpx.AsyncClient) -> None:
    mutation = 'mutation { customerUpsert(input: {match: {email: "a@b"}}) { outcome } }'
    response = await client.get("/graphql", params={"query": mutation}, headers={"accept": NEWER})
    assert response.status_code == 400
    count = await client.post("/graphql", json={"query": "{ customers { totalCount } }"})
    assert count.json() == {"data": {"customers": {"totalCount": 0}}}


async def test_an_unknown_tenant_is_told_which_there_are(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/graphql", json={"query": "{__typename}"}, headers={"x-cx-tenant": "nobody"}
    )
    assert response.status_code == 401
    assert "audits" in response.json()["errors"][0]["message"]


async def test_a_nul_character_is_refused_before_it_would_be_stored(client: httpx.AsyncClient) -> None:
    mutation = "mutation($e: String!) { customerUpsert(input: {match: {email: $e}}) { userErrors { code } } }"
    response = await client.post("/graphql", json={"query": mutation, "variables": {"e": "a\0b"}})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_nul_character_is_refused_before_it_would_be_compared(client: httpx.AsyncClient) -> None:
    query = "query($e: String!) { customer(ref: {email: $e}) { id } }"
    response = await client.post("/graphql", json={"query": query, "variables": {"e": "a\0b"}})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
async def test_no_body_is_a_server_error(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post("/graphql", content=body, headers={"content-type": JSON})
    assert response.status_code < 500


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=JSON_VALUES | st.text('{}()$:!abn "\\', max_size=60), variables=JSON_VALUES, name=JSON_VALUES)
async def test_no_request_object_is_a_server_error(
    client: httpx.AsyncClient, query: object, variables: object, name: object
) -> None:
    sent = {"query": query, "variables": variables, "operationName": name}
    response = await client.post("/graphql", json=sent)
    assert response.status_code < 500
