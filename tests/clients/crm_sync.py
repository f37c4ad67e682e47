"""Keep customers as a CRM has them: what changed, in batches of 1,000, again where an answer was lost.

Use: python crm_sync.py CUSTOMERS.csv STATE.json, with GRAPHQL_URL and GRAPHQL_TOKEN in the environment.
"""

import asyncio
import csv
import hashlib
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from gql import Client, gql
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError, TransportServerError
from gql.transport.httpx import HTTPXAsyncTransport

LARGEST_BATCH = 1000
ATTEMPTS = 6
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
PASSING_STATUS = frozenset({429, 502, 503, 504})
PASSING_CODES = frozenset({"UNAVAILABLE", "UNKNOWN_OUTCOME", "OVERLOADED", "RATE_LIMITED", "IN_PROGRESS"})

UPSERT = """
    mutation Upsert($customers: [CustomerUpsertInput!]!, $key: String!) {
      outcome: customerBatchUpsert(input: {customers: $customers}) @idempotent(key: $key) {
        results { index outcome userErrors { code field message } }
        userErrors { code field message }
      }
    }
"""
INGEST = """
    mutation Ingest($events: [TouchpointEventInput!]!) {
      outcome: touchpointEventIngest(input: {source: "crm", events: $events}) {
        results { index outcome userErrors { code field message } }
        userErrors { code field message }
      }
    }
"""

Row = Mapping[str, Any]


class PassingError(Exception):
    """The service could not say what became of a request; the same request may be sent again."""


def customer(row: Mapping[str, str]) -> Row:
    """Return what is to be true of a customer; fields that the CRM does not have stay as they are."""
    return {
        "match": {"externalId": {"system": "crm", "value": row["id"]}},
        "displayName": row["name"] or None,
        "email": row["email"] or None,
    }


def digest(upsert: Row) -> str:
    """Return what tells whether a row has changed since it was sent."""
    return hashlib.sha256(json.dumps(upsert, sort_keys=True).encode()).hexdigest()


class Sync:
    """One service, and the retries that make sending to it safe."""

    def __init__(self, transport: HTTPXAsyncTransport) -> None:
        """Send through a transport of gql's."""
        self.client = Client(transport=transport)

    async def customers(self, rows: Sequence[Mapping[str, str]], state: Path) -> Counter[str]:
        """Send the customers that changed; `state` keeps what was sent, after every batch."""
        sent: dict[str, str] = json.loads(state.read_text()) if state.exists() else {}
        upserts = {row["id"]: customer(row) for row in rows}
        changed = [id_ for id_, upsert in upserts.items() if sent.get(id_) != digest(upsert)]
        outcomes: Counter[str] = Counter()
        for start in range(0, len(changed), LARGEST_BATCH):
            ids = changed[start : start + LARGEST_BATCH]
            # One key for one intention, so new for each batch: if a customer changes there and back within
            # a day, a key made of the content would bring back the answer of yesterday's request.
            variables = {"customers": [upserts[id_] for id_ in ids], "key": str(uuid4())}
            for id_, result in zip(ids, await self.send(UPSERT, variables), strict=True):
                outcomes[result["outcome"]] += 1
                if result["outcome"] == "REJECTED":
                    print(id_, [error["message"] for error in result["userErrors"]], file=sys.stderr)
                else:
                    sent[id_] = digest(upserts[id_])
            _keep(state, sent)
        return outcomes

    async def events(self, events: Sequence[Row]) -> Counter[str]:
        """Send what happened; each event's own key makes it count once, whatever batch it comes in."""
        outcomes: Counter[str] = Counter()
        for start in range(0, len(events), LARGEST_BATCH):
            results = await self.send(INGEST, {"events": events[start : start + LARGEST_BATCH]})
            outcomes.update(result["outcome"] for result in results)
        return outcomes

    async def send(self, mutation: str, variables: Row) -> list[Row]:
        """Return one result a row; the very same request is repeated while that may help."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(mutation, variables)
            except PassingError:
                if attempt == ATTEMPTS:
                    raise
                longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempt)
                await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - spreads load, guards nothing
        raise AssertionError

    async def _once(self, mutation: str, variables: Row) -> list[Row]:
        request = gql(mutation)
        request.variable_values = dict(variables)
        try:
            async with self.client as session:
                payload = (await session.execute(request))["outcome"]
        except TransportConnectionFailed as lost:
            raise PassingError from lost
        except TransportServerError as refused:
            raise (PassingError if refused.code in PASSING_STATUS else refused) from refused
        except TransportQueryError as refused:
            codes = {error.get("extensions", {}).get("code") for error in refused.errors or ()}
            raise (PassingError if codes & PASSING_CODES else refused) from refused
        if any(error["code"] in PASSING_CODES for error in payload["userErrors"]):
            raise PassingError(payload["userErrors"])
        if payload["userErrors"]:
            raise ValueError(payload["userErrors"])
        results: list[Row] = payload["results"]
        return results


def _keep(state: Path, sent: Mapping[str, str]) -> None:
    """Replace the file as a whole: a sync that is stopped half-way leaves the old one or the new one."""
    fresh = state.with_suffix(".new")
    fresh.write_text(json.dumps(sent))
    fresh.replace(state)


async def main(customers: Path, state: Path) -> None:
    """Bring one file of customers over."""
    headers = {"authorization": f"Bearer {os.environ['GRAPHQL_TOKEN']}"}
    sync = Sync(HTTPXAsyncTransport(os.environ["GRAPHQL_URL"], headers=headers, timeout=30))
    with customers.open(newline="") as file:
        rows = list(csv.DictReader(file))
    print(json.dumps(await sync.customers(rows, state)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
