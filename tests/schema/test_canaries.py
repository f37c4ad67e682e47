"""Does what a client sends about persons ever come back in an error, or reach the log?"""

import logging
from collections.abc import Iterator

import asyncpg
import orjson
import pytest
from graphql import GraphQLEnumType, is_leaf_type

from infra.database import Database
from infra.reports import report
from schema.execution import Graph, Request
from schema.graph import build
from service.ground.actor import Actor
from tests.schema.canaries import CANARY, PLAIN, reads, sung

GRAPH_OF_THE_PRODUCT = build()
MUTATIONS = sorted(GRAPH_OF_THE_PRODUCT._schema.mutation_type.fields)  # type: ignore[union-attr]
TWICE = """INSERT INTO segment (tenant_id, id, key, name)
    SELECT tenant, uuidv7(), $1, 'x' FROM (SELECT uuidv7()) AS one (tenant), generate_series(1, 2)"""


def texts(value: object) -> Iterator[str]:
    """Yield every text inside of an answer."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


@pytest.fixture(scope="module")
def loud(database: Database) -> Graph:
    """The graph that reports to the log, as it does when it is served."""
    return Graph(GRAPH_OF_THE_PRODUCT, database, report)


@pytest.mark.parametrize("name", MUTATIONS)
async def test_what_is_sent_to_a_write_comes_back_in_no_error_and_reaches_no_log(
    loud: Graph, actor: Actor, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    field = loud.catalogue.schema.mutation_type.fields[name]  # type: ignore[union-attr]
    response = orjson.loads((await loud.answer(sung(name, field), actor)).body)

    assert [text for text in texts(response) if CANARY in text] == []
    assert CANARY not in caplog.text


async def test_what_is_compared_with_comes_back_in_no_error_and_reaches_no_log(
    loud: Graph, actor: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for request in reads(loud.catalogue):
        response = orjson.loads((await loud.answer(request, actor)).body)
        assert [text for text in texts(response) if CANARY in text] == [], request.source

    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("INSERT INTO customer (tenant_id, id, display_name) VALUES (uuidv7(), uuidv7(), $1)", CANARY),
        (TWICE, CANARY),
        ("SELECT $1::text::integer", CANARY),
        ("SELECT $1::text::jsonb", f"{{{CANARY}"),
        ("SELECT $1::text::timestamptz", CANARY),
        ("SELECT $1::integer", CANARY),
    ],
    # The canary is another one in each process, and may not be a part of a test's name.
    ids=["constraint", "twice", "integer", "json", "time", "argument"],
)
async def test_an_error_of_postgresql_is_logged_without_the_values_it_repeats(
    database: Database, caplog: pytest.LogCaptureFixture, statement: str, value: str
) -> None:
    with pytest.raises(asyncpg.PostgresError) as caught:
        await database.pool.execute(statement, value)
    assert CANARY in str(caught.value)
    error = LookupError()
    error.__cause__ = caught.value
    trace = report(error)

    assert trace in caplog.text
    assert type(caught.value).__name__ in caplog.text
    assert CANARY not in caplog.text


async def test_no_key_of_a_request_is_kept(loud: Graph, database: Database, actor: Actor) -> None:
    source = f'mutation {{ teamUpsert(input: {{key: "a", name: "A"}}) @idempotent(key: "{CANARY}@x.org") {{ '
    await loud.answer(Request(source + "userErrors { code } } }"), actor)
    kept = "SELECT count(*) FROM idempotent_answer AS held WHERE tenant_id = $1"

    assert await database.pool.fetchval(kept, actor.tenant_id) == 1
    assert await database.pool.fetchval(f"{kept} AND held::text LIKE $2", actor.tenant_id, f"%{CANARY}%") == 0


def test_every_type_of_an_input_has_an_example(loud: Graph) -> None:
    leaves = {
        name
        for name, type_ in loud.catalogue.schema.type_map.items()
        if is_leaf_type(type_) and not isinstance(type_, GraphQLEnumType) and not name.startswith("__")
    }

    assert leaves <= set(PLAIN)
