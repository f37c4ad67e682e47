"""Can every field be read, and every filter, order and lookup be used? What cannot be planned fails here."""

from collections.abc import Iterable
from dataclasses import replace

import orjson
import pytest

from infra.database import Database
from schema.execution import Graph, Request
from schema.graph import build
from schema.guard.limits import UNLIMITED
from schema.guard.rules import Rules
from service.ground.actor import Actor
from service.ground.scopes import EVERY, Scope
from tests.schema.operations import Operations, Probe
from tests.statements import Heard, unbound


@pytest.fixture(scope="module")
def graph(database: Database) -> Graph:
    """The whole graph without limits: its operations ask for all that there is at once."""
    return Graph(build(), database, str, Rules(UNLIMITED))


@pytest.fixture(scope="module")
def operations(graph: Graph) -> Operations:
    """The smallest operations of the schema."""
    return Operations(graph.catalogue)


async def _failing(graph: Graph, actor: Actor, heard: Heard, probes: Iterable[Probe]) -> dict[str, object]:
    """Return what is wrong with the answers, by the smallest place that shows it."""
    found: dict[str, object] = {}
    for probe in probes:
        wrong = await _wrong(graph, actor, heard, probe.source)
        if wrong:
            found |= await _failing(graph, actor, heard, probe.parts) or {probe.place: wrong}
    return found


async def _wrong(graph: Graph, actor: Actor, heard: Heard, source: str) -> object:
    """Return the errors of an answer, or the tables it read from every tenant; nothing where all is well."""
    heard.take()
    try:
        answer = orjson.loads((await graph.answer(Request(source), actor)).body)
    except Exception as error:  # noqa: BLE001 - every place is tried, then all failures are shown together
        return error
    return answer.get("errors") or [
        loose for sent in heard.take() for loose in unbound(sent, actor.tenant_id)
    ]


async def test_every_field_can_be_read(
    graph: Graph, actor: Actor, heard: Heard, operations: Operations
) -> None:
    assert await _failing(graph, actor, heard, operations.reading()) == {}


async def test_every_field_can_be_read_by_somebody_who_may_see_nothing_of_persons(
    graph: Graph, actor: Actor, heard: Heard, operations: Operations
) -> None:
    blind = replace(actor, scopes=EVERY - {Scope.PII_READ})
    assert await _failing(graph, blind, heard, operations.reading()) == {}


async def test_every_filter_order_and_lookup_can_be_used(
    graph: Graph, actor: Actor, heard: Heard, operations: Operations
) -> None:
    assert await _failing(graph, actor, heard, operations.comparing()) == {}


def test_every_type_can_be_reached(graph: Graph, operations: Operations) -> None:
    nodes = {node.type.name for node in graph.catalogue.nodes.values()}
    assert nodes <= set(operations.paths)
