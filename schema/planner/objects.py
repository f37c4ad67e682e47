"""How does a selection become SQL? An object is a text over one row; edges join, lists are sub-selects."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
)
from sqlalchemy import FromClause, Select, Text, and_, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import SQLModel

from schema.planner.catalogue import Catalogue, object_of, python_name, read_of
from schema.planner.connections import Connections
from schema.planner.filters import Filters
from schema.planner.masks import Visible, is_hidden, mask
from schema.planner.metrics import Metrics
from schema.planner.parameters import Parameters
from schema.planner.scope import Scope
from schema.planner.selection import Fields, Selector
from schema.planner.text import NULL, Expression, Part, either, joined, quoted, scalar
from service.ground.reads import Computed, Listed, Many, Merged, Nested, One, OneOf, Variant
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.metrics.asking import Asked, Told


@dataclass(frozen=True, slots=True)
class Base:
    """The rows of an edge: a SELECT from `source`, the row of each `target`, and the row that sorts."""

    statement: "Select[Any]"
    source: FromClause
    target: FromClause
    sorted_by: FromClause


PLACE = "listed_place"
"""Where a row stands in a short list, under a name that no list has."""


class Objects:
    """Composes the JSON text of objects for one statement."""

    def __init__(
        self, catalogue: Catalogue, selector: Selector, parameters: Parameters, visible: Visible
    ) -> None:
        self.catalogue = catalogue
        self.selector = selector
        self.parameters = parameters
        self.visible = visible
        self.filters = Filters(catalogue, parameters, visible)
        self.connections = Connections(self)
        self.metrics = Metrics(self)

    def of_row(self, scope: Scope, row: FromClause, type_: GraphQLObjectType, fields: Fields) -> list[Part]:
        """Return an object's JSON: its fields in the operation's order, read from `row`."""
        parts: list[Part] = ["{"]
        for number, (name, nodes) in enumerate(fields.items()):
            parts.append(f'{"," if number else ""}"{name}":')
            parts.extend(self._field(scope, row, type_, nodes))
        parts.append("}")
        return parts

    def _field(
        self, scope: Scope, row: FromClause, type_: GraphQLObjectType, nodes: Sequence[FieldNode]
    ) -> list[Part]:
        name = nodes[0].name.value
        if name == "__typename":
            return [f'"{type_.name}"']
        field = type_.fields[name]
        if name == "id" and (model := self.catalogue.model_of(type_.name)):
            prefix = self.catalogue.entity_of(model).prefix
            return [f'"{prefix}_', row.c.id, '"']
        read = read_of(field)
        if read is None or isinstance(read, Computed):
            return self._leaf(row, field, read)
        return self._edge(scope, row, field, read, nodes)

    def _leaf(self, row: FromClause, field: GraphQLField, read: Computed | None) -> list[Part]:
        expression = read.of(row) if read else row.c[python_name(field)]
        return [mask(field.type)] if is_hidden(expression, self.visible) else scalar(expression, field.type)

    def _answer(
        self, scope: Scope, row: FromClause, field: GraphQLField, read: object, nodes: Sequence[FieldNode]
    ) -> Expression:
        match read:
            case Asked():
                return self.metrics.asked(scope, row, field, read, nodes)
            case Told():
                return self.metrics.told(row, field, read, nodes)
        message = f"the planner does not know how to read {read!r}"
        raise TypeError(message)

    def _edge(
        self, scope: Scope, row: FromClause, field: GraphQLField, read: object, nodes: Sequence[FieldNode]
    ) -> list[Part]:
        match read:
            case Nested():
                return self._nested(scope, row, field, read, nodes)
            case One():
                return self._one(scope, row, field, read, nodes)
            case OneOf():
                return [self._first_of(scope, row, read, nodes)]
            case Listed():
                return [self._listed(scope, row, field, read, nodes)]
            case Many() if not _is_connection(field):
                return [self._all(scope, row, read, nodes)]
            case Many():
                return [self.connections.of_table(scope, row, field, read, nodes)]
            case Merged():
                return [self.connections.of_merged(scope, row, field, read, nodes)]
        return [self._answer(scope, row, field, read, nodes)]

    def _nested(
        self, scope: Scope, row: FromClause, field: GraphQLField, read: Nested, nodes: Sequence[FieldNode]
    ) -> list[Part]:
        type_ = object_of(field.type)
        parts = self.of_row(scope, row, type_, self.selector.fields(type_, nodes))
        return [either(read.present(row), parts)] if read.present else parts

    def _one(
        self, scope: Scope, row: FromClause, field: GraphQLField, read: One, nodes: Sequence[FieldNode]
    ) -> list[Part]:
        type_ = object_of(field.type)
        other = scope.join(read.target, lambda other: read.on(row, other))
        parts = self.of_row(scope, other, type_, self.selector.fields(type_, nodes))
        if isinstance(field.type, GraphQLNonNull):
            return parts
        return [either(other.c.tenant_id.is_not(None), parts)]

    def _first_of(self, scope: Scope, row: FromClause, read: OneOf, nodes: Sequence[FieldNode]) -> Expression:
        """Return the first variant that has a row; a sub-select costs little where its key is null."""
        texts = [self.variant(scope, row, variant, nodes) for variant in read.variants]
        return func.coalesce(*texts, quoted(NULL), type_=Text)

    def variant(
        self, scope: Scope, row: FromClause, variant: Variant, nodes: Sequence[FieldNode]
    ) -> Expression:
        """Return one member of a union, null where it has no row: read where needed rather than joined."""
        type_ = self.catalogue.type_of(variant.target)
        other = table_of(variant.target).alias()
        inner = scope.inside(other)
        text = joined(self.of_row(inner, other, type_, self.selector.fields(type_, nodes)))
        found = select(text).where(other.c.tenant_id == TENANT, variant.on(row, other))
        return inner.finish(found, other)

    def _listed(
        self, scope: Scope, row: FromClause, field: GraphQLField, read: Listed, nodes: Sequence[FieldNode]
    ) -> Expression:
        type_ = object_of(field.type)
        # Numbered from outside: a window beside an ORDER BY would count the rows before they are sorted.
        listed = read.rows(row).correlate(*scope.rows).subquery()
        rows = select(*listed.c, func.row_number().over().label(PLACE))
        item = rows.correlate(*scope.rows).subquery()
        base = Base(select(item), item, item, item)
        return self._array(scope, base, type_, nodes, sort=[item.c[PLACE].asc()])

    def _all(self, scope: Scope, row: FromClause, read: Many, nodes: Sequence[FieldNode]) -> Expression:
        """Return all rows of a short list that belongs to its parent."""
        base = self.base(row, read)
        keys = [order.of(base.sorted_by) for order in read.order.values()]
        sort = [(key.desc() if read.descending else key.asc()) for key in (*keys, base.target.c.id)]
        return self._array(scope, base, self.catalogue.type_of(read.target), nodes, sort=sort)

    def _array(
        self,
        scope: Scope,
        base: Base,
        type_: GraphQLObjectType,
        nodes: Sequence[FieldNode],
        *,
        sort: Sequence[Expression],
    ) -> Expression:
        """Return rows as a JSON array, aggregated in a sub-select of their own."""
        inner = scope.inside(base.target)
        text = joined(self.of_row(inner, base.target, type_, self.selector.fields(type_, nodes)))
        items = func.string_agg(text, aggregate_order_by(quoted(","), *sort))
        array = joined(["[", func.coalesce(items, quoted("")), "]"])
        return inner.finish(base.statement.with_only_columns(array, maintain_column_froms=True), base.source)

    def base(self, row: FromClause | None, read: Many) -> Base:
        """Return the rows of an edge, bound to the tenant."""
        target = table_of(read.target).alias()
        conditions = [target.c.tenant_id == TENANT]
        source: FromClause = target
        near: FromClause = target
        if read.through is not None and read.onward is not None:
            near = table_of(read.through).alias()
            source = near.join(target, and_(read.onward(near, target), target.c.tenant_id == TENANT))
            conditions = [near.c.tenant_id == TENANT]
        if read.on is not None:
            conditions.append(read.on(near if row is None else row, near))
        statement = select(*target.c).select_from(source).where(*conditions)
        return Base(statement, source, target, near if read.by_link else target)

    def by_ids(
        self, model: type[SQLModel], nodes: Sequence[FieldNode]
    ) -> tuple[Scope, FromClause, Expression]:
        """Return the pieces of a SELECT of nodes of one type: its scope, its row and the row's JSON."""
        type_ = self.catalogue.type_of(model)
        row = table_of(model).alias()
        scope = Scope.over(row)
        return scope, row, joined(self.of_row(scope, row, type_, self.selector.fields(type_, nodes)))


def _is_connection(field: GraphQLField) -> bool:
    return "first" in field.args
