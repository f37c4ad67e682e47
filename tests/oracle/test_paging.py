"""Does a walk through pages meet everything once, in any order and direction, while rows are being added?"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import orjson
import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, get_nullable_type

from infra.database import Database
from schema.execution import Graph, Request
from schema.planner.catalogue import read_of
from service.ground.actor import Actor
from service.ground.reads import Many
from service.ground.tables import table_of
from tests.ground import Make
from tests.oracle.laboratory import SEED
from tests.oracle.operations import FEED
from tests.oracle.seeds import Sower

PAGE = 4
MOST_NEW_ROWS = 12


@dataclass(frozen=True, slots=True)
class List:
    """One list at the root, in one order."""

    field: str
    read: Many
    order: str | None

    def source(self, direction: str, *, backward: bool) -> str:
        """Return the operation that reads one page."""
        order = f"orderBy: {{field: {self.order}, direction: {direction}}}, " if self.order else ""
        page = "last: $size, before: $from" if backward else "first: $size, after: $from"
        info = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
        return (
            f"query($size: Int!, $from: String) {{ page: {self.field}({order}{page})"
            f" {{ edges {{ node {{ id }} }} {info} }} }}"
        )


@dataclass(frozen=True, slots=True)
class Garden:
    """A tenant whose tables are sown, and the one who asks in it."""

    actor: Actor
    sower: Sower


@pytest.fixture(scope="module")
def lists(graph: Graph) -> list[List]:
    """Every list at the root in every order it offers."""
    return list(_lists(graph))


@pytest.fixture
async def garden(database: Database, make_actor: Make) -> Garden:
    """A sown tenant."""
    actor = await make_actor()
    sower = Sower(actor.tenant_id, random.Random(SEED))  # noqa: S311 - chance, not secrecy
    async with database.pool.acquire() as connection, connection.transaction():
        await sower.sow(connection)
    return Garden(actor, sower)


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("backward", [False, True], ids=["forwards", "backwards"])
async def test_a_walk_meets_everything_once_while_rows_are_added(
    graph: Graph, database: Database, garden: Garden, lists: list[List], direction: str, *, backward: bool
) -> None:
    for each in lists:
        there = await database.pool.fetch(
            f'SELECT id FROM "{table_of(each.read.target).name}" WHERE tenant_id = $1',  # noqa: S608 - ours
            garden.actor.tenant_id,
        )
        adding = asyncio.create_task(_add(database, garden.sower, each))
        source = each.source(direction, backward=backward)
        met = [id_ async for id_ in _walk(graph, garden.actor, source, backward=backward)]
        added = await adding
        assert len(met) == len(set(met)), each
        assert {str(row["id"]) for row in there} <= set(met), each
        assert len(met) <= len(there) + added, each


async def _walk(graph: Graph, actor: Actor, source: str, *, backward: bool) -> AsyncIterator[str]:
    """Read page after page and return the ids on them."""
    here, goes_on = ("startCursor", "hasPreviousPage") if backward else ("endCursor", "hasNextPage")
    cursor = None
    while True:
        answer = await graph.answer(Request(source, variables={"size": PAGE, "from": cursor}), actor)
        page = orjson.loads(answer.body)["data"]["page"]
        for edge in page["edges"]:
            yield edge["node"]["id"].split("_", 1)[1]
        cursor = page["pageInfo"][here]
        if not page["pageInfo"][goes_on]:
            return


async def _add(database: Database, sower: Sower, into: List) -> int:
    """Insert rows, each in a transaction of its own, and return how many there was room for."""
    table = table_of(into.read.target)
    before = len(sower.rows[table.name])
    async with database.pool.acquire() as connection:
        for number in range(before, before + MOST_NEW_ROWS):
            if not await sower.sow_row(connection, table, number):
                break
    return len(sower.rows[table.name]) - before


def _lists(graph: Graph) -> Iterator[List]:
    root = graph.catalogue.schema.query_type
    assert root is not None
    for name, field in root.fields.items():
        read = read_of(field)
        if isinstance(read, Many) and name not in FEED:
            order = field.args.get("orderBy")
            for key in _keys(order and get_nullable_type(order.type)):
                yield List(name, read, key)


def _keys(order: object) -> list[str | None]:
    if not isinstance(order, GraphQLInputObjectType):
        return [None]
    keys = get_nullable_type(order.fields["field"].type)
    assert isinstance(keys, GraphQLEnumType)
    return list(keys.values)
