"""How does a value of Python's become JSON? Its own fields here, the nodes it shows through the planner."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import orjson
from graphql import (
    FieldNode,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_leaf_type,
    is_list_type,
)
from graphql.type import GraphQLNonNull

from schema.ground.context import Node
from schema.planner.catalogue import object_of, python_name
from schema.planner.selection import Selector


class ReadNodes(Protocol):
    """Reads nodes of one type by their ids."""

    async def __call__(
        self, type_: GraphQLObjectType, nodes: Sequence[FieldNode], ids: list[UUID], *, last: bool
    ) -> list[bytes]:
        """Return the nodes' JSON in the order of the ids; `last` tells that nothing is read after it."""


ReadQuery = Callable[[Sequence[FieldNode]], Awaitable[bytes]]


class _Slot:
    """The place of one node in the answer, filled when all nodes of its field have been read."""

    __slots__ = ("json",)

    def __init__(self) -> None:
        """Hold null until then."""
        self.json = b"null"


@dataclass(slots=True)
class _Shelf:
    """All nodes that one field of the answer shows: they are read together."""

    type: GraphQLObjectType
    nodes: Sequence[FieldNode]
    ids: list[UUID] = field(default_factory=list)
    slots: list[_Slot] = field(default_factory=list)


class Completion:
    """Completes one value."""

    def __init__(self, selector: Selector, read_nodes: ReadNodes, read_query: ReadQuery) -> None:
        """Read nodes with `read_nodes` and a payload's `query` with `read_query`."""
        self.selector = selector
        self._read_nodes = read_nodes
        self._read_query = read_query
        self._shelves: dict[int, _Shelf] = {}
        self._queries: list[tuple[_Slot, Sequence[FieldNode]]] = []

    async def json(self, value: object, type_: GraphQLOutputType, nodes: Sequence[FieldNode]) -> bytes:
        """Return the value's JSON."""
        tree = self._complete(value, type_, nodes)
        last = len(self._shelves) == 1 and not self._queries
        for shelf in self._shelves.values():
            found = await self._read_nodes(shelf.type, shelf.nodes, shelf.ids, last=last)
            for slot, json in zip(shelf.slots, found, strict=True):
                slot.json = json
        for slot, below in self._queries:
            slot.json = await self._read_query(below)
        return orjson.dumps(tree, default=_fragment)

    def _complete(self, value: object, type_: GraphQLOutputType, nodes: Sequence[FieldNode]) -> object:
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        if value is None or is_leaf_type(get_named_type(type_)):
            return value
        if is_list_type(type_) and isinstance(value, Sequence):
            return [self._complete(item, type_.of_type, nodes) for item in value]
        named = object_of(type_)
        if isinstance(value, Node):
            return self._shelve(value, named, nodes)
        if named is self.selector.schema.query_type:
            slot = _Slot()
            self._queries.append((slot, nodes))
            return slot
        return self._object(value, named, nodes)

    def _object(
        self, value: object, type_: GraphQLObjectType, nodes: Sequence[FieldNode]
    ) -> Mapping[str, object]:
        found: dict[str, Any] = {}
        for name, below in self.selector.fields(type_, nodes).items():
            if below[0].name.value == "__typename":
                found[name] = type_.name
                continue
            field_ = type_.fields[below[0].name.value]
            found[name] = self._complete(getattr(value, python_name(field_)), field_.type, below)
        return found

    def _shelve(self, node: Node, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> _Slot:
        shelf = self._shelves.setdefault(id(nodes[0]), _Shelf(type_, nodes))
        slot = _Slot()
        shelf.ids.append(node.id)
        shelf.slots.append(slot)
        return slot


def _fragment(slot: object) -> orjson.Fragment:
    if isinstance(slot, _Slot):
        return orjson.Fragment(slot.json)
    raise TypeError(type(slot).__name__)
