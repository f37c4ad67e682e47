"""Does the running service know who asks, by token, by key and by development's headers?"""

import httpx

from tests.http.conftest import TENANT

VIEWER = {"query": "{ viewer { tenant subject kind roles } }"}
CREATE = {
    "query": 'mutation { apiKeyCreate(input: {name: "crm", scopes: ["customers:read"]}) { secret '
    "userErrors { message } } }",
}


async def token(client: httpx.AsyncClient, **wanted: object) -> str:
    given = await client.post("/development/token", json={"tenant": TENANT, **wanted})
    found: str = given.json()["access_token"]
    return found


async def test_a_token_of_the_development_issuer_is_taken_at_its_word(client: httpx.AsyncClient) -> None:
    proof = await token(client, subject="ada", roles=["agent"])

    answer = await client.post("/graphql", json=VIEWER, headers={"authorization": f"Bearer {proof}"})

    viewer = {"tenant": TENANT, "subject": "ada", "kind": "HUMAN", "roles": ["agent"]}
    assert answer.json() == {"data": {"viewer": viewer}}


async def test_a_key_that_was_just_made_is_taken(client: httpx.AsyncClient) -> None:
    made = (await client.post("/graphql", json=CREATE)).json()["data"]["apiKeyCreate"]["secret"]

    answer = await client.post("/graphql", json=VIEWER, headers={"authorization": f"Bearer {made}"})

    assert answer.json()["data"]["viewer"]["subject"] == "integration:crm"
    assert answer.json()["data"]["viewer"]["kind"] == "INTEGRATION"


async def test_a_proof_counts_more_than_a_header(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json=VIEWER, headers={"authorization": "Bearer nonsense"})

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_a_header_names_roles_to_try_out(client: httpx.AsyncClient) -> None:
    denied = await client.post("/graphql", json=CREATE, headers={"x-cx-roles": "viewer, agent"})

    [error] = denied.json()["data"]["apiKeyCreate"]["userErrors"]
    assert error["message"] == "You may not do this: it needs access:design."
