"""Do Apollo, urql and Relay work with the service, and does TypeScript know its types?"""

import pytest

from tests.clients.conftest import NODE, TOOLS, Tenant, example, run

pytestmark = pytest.mark.usefixtures("generated")


async def test_the_types_of_every_example_follow_from_the_committed_schema() -> None:
    assert await run(NODE, TOOLS / "typescript" / "bin" / "tsc", "-p", ".") == ""


async def test_apollo_shows_a_mutation_from_its_normalized_cache(tenant: Tenant) -> None:
    await tenant.add(("Ada Lovelace", "ada@example.org"))

    said = await example(tenant, "apollo.ts")

    assert said == {"before": "Ada Lovelace", "outcome": "UPDATED", "after": "Ada King"}


async def test_urql_caches_a_query_until_a_mutation_touches_it(tenant: Tenant) -> None:
    await tenant.add(("Grace Hopper", "grace@example.org"))

    said = await example(tenant, "urql.ts")

    assert said == [
        {"stage": "ACTIVE", "cache": "miss"},
        {"stage": "ACTIVE", "cache": "hit"},
        {"stage": "AT_RISK", "cache": "miss"},
    ]


async def test_relay_joins_the_pages_of_a_connection(tenant: Tenant) -> None:
    names = ("Ada", "Barbara", "Edsger", "Grace", "Tony")
    await tenant.add(*((name, f"{name}@example.org") for name in names))

    said = await example(tenant, "--import", "./relay/bundler.mjs", "relay/customers.ts")

    assert said == [list(names[:2]), list(names[:4]), list(names)]
