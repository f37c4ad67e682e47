"""How would GraphQL itself answer? graphql-core executes; each field is resolved in the plainest way."""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from graphql import (
    ExecutionResult,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    build_schema,
    execute_sync,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    parse,
    print_schema,
)
from sqlalchemy import FromClause, Text, cast
from sqlmodel import SQLModel

from schema.ground.context import Context
from schema.ground.fields import EntitiesByKey, Lookup, NodesById
from schema.planner.catalogue import Catalogue, is_planned, python_name, read_of
from service.ground.actor import Actor
from service.ground.machine import event_name
from service.ground.reads import (
    Computed,
    Expression,
    Listed,
    Many,
    Merged,
    Nested,
    OfPair,
    One,
    OneOf,
    Variant,
    column,
)
from service.metrics.asking import Asked
from tests.oracle import facts as fact
from tests.oracle import pages
from tests.oracle.facts import Facts, Key, Source
from tests.oracle.filters import Filters
from tests.oracle.measuring import Measuring, written

Resolve = Callable[..., Any]
ID, AT = column("id"), column("occurred_at")
PLACE = column(fact.PLACE)


def AT_TEXT(row: FromClause) -> Expression:  # noqa: N802 - named like its neighbours
    """Return a time as PostgreSQL writes it."""
    return cast(row.c.occurred_at, Text)


@dataclass(frozen=True, slots=True)
class Row:
    """One row, as a resolver sees it."""

    source: Source
    key: Key


@dataclass(slots=True)
class Reference:
    """Answers operations of one actor over the facts of that actor's tenant."""

    catalogue: Catalogue
    facts: Facts
    actor: Actor
    measuring: Measuring | None = None
    filters: Filters = field(init=False)
    schema: GraphQLSchema = field(init=False)

    def __post_init__(self) -> None:
        """Give each field of a plain copy of the schema its resolver."""
        self.filters = Filters(self.facts)
        self.schema = build_schema(print_schema(self.catalogue.schema))
        for name, type_ in self.schema.type_map.items():
            if isinstance(type_, GraphQLObjectType) and not name.startswith("__"):
                declared = self._declared(name)
                for field_name, each in type_.fields.items():
                    each.resolve = self._resolver(declared, declared.fields[field_name], field_name)
            elif is_abstract_type(type_):
                type_.resolve_type = lambda row, *_: self.catalogue.type_of(row.source.model).name

    def _declared(self, type_name: str) -> GraphQLObjectType:
        type_ = self.catalogue.schema.type_map[type_name]
        assert isinstance(type_, GraphQLObjectType)
        return type_

    def answer(self, source: str, variables: Mapping[str, Any]) -> ExecutionResult:
        """Return what GraphQL answers to a valid operation."""
        found = execute_sync(self.schema, parse(source), variable_values=dict(variables))
        assert isinstance(found, ExecutionResult)
        return found

    def ids(self) -> dict[str, list[str]]:
        """Return the ids of all nodes, by their prefix."""
        return {
            prefix: [
                f"{prefix}_{key[0]}" for key in self.facts.values(self.facts.table(node.entity.model), ID)
            ]
            for prefix, node in self.catalogue.nodes.items()
        }

    def _values_of(self, model: type[SQLModel]) -> Iterable[UUID]:
        return self.facts.values(self.facts.table(model), ID).values()

    def cursors(self, type_name: str, name: str, order: str | None, direction: str | None) -> list[str]:
        """Return cursors that rows at the far end of a connection have, whichever row it starts from."""
        type_ = self._declared(type_name)
        model = self.catalogue.model_of(type_name)
        source = self.facts.table(model) if model else None
        read = read_of(type_.fields[name])
        if not isinstance(read, Many) or (source is None and type_ is not self.catalogue.schema.query_type):
            return []
        descending = read.descending if direction is None else direction == "DESC"
        chosen = order or next(iter(read.order))
        tag = f"{chosen}.{'DESC' if descending else 'ASC'}"
        placed = [p for each in self.facts.many(source, read, read.order[chosen]).values() for p in each]
        return [pages.cursor(tag, pages.Item(None, p.value, p.text, p.id)) for p in placed]

    def _resolver(self, type_: GraphQLObjectType, field: GraphQLField, name: str) -> Resolve:
        read = read_of(field)
        if isinstance(read, Asked):
            return lambda row, _info, **given: self._measured(row, read, given)
        if type_ is self.catalogue.schema.query_type:
            return self._root(field, read)
        if name == "id" and (model := self.catalogue.model_of(type_.name)):
            prefix = self.catalogue.entity_of(model).prefix
            return lambda row, _info: f"{prefix}_{row.key[-1]}"

        def resolve(row: object, _info: object, **arguments: object) -> Any:  # noqa: ANN401 - whatever it shows
            if not isinstance(row, Row):
                return getattr(row, python_name(field))
            return self._field(row, field, read, arguments)

        return resolve

    def _root(self, field: GraphQLField, read: object) -> Resolve:
        match read:
            case Many():
                return lambda _root, _info, **given: self._connection(None, (), field, read, given)
            case Lookup():
                return lambda _root, _info, **given: self._lookup(field, read, given)
            case NodesById():
                return lambda _root, _info, **given: self._nodes(given)
            case EntitiesByKey():
                return _not_compared
        assert not is_planned(field), f"the reference cannot read {read!r} at the root"
        return lambda _root, _info, **given: self._plain(field, given)

    def _plain(self, field: GraphQLField, given: Mapping[str, Any]) -> object:
        assert field.resolve is not None
        return field.resolve(None, SimpleNamespace(context=Context(self.actor)), **given)

    def _field(self, row: Row, field: GraphQLField, read: object, given: Mapping[str, Any]) -> Any:  # noqa: ANN401
        match read:
            case None | Computed():
                of = read.of if read else self.filters.column(python_name(field))
                return leaf(self.facts.values(row.source, of)[row.key], field.type)
            case Nested():
                here = read.present is None or row.key in self._present(row, read)
                return row if here else None
            case One():
                return self._one(row, read.target, read.on)
            case OneOf():
                found = (self._one(row, variant.target, variant.on) for variant in read.variants)
                return next((one for one in found if one is not None), None)
            case Listed():
                return self._list(row, read)
            case Many() if "first" in field.args:
                return self._connection(row.source, row.key, field, read, given)
            case Many():
                return self._all(row, read)
            case Merged():
                return self._merged(row, field, read, given)
        message = f"the reference does not know how to read {read!r}"
        raise TypeError(message)

    def _present(self, row: Row, read: Nested) -> set[Key]:
        assert read.present is not None
        return self.facts.members(row.source, id(read), read.present)

    def _one(self, row: Row, target: type[SQLModel], on: OfPair) -> Row | None:
        found = self.facts.ones(row.source, target, on).get(row.key, [])
        assert len(found) <= 1, f"an edge to one {target.__name__} leads to {found}"
        return self._node(target, found[0]) if found else None

    def _node(self, model: type[SQLModel], id_: UUID) -> Row:
        return Row(self.facts.table(model), (id_,))

    def _list(self, row: Row, read: Listed) -> list[Row]:
        source = self.facts.derived(row.source, read, lambda: fact.of_list(row.source, read.rows))
        keys = [key for key in self.facts.values(source, PLACE) if key[:-1] == row.key]
        return [Row(source, key) for key in sorted(keys, key=operator.itemgetter(-1))]

    def _all(self, row: Row, read: Many) -> list[Row]:
        """Return a short list, sorted by all of its orders and then by the ids."""
        orders = [self.facts.many(row.source, read, order).get(row.key, []) for order in read.order.values()]
        placed = zip(*orders, strict=True)
        marks = sorted(((*(p.value for p in each), each[0].id) for each in placed), reverse=read.descending)
        return [self._node(read.target, mark[-1]) for mark in marks]

    def _connection(
        self, source: Source | None, key: Key, field: GraphQLField, read: Many, given: Mapping[str, Any]
    ) -> pages.Page[Row]:
        name, descending = _order(given, next(iter(read.order)), descending=read.descending)
        found = self.facts.many(source, read, read.order[name]).get(key, [])
        far = self.facts.table(read.target)
        kept = [placed for placed in found if self._kept(far, (placed.id,), field, given)]
        items = [pages.Item(self._node(read.target, p.id), p.value, p.text, p.id) for p in kept]
        return pages.page(items, name, _bounds(given), descending=descending)

    def _kept(self, source: Source, key: Key, field: GraphQLField, given: Mapping[str, Any]) -> bool:
        chosen = given.get("filter")
        return chosen is None or self.filters.keeps(source, key, _input(field.args["filter"]), chosen)

    def _merged(
        self, row: Row, field: GraphQLField, read: Merged, given: Mapping[str, Any]
    ) -> pages.Page[Row]:
        _, descending = _order(given, "OCCURRED_AT", descending=True)
        items = [item for variant in read.variants for item in self._items(row, variant, field, given)]
        return pages.page(items, "OCCURRED_AT", _bounds(given), descending=descending)

    def _items(
        self, row: Row, variant: Variant, field: GraphQLField, given: Mapping[str, Any]
    ) -> Iterator[pages.Item[Row]]:
        """Return what a merged list shows of one of its tables."""
        kind = event_name(variant.target.__name__).upper()
        source = self.facts.derived(row.source, variant, lambda: fact.of_variant(row.source, variant, kind))
        texts = self.facts.values(source, AT_TEXT)
        for key, at in self.facts.values(source, AT).items():
            if key[:-1] == row.key and self._kept(source, key, field, given):
                yield pages.Item(self._node(variant.target, key[-1]), at, texts[key], key[-1])

    def _lookup(self, field: GraphQLField, read: Lookup, given: Mapping[str, Any]) -> Row | None:
        source = self.facts.table(read.target)
        names = {name: value for name, value in given.items() if value is not None}
        found = [
            key
            for key in self.facts.values(source, ID)
            if all(self._names(Row(source, key), field, name, value) for name, value in names.items())
        ]
        if read.order:
            values = self.facts.values(source, read.order.of)
            found.sort(key=lambda key: (values[key], key), reverse=True)
        assert read.order or len(found) <= 1, f"{names} finds several rows, and no order says which"
        return Row(source, found[0]) if found else None

    def _names(self, row: Row, field: GraphQLField, name: str, value: Any) -> bool:  # noqa: ANN401 - JSON
        argument, read = field.args[name], read_of(field)
        if name in read.where:
            return self.filters.compares(row.source, row.key, read.where[name], argument.type, value)
        return self.filters.keeps(row.source, row.key, _input(argument), value)

    def _measured(self, row: object, read: Asked, given: Mapping[str, Any]) -> object:
        assert self.measuring, "nothing was prepared to be counted again"
        node = (read.place.name, row.key[-1]) if isinstance(row, Row) else None
        if read.many:
            return [self.measuring.answer(node, one) for one in given["inputs"]]
        return self.measuring.answer(node, given["input"])

    def _nodes(self, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a row or a list of rows
        if "ids" in given:
            return [self._by_id(text) for text in given["ids"]]
        return self._by_id(given["id"])

    def _by_id(self, text: str) -> Row | None:
        prefix, id_ = text.split("_", 1)
        source = self.facts.table(self.catalogue.nodes[prefix].entity.model)
        key = (UUID(id_),)
        return Row(source, key) if key in self.facts.values(source, ID) else None


def _not_compared(*_: object, **_given: object) -> None:
    """Answer what `tests/schema/test_federation.py` compares: what other graphs refer to."""


def _input(argument: GraphQLArgument) -> GraphQLInputObjectType:
    named = get_named_type(argument.type)
    assert isinstance(named, GraphQLInputObjectType)
    return named


def _bounds(given: Mapping[str, Any]) -> pages.Bounds:
    return pages.Bounds(given.get("first"), given.get("after"), given.get("last"), given.get("before"))


def _order(given: Mapping[str, Any], default: str, *, descending: bool) -> tuple[str, bool]:
    chosen = given.get("orderBy")
    return (chosen["field"], chosen["direction"] == "DESC") if chosen else (default, descending)


def leaf(value: Any, type_: GraphQLOutputType) -> Any:  # noqa: ANN401 - one line a type
    """Return a value as JSON shows it."""
    if isinstance(type_, GraphQLNonNull):
        return leaf(value, type_.of_type)
    if value is None:
        return None
    if isinstance(type_, GraphQLList):
        return [leaf(part, type_.of_type) for part in value]
    assert is_leaf_type(type_)
    if isinstance(value, datetime):
        return written(value)
    if isinstance(value, Decimal):
        return float(value) if type_.name == "Float" else str(value)
    if isinstance(value, date | UUID):
        return str(value)
    return value
