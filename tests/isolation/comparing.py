"""Does company show? Each operation is asked beside others and alone, and must be answered alike."""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import String, Table

from schema import graph as chapters
from schema.execution import Graph, Request
from schema.guard.limits import UNLIMITED
from schema.guard.rules import Rules
from service.ground.actor import Actor
from service.ground.idempotency import Claim
from tests.isolation.walks import Asked, Names, Walks
from tests.isolation.worlds import MARK, Walls, World, Worlds, tables
from tests.oracle.facts import Facts
from tests.oracle.reference import Reference

ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SECRET = re.compile(rb"cx_live_\w+")


class Turning:
    """The doors of whichever world is looked at, so that both are asked with the same plans."""

    def __init__(self) -> None:
        self.world: World | None = None

    def read(self, tenant_id: UUID, sql: str, arguments: Sequence[object]) -> "asyncio.Future[bytes]":
        """Read from the world that is looked at."""
        assert self.world is not None
        return self.world.read(tenant_id, sql, arguments)

    def work(self, actor: Actor, claim: Claim | None = None) -> Any:  # noqa: ANN401 - a context manager of a session
        """Write in the world that is looked at; without a key, since everything is undone."""
        assert self.world is not None
        assert claim is None
        return self.world.work(actor)


@dataclass(slots=True)
class Comparison:
    """Asks both worlds."""

    runner: asyncio.Runner
    worlds: Worlds
    graph: Graph
    doors: Turning
    walks: Walks
    known: frozenset[bytes]

    def differences(self, asked: Asked, walls: Sequence[Walls]) -> Iterator[str]:
        """Yield what company changed about the answers; nothing must ever come out of this."""
        for variables in asked.variables:
            request = Request(asked.source, variables=variables)
            expected = self._answered(self.worlds.alone, Walls.BOTH, request)
            for standing in walls:
                found = self._answered(self.worlds.company, standing, request)
                if MARK.encode() in found and MARK.encode() not in expected:
                    yield f"{standing}: another tenant's text is shown"
                elif found != expected:
                    yield f"{standing}: {found[:600]!r} is not {expected[:600]!r}"
                elif self.worlds.company.touched:
                    yield f"{standing}: another tenant's row was touched"
                self.worlds.company.touched = False

    def ask_first(self, asked: Asked) -> None:
        """Let the stranger ask before."""
        self.doors.world, self.doors.world.walls = self.worlds.company, Walls.BOTH
        request = Request(asked.source, variables=asked.variables[0])
        self.runner.run(self.graph.answer(request, self.worlds.stranger))

    def _answered(self, world: World, walls: Walls, request: Request) -> bytes:
        self.doors.world, world.walls = world, walls
        try:
            answer = self.runner.run(self.graph.answer(request, self.worlds.actor))
        except asyncpg.PostgresError as error:
            return repr(error).encode()
        return self._without_chance(answer.body)

    def _without_chance(self, body: bytes) -> bytes:
        """Return an answer with the ids and secrets of things that were just made told by their order."""
        new: dict[bytes, bytes] = {}

        def placed(found: "re.Match[bytes]") -> bytes:
            text = found[0]
            return text if text in self.known else new.setdefault(text, b"new-%d" % len(new))

        return ID.sub(placed, SECRET.sub(b"secret", body))


def comparison(runner: asyncio.Runner, both: Worlds) -> Comparison:
    """Prepare the questions: ids and cursors of the tenant that is asked, and of the stranger."""
    doors = Turning()
    graph = Graph(chapters.build(), doors, repr, Rules(UNLIMITED))

    def reference(actor: Actor) -> Reference:
        def fetch(sql: str, arguments: Sequence[object]) -> Sequence[Sequence[Any]]:
            return runner.run(both.company.owner.pool.fetch(sql, *arguments))

        return Reference(graph.catalogue, Facts(actor.tenant_id, fetch), actor)

    own, others = reference(both.actor), reference(both.stranger)
    ids = _together(own.ids(), others.ids())

    def cursors(*place: Any) -> Sequence[str]:  # noqa: ANN401 - handed on
        return [*own.cursors(*place), *others.cursors(*place)]

    known = frozenset(one.split("_")[1].encode() for listed in ids.values() for one in listed)
    return Comparison(
        runner, both, graph, doors, Walks(graph.catalogue, ids, cursors, _names(runner, both)), known
    )


def _names(runner: asyncio.Runner, both: Worlds) -> Names:
    """Return what the things of all tenants in company are called."""

    def texts(*columns: str) -> list[dict[str, str]]:
        listed = ", ".join(columns)
        named = [table for table in tables() if all(_is_text(table, column) for column in columns)]
        parts = (f'SELECT {listed} FROM "{table}" WHERE {columns[0]} IS NOT NULL' for table in named)  # noqa: S608
        found = runner.run(both.company.owner.pool.fetch(f"{' UNION '.join(parts)} ORDER BY {listed}"))
        return [dict(row) for row in found]

    keys, emails = ([one[name] for one in texts(name)] for name in ("key", "email"))
    return Names(keys, emails, texts("system", "value"))


def _is_text(table: Table, column: str) -> bool:
    return column in table.columns and isinstance(table.columns[column].type, String)


def _together(
    one: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]]
) -> dict[str, Sequence[str]]:
    return {prefix: [*listed, *other[prefix]] for prefix, listed in one.items()}
