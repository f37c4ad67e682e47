"""What does a test of the clients stand on? The running service, a tenant of its own, and Node."""

import asyncio
import json
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from infra.database import Database

HERE = Path(__file__).parent
NODE = Path(sys.prefix) / "bin" / "node"
TOOLS = HERE / "node_modules"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant that has nothing yet, and an integration that acts in it."""

    url: str
    token: str

    @property
    def environment(self) -> dict[str, str]:
        """What an example reads from its environment."""
        return {**os.environ, "GRAPHQL_URL": self.url, "GRAPHQL_TOKEN": self.token}

    @property
    def headers(self) -> dict[str, str]:
        """What a request of the integration carries."""
        return {"authorization": f"Bearer {self.token}"}

    async def ask(self, query: str, **variables: object) -> dict[str, object]:
        """Return the data of one operation."""
        async with httpx.AsyncClient(headers=self.headers) as client:
            answer = (await client.post(self.url, json={"query": query, "variables": variables})).json()
        assert "errors" not in answer, answer
        data: dict[str, object] = answer["data"]
        return data

    async def add(self, *customers: tuple[str, str]) -> None:
        """Make customers, each with a name and an e-mail address."""
        rows = [{"match": {"email": email}, "displayName": name} for name, email in customers]
        mutation = (
            "mutation($rows: [CustomerUpsertInput!]!) "
            "{ customerBatchUpsert(input: {customers: $rows}) { summary { created } } }"
        )
        told = await self.ask(mutation, rows=rows)
        assert told == {"customerBatchUpsert": {"summary": {"created": len(rows)}}}


@pytest.fixture
async def tenant(service_url: str, database: Database) -> Tenant:
    """A tenant of this test alone."""
    key = f"clients-{secrets.token_hex(8)}"
    await database.add_tenant(key, "Clients")
    wanted = {"tenant": key, "subject": "crm", "roles": ["integration"]}
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{service_url}/development/token", json=wanted)
    return Tenant(f"{service_url}/graphql", answer.json()["access_token"])


async def run(*command: object, environment: dict[str, str] | None = None) -> str:
    """Return what a program says; it must end well."""
    program = await asyncio.create_subprocess_exec(
        *map(str, command),
        cwd=HERE,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await program.communicate())[0].decode()
    assert program.returncode == 0, said
    return said


@pytest.fixture(scope="session")
async def generated() -> None:
    """The types and artifacts that the tools write from the committed schema."""
    assert (TOOLS / "relay-compiler").is_dir(), "run `make clients` once to fetch the clients"
    (HERE / "relay" / "generated").mkdir(parents=True, exist_ok=True)
    (HERE / "generated").mkdir(exist_ok=True)
    await run(NODE, TOOLS / "gql.tada" / "bin" / "cli.js", "generate-output")
    await run(NODE, TOOLS / "relay-compiler" / "cli.js")


async def example(tenant: Tenant, *command: str) -> object:
    """Return the JSON that an example prints."""
    return json.loads(await run(NODE, *command, environment=tenant.environment))
