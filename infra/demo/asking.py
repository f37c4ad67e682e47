"""How is the running service asked? As any client asks it: over HTTP, with the tenant named in a header."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

TENANT_HEADER = "x-cx-tenant"

Ask = Callable[..., Awaitable[dict[str, Any]]]
"""Sends a document with its variables and returns the data of the answer."""


class DemoRefused(Exception):
    """The service refused a part of the demo; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks in the name of one tenant."""

    client: httpx.AsyncClient
    tenant: str

    async def ask(self, document: str, **variables: object) -> dict[str, Any]:
        """Returns the data of an operation; raises DemoRefused for any error."""
        body = orjson.dumps({"query": document, "variables": variables})
        headers = {"content-type": "application/json", TENANT_HEADER: self.tenant}
        response = await self.client.post("/graphql", content=body, headers=headers)
        answer = self._read(response)
        if "errors" in answer:
            raise DemoRefused(f"{self.tenant}: {answer['errors'][0]['message']}")
        data: dict[str, Any] = answer["data"]
        return data

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = orjson.loads(response.content)
        except orjson.JSONDecodeError:
            message = f"{self.tenant}: {response.url} answered {response.status_code} without JSON"
            raise DemoRefused(message) from None
        return answer


def accepted(payload: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """Returns the payload of a mutation; raises DemoRefused where it, or any row of it, was refused."""
    rows = payload.get("results") or ()
    for error in (*payload["userErrors"], *(error for row in rows for error in row["userErrors"])):
        raise DemoRefused(f"{field}: {error['message']} (at {'.'.join(map(str, error['field'] or ()))})")
    return payload
