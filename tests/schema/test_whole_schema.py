"""Can every field be read, and every filter, order and lookup be used? What cannot be planned fails here."""

from collections.abc import Iterable

import orjson
import pytest

from schema.execution import Graph, Request
from service.ground.actor import Actor
from tests.schema.operations import Operations
from tests.statements import Heard, unbound


@pytest.fixture(scope="module")
def operations(graph: Graph) -> Operations:
    """The smallest operations of the schema."""
    return Operations(graph.catalogue)


async def _failing(
    graph: Graph, actor: Actor, heard: Heard, operations: Iterable[tuple[str, str]]
) -> dict[str, object]:
    """Return what is wrong with the answers, by place."""
    found: dict[str, object] = {}
    for place, source in operations:
        heard.take()
        try:
            answer = orjson.loads((await graph.answer(Request(source), actor)).body)
        except Exception as error:  # noqa: BLE001 - every place is tried, then all failures are shown together
            found[place] = error
            continue
        wrong = answer.get("errors") or [
            loose for sent in heard.take() for loose in unbound(sent, actor.tenant_id)
        ]
        if wrong:
            found[place] = wrong
    return found


async def test_every_field_can_be_read(
    graph: Graph, actor: Actor, heard: Heard, operations: Operations
) -> None:
    assert await _failing(graph, actor, heard, operations.reading()) == {}


async def test_every_filter_order_and_lookup_can_be_used(
    graph: Graph, actor: Actor, heard: Heard, operations: Operations
) -> None:
    assert await _failing(graph, actor, heard, operations.comparing()) == {}


def test_every_type_can_be_reached(graph: Graph, operations: Operations) -> None:
    nodes = {node.type.name for node in graph.catalogue.nodes.values()}
    assert nodes <= set(operations.paths)
