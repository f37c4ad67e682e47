"""Does any input whatever bring the service to fail, to hang, or to tell what it should not?

The inputs come from a seed, which a failure prints: `CXGRAPH_SEED=… pytest tests/http/test_fuzzing.py` draws
the same ones again, and another seed others.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import schemathesis
from graphql import parse_value, print_schema
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from infra.app import Application
from infra.database import Database
from infra.explorer import examples
from infra.settings import Settings
from schema.graph import build
from schema.planner.catalogue import Catalogue
from tests.http.asgi import Reply, asked, living
from tests.http.attacks.documents import DOCUMENTS
from tests.http.attacks.payloads import TENANT
from tests.http.inputs import USUAL, Input, Inputs
from tests.schema.operations import Operations

SEED = int(os.environ.get("CXGRAPH_SEED", "1"))
PARTS, INPUTS = 4, 5_000
GENERATED = 300
HANG_SECONDS = 20.0
SECRETS = (
    b"Traceback",
    b"asyncpg",
    b"sqlalchemy",
    b"postgres",
    b"object has no attribute",
    b"NoneType",
    b'"INTERNAL"',
    b"site-packages",
)
# What another subgraph knows of a node: an id that may be none, of a type that may not be ours.
REPRESENTATIONS = st.builds(
    '{{__typename: "{}", id: "{}"}}'.format,
    st.sampled_from(["Customer", "Interaction", "Query", "Nobody"]),
    st.text("cusint_-0123456789abcdef", max_size=40),
).map(parse_value)
PLENTY = Settings(points_per_second=1e9, points_saved=1_000_000_000, periodic_work=False)


@pytest.fixture(scope="module")
async def application(database_url: str, database: Database) -> AsyncIterator[Application]:
    """The whole application, in this process."""
    await database.add_tenant(TENANT, "Audits")
    async with living(PLENTY, database_url) as alive:
        yield alive


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The whole schema."""
    return Catalogue(build())


@pytest.fixture(scope="module")
def sources(catalogue: Catalogue) -> list[str]:
    """Valid documents of many kinds, and small hostile ones."""
    operations = Operations(catalogue)
    reading = [part.source for probe in operations.reading() for part in probe.parts]
    comparing = [probe.source for probe in operations.comparing()]
    hostile = [generator(3) for generator in DOCUMENTS.values()]
    return [*reading[::7], *comparing[::5], *hostile * 3, *(example.query for example in examples())]


async def answered(application: Application, given_input: Input) -> Reply:
    """Send an input, and check what must hold of every answer."""
    async with asyncio.timeout(HANG_SECONDS):
        reply = await asked(
            application,
            given_input.body,
            given_input.headers,
            method=given_input.method,
            query=given_input.query,
        )
    assert reply.status < 500, (given_input, reply)
    assert not [secret for secret in SECRETS if secret in reply.body], (given_input, reply)
    if reply.body:
        found = orjson.loads(reply.body)
        assert all("code" in error["extensions"] for error in found.get("errors", ())), (given_input, reply)
    return reply


@pytest.mark.parametrize("part", range(PARTS))
async def test_no_input_is_a_failure_of_ours(
    application: Application, catalogue: Catalogue, sources: list[str], part: int
) -> None:
    print(f"CXGRAPH_SEED={SEED}")  # noqa: T201 - pytest shows it beside a failure
    inputs = Inputs(SEED * PARTS + part, catalogue.schema, sources)
    seen: Counter[str] = Counter()
    for _ in range(INPUTS):
        reply = await answered(application, inputs.draw())
        seen["data" if reply.body.startswith(b'{"data"') else str(reply.status)] += 1

    # Drawing only noise would prove little.
    assert seen["data"] > INPUTS // 20, seen
    assert seen["200"] > INPUTS // 10, seen


async def test_no_operation_of_the_schema_is_a_failure_of_ours(
    application: Application, catalogue: Catalogue
) -> None:
    """Sends what schemathesis makes of the schema: valid operations with values at their edges."""
    loop = asyncio.get_running_loop()
    print(f"CXGRAPH_SEED={SEED}")  # noqa: T201 - pytest shows it beside a failure
    schemathesis.graphql.scalar("_Any", REPRESENTATIONS)
    operations = schemathesis.graphql.from_file(print_schema(catalogue.schema))

    @seed(SEED)
    @settings(
        max_examples=GENERATED,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operations.as_strategy())
    def check(case: schemathesis.Case[Any]) -> None:
        body = orjson.dumps({"query": case.body})
        future = asyncio.run_coroutine_threadsafe(answered(application, Input(body, dict(USUAL))), loop)
        future.result()

    await asyncio.to_thread(check)
