"""How is a subscription answered? It waits, and each event it waits for is shown by the planner."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import orjson
from graphql import FieldNode, GraphQLError, VariableNode, Visitor, visit

from schema.events.types import EVENT
from schema.execution import Graph, Request
from schema.ground import ids
from schema.ground.context import Context
from schema.ground.watching import Happening, Watch
from schema.guard.guard import RefusedError
from schema.planner.documents import Operation
from schema.planner.selection import Selector
from schema.reading import Reading
from schema.resolving import resolve
from service.ground.actor import Actor
from service.ground.scopes import require


@dataclass(frozen=True, slots=True)
class Watching:
    """One valid subscription of one actor. Where `key` is equal, each event looks the same."""

    actor: Actor
    watch: Watch
    key: Hashable
    reading: Reading
    name: str
    nodes: list[FieldNode]

    def wants(self, event: Happening) -> bool:
        """Tell whether it waits for this event, and its actor may know of it."""
        return self.watch.wants(event, self.actor.scopes)

    async def shown(self, event: Happening) -> bytes | None:
        """Return the answer that tells of an event; None where what it happened to is gone.

        Each costs the points of the operation, however many subscribers share it; raises RateLimitedError.
        """
        self.reading.pay_again()
        field = self.reading.operation.root.fields[self.nodes[0].name.value]
        found = await self.reading.completed(self.watch.shows(event), field, self.nodes)
        if found == b"null":
            return None
        told = {"eventId": ids.encode(EVENT, event.id)}
        return b'{"data":{"%s":%s},"extensions":%s}' % (self.name.encode(), found, orjson.dumps(told))


async def watching(graph: Graph, request: Request, actor: Actor) -> Watching:
    """Return what a subscription waits for; raises RefusedError, RateLimitedError or a Problem."""
    operation, points = graph.charged(request, actor, waits=True)
    variables = operation.variables(request.variables)
    selector = Selector(graph.catalogue.schema, operation.fragments, variables)
    fields = selector.of_sets(operation.root, [operation.node.selection_set])
    if not fields:
        raise RefusedError([GraphQLError("The subscription selects nothing.")])
    [(name, nodes)] = fields.items()
    watch = await _watch(operation, nodes, variables, actor)
    if request.after is not None:
        watch = replace(watch, after=ids.decode(request.after, EVENT, "after"))
    require(actor.scopes, watch.needs)
    shaping = orjson.dumps(
        {one: request.variables.get(one) for one in sorted(_names_below(operation, nodes))}
    )
    whose = watch.subject_id, watch.every_seconds, watch.types if watch.every_seconds else None
    key = actor.tenant_id, actor.scopes, request.source, request.operation_name, shaping, whose
    reading = Reading(graph, operation, variables, actor, points)
    reading.check(nodes)
    return Watching(actor, watch, key, reading, name, list(nodes))


async def _watch(
    operation: Operation, nodes: Sequence[FieldNode], variables: Mapping[str, Any], actor: Actor
) -> Watch:
    if nodes[0].name.value.startswith("__"):
        raise RefusedError([GraphQLError("There is nothing to wait for.", nodes)])
    field = operation.root.fields[nodes[0].name.value]
    return cast("Watch", await resolve(field, nodes[0], variables, Context(actor)))


class _Variables(Visitor):
    """Collects the names of variables."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        """Keep a name."""
        self.names.add(node.name.value)


def _names_below(operation: Operation, nodes: Sequence[FieldNode]) -> set[str]:
    """Return the variables that decide how an event looks: those beside the field's own arguments."""
    found = _Variables()
    for node in nodes:
        if node.selection_set:
            visit(node.selection_set, found)
    for fragment in operation.fragments.values():
        visit(fragment.selection_set, found)
    return found.names
