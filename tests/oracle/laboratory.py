"""Where do planner and reference meet? Over the same rows, beside a tenant with the same ids."""

import asyncio
import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from infra.database import Database
from schema import graph as chapters
from schema.execution import Graph, Request
from schema.guard.limits import UNLIMITED
from schema.guard.rules import Rules
from service.ground.actor import Actor, ActorKind
from service.ground.keys import uuid7
from service.ground.scopes import EVERY
from service.metrics import upkeep
from tests.ground import watched
from tests.oracle.arguments import Arguments
from tests.oracle.drawing import Drawing
from tests.oracle.facts import Facts
from tests.oracle.measuring import Measuring
from tests.oracle.operations import Asked, Dresser
from tests.oracle.reference import Reference
from tests.oracle.seeds import Sower
from tests.recounts import rows_of
from tests.statements import Heard, overheard, unbound

ZONED = "UPDATE measurement_plan SET time_zone = 'America/Los_Angeles' WHERE tenant_id = $1"
"""PostgreSQL tells days in this zone, which no plan has unless there is such a one."""
SEED = int(os.environ.get("CXGRAPH_SEED", "20260301"))
CANARY = "CANARY"


class RefusedError(Exception):
    """The planner did not execute the operation; tells its errors."""


@dataclass(frozen=True, slots=True)
class Laboratory:
    """Asks both; its loop is its own, so that what is compared may be drawn between two questions."""

    runner: asyncio.Runner
    graph: Graph
    actor: Actor
    heard: Heard
    reference: Reference

    def dress(self, shape: str, number: int) -> Asked:
        """Return the operation of a shape that a number stands for."""
        drawing = Drawing(random.Random(number))  # noqa: S311 - chance, not secrecy
        catalogue = self.graph.catalogue
        arguments = Arguments(catalogue, self.reference.cursors, self.reference.ids(), drawing)
        return Dresser(catalogue.schema, arguments, drawing).dress(shape)

    def answers(self, asked: Asked) -> Iterator[tuple[object, object]]:
        """Return for each set of variables what the planner and what the reference answers.

        The planner's answer must be made by one statement of one tenant.
        Raises RefusedError for an operation that is not valid.
        """
        for variables in (asked.variables, *asked.others):
            planned = self._planned(Request(asked.source, variables=variables))
            expected = self.reference.answer(asked.source, variables)
            for error in expected.errors or ():
                raise error.original_error or error
            yield _normal(planned), _normal({"data": expected.data}, near=True)

    def _planned(self, request: Request) -> object:
        self.heard.take()
        answer = self.runner.run(self.graph.answer(request, self.actor))
        if not answer.executed:
            raise RefusedError(answer.body.decode())
        (sent,) = self.heard.take()
        assert unbound(sent, self.actor.tenant_id) == []
        assert CANARY not in answer.body.decode()
        return orjson.loads(answer.body)


@contextmanager
def laboratory(database_url: str) -> Iterator[Laboratory]:
    """Sow two tenants, and open everything that reads them."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        pool = watched(database_url, largest=1)
        database = runner.run(pool.__aenter__())
        listening = overheard(database)
        heard = runner.run(listening.__aenter__())
        actor = runner.run(_sown(database))
        graph = Graph(chapters.build(), database, str, Rules(UNLIMITED))

        def fetch(sql: str, arguments: Sequence[object]) -> Sequence[Sequence[Any]]:
            return runner.run(database.pool.fetch(sql, *arguments))

        rows = runner.run(rows_of(database.pool.fetch, actor.tenant_id))
        reference = Reference(graph.catalogue, Facts(actor.tenant_id, fetch), actor, Measuring(rows))
        yield Laboratory(runner, graph, actor, heard, reference)
        runner.run(listening.__aexit__(None, None, None))
        runner.run(pool.__aexit__(None, None, None))


async def _sown(database: Database) -> Actor:
    """Sow the tenant that is asked, and another whose every text says so where it appears."""
    actors = []
    for mark in ("", CANARY):
        id_ = uuid7()
        actor = Actor(id_, f"oracle-{id_}", "someone", ActorKind.HUMAN, EVERY)
        actors.append(actor)
        insertion = "INSERT INTO tenant (id, key, name) VALUES ($1, $2, $2)"
        await database.pool.execute(insertion, id_, actor.tenant_key)
        async with database.pool.acquire() as connection, connection.transaction():
            chance = random.Random(SEED)  # noqa: S311 - chance, not secrecy
            await Sower(id_, chance, mark).sow(connection)
            await connection.execute(ZONED, id_)
        async with database.work(actor) as session:
            await upkeep.recount(session)
    await database.pool.execute("ANALYZE")
    return actors[0]


def _normal(value: object, *, near: bool = False) -> object:
    """Return JSON with its objects as ordered pairs, and whole numbers alike however they are written.

    Numbers that are `near` are equal to others that agree in seven digits: SQL rounds on its own ways.
    """
    if isinstance(value, dict):
        return [(name, _normal(part, near=near)) for name, part in value.items()]
    if isinstance(value, list):
        return [_normal(part, near=near) for part in value]
    if near and isinstance(value, float):
        return pytest.approx(value, rel=1e-7, abs=1e-9)
    return int(value) if isinstance(value, float) and value.is_integer() else value
