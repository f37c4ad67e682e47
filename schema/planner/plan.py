"""What is a plan? One SQL statement for an operation, and how to compute its arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from typing import cast as cast_to

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLInputType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
)
from sqlalchemy import (
    ARRAY,
    Alias,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    Text,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.visitors import iterate
from sqlalchemy.types import UserDefinedType

from schema.ground import ids
from schema.ground.fields import EntitiesByKey, Lookup, NodesById
from schema.planner.catalogue import Catalogue, NodeType, input_of, object_of, read_of
from schema.planner.given import Given, Variables, arguments
from schema.planner.masks import Visible
from schema.planner.objects import Objects
from schema.planner.parameters import Arguments, Parameters
from schema.planner.representations import referred
from schema.planner.scope import Scope
from schema.planner.selection import Fields, Selector
from schema.planner.text import NULL, Expression, Part, joined, or_null, quoted
from service.ground import scopes
from service.ground.problems import Invalid, LimitExceeded
from service.ground.reads import Many
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.metrics.asking import Asked

MOST_NODES = 100

ONE = literal_column("1", Integer)


class AsBytes(UserDefinedType[bytes]):
    """The type as which answers leave the database: the connection hands it on as bytes, undecoded."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Return a text type that no table uses."""
        return "bpchar"


@dataclass(frozen=True, slots=True)
class Plan:
    """One prepared statement; its single value is JSON text, as bytes. `sole` is the only table it reads."""

    sql: str
    arguments: Arguments
    needs: frozenset[scopes.Scope]
    """What one must be allowed to read: the chapters of all tables of the statement, shown or only asked."""
    sole: str | None


class Planner:
    """Composes the statement for one shape of one operation."""

    def __init__(
        self,
        catalogue: Catalogue,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Variables,
        visible: Visible,
    ) -> None:
        """Plan for the shape that these variables have, and for whoever may see this much of persons."""
        self.catalogue = catalogue
        self.parameters = Parameters()
        self.selector = Selector(catalogue.schema, fragments, variables)
        self.objects = Objects(catalogue, self.selector, self.parameters, visible)

    def root(self, type_: GraphQLObjectType, fields: Fields, spliced: Mapping[str, Given]) -> Plan:
        """Plan the query root; `spliced` gives the JSON of fields that SQL does not read."""
        parts: list[Part] = ["{"]
        for number, (name, nodes) in enumerate(fields.items()):
            parts.append(f'{"," if number else ""}"{name}":')
            if name in spliced:
                parts.append(cast(self.parameters.bind(spliced[name], Text()), Text))
            else:
                parts.append(self._root_field(type_.fields[nodes[0].name.value], nodes))
        return self._plan(joined([*parts, "}"]))

    def nodes(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Plan:
        """Plan reading nodes of one type: one row for each id in the variable `#ids`, in that order."""
        model = self.catalogue.model_of(type_.name)
        if model is None:
            message = f"{type_.name} has no table"
            raise LookupError(message)
        given = Given([], lambda variables: variables["#ids"], constant=False)
        wanted = self.parameters.bind(given, ARRAY(Uuid()))
        scope, row, text = self.objects.by_ids(model, nodes)
        sent = (
            func.unnest(wanted).table_valued("id", with_ordinality="position", name="sent").render_derived()
        )
        joined_rows = sent.outerjoin(row, and_(row.c.tenant_id == TENANT, row.c.id == sent.c.id))
        scope.own = joined_rows
        item = case((row.c.tenant_id.is_not(None), text), else_=quoted(NULL))
        statement = scope.joined(select(cast(item, AsBytes)), joined_rows).order_by(sent.c.position)
        return self._finished(statement)

    def _plan(self, text: Expression) -> Plan:
        return self._finished(select(cast(text, AsBytes)))

    def _finished(self, statement: "Select[Any]") -> Plan:
        rows = {part for part in iterate(statement) if isinstance(part, Alias)}
        tables = [row.element.name for row in rows if isinstance(row.element, Table)]
        sole = tables[0] if len(tables) == 1 else None
        return Plan(*self.parameters.finish(statement), _needs(statement), sole)

    def _root_field(self, field: GraphQLField, nodes: Sequence[FieldNode]) -> Expression:
        read = read_of(field)
        match read:
            case Many():
                return self.objects.connections.of_table(Scope.outermost(), None, field, read, nodes)
            case Lookup():
                return self._lookup(field, read, nodes)
            case NodesById():
                return self._nodes_by_id(field, nodes)
            case EntitiesByKey():
                return self._entities(field, nodes)
            case Asked():
                return self.objects.metrics.asked(Scope.outermost(), None, field, read, nodes)
        message = f"the planner does not know how to read {read!r} at the root"
        raise TypeError(message)

    def _lookup(self, field: GraphQLField, read: Lookup, nodes: Sequence[FieldNode]) -> Expression:
        """Read the one row that the arguments name, or null."""
        type_ = object_of(field.type)
        row = table_of(read.target).alias()
        given = arguments(field, nodes[0], self.selector.variables)
        conditions = [row.c.tenant_id == TENANT]
        for name, argument in field.args.items():
            if name in given and given[name].value is not None:
                conditions.append(self._lookup_condition(row, read, name, given[name], argument.type))
        scope = Scope.over(row)
        text = joined(self.objects.of_row(scope, row, type_, self.selector.fields(type_, nodes)))
        order = [read.order.of(row).desc(), row.c.id.desc()] if read.order else []
        found = scope.joined(select(text), row).where(*conditions).order_by(*order).limit(ONE)
        return or_null(found.scalar_subquery())

    def _lookup_condition(
        self, row: FromClause, read: Lookup, name: str, given: Given, type_: GraphQLInputType
    ) -> ColumnElement[bool]:
        if name in read.where:
            return self.objects.filters.compare(row, read.where[name], given, get_named_type(type_))
        return and_(true(), *self.objects.filters.conditions(row, input_of(type_), given))

    def _nodes_by_id(self, field: GraphQLField, nodes: Sequence[FieldNode]) -> Expression:
        """Read nodes of whatever types their ids say; unknown ones, and other tenants', are null."""
        given = arguments(field, nodes[0], self.selector.variables)
        if "ids" not in given:
            return self._node(given["id"], nodes)
        wanted = given["ids"]
        types = {self._type_of_id(text, "ids", n).entity.prefix for n, text in enumerate(_few(wanted.value))}
        return self._each(self.parameters.bind(wanted, ARRAY(Uuid()), _uuids), types, nodes)

    def _entities(self, field: GraphQLField, nodes: Sequence[FieldNode]) -> Expression:
        """Read what other graphs refer to, as `nodes` does."""
        wanted = arguments(field, nodes[0], self.selector.variables)["representations"]
        union = cast_to("GraphQLUnionType", get_named_type(field.type))
        prefixes = {
            self.catalogue.entity_of(model).prefix: type_.name
            for type_ in union.types
            if (model := self.catalogue.model_of(type_.name))
        }
        read = partial(referred, prefixes)
        types = {prefix for prefix, _ in read(wanted.value)}
        keys = self.parameters.bind(wanted, ARRAY(Uuid()), lambda value: [id_ for _, id_ in read(value)])
        return self._each(keys, types, nodes)

    def _each(self, keys: Expression, types: set[str], nodes: Sequence[FieldNode]) -> Expression:
        sent = func.unnest(keys).table_valued("id", with_ordinality="position", name="sent").render_derived()
        texts = [
            or_null(self._by_key(self.catalogue.nodes[p], sent.c.id, nodes, sent)) for p in sorted(types)
        ]
        found = func.coalesce(*(func.nullif(text, quoted(NULL)) for text in texts), quoted(NULL))
        items = func.string_agg(found, aggregate_order_by(quoted(","), sent.c.position))
        return (
            select(joined(["[", func.coalesce(items, quoted("")), "]"])).select_from(sent).scalar_subquery()
        )

    def _node(self, given: Given, nodes: Sequence[FieldNode]) -> Expression:
        found = self._type_of_id(given.value, "id")
        key = self.parameters.bind(given, Uuid(), lambda text: ids.decode(text, found.entity, "id"))
        return or_null(self._by_key(found, key, nodes))

    def _by_key(
        self, found: NodeType, key: Expression, nodes: Sequence[FieldNode], *around: FromClause
    ) -> Expression:
        row = table_of(found.entity.model).alias()
        scope = Scope(tuple(around), row)
        text = joined(self.objects.of_row(scope, row, found.type, self.selector.fields(found.type, nodes)))
        statement = scope.joined(select(text), row).where(row.c.tenant_id == TENANT, row.c.id == key)
        return statement.correlate(*around).scalar_subquery()

    def _type_of_id(self, text: str, *field: str | int) -> NodeType:
        parts = ids.split(text)
        if parts is None or parts[0] not in self.catalogue.nodes:
            raise Invalid(*field, reason="This is not the id of a node.")
        return self.catalogue.nodes[parts[0]]


def _needs(statement: "Select[Any]") -> frozenset[scopes.Scope]:
    tables = {part.name for part in iterate(statement) if isinstance(part, Table)}
    return frozenset(scope for table in tables if (scope := scopes.reading(table)))


def _few(texts: Sequence[str]) -> Sequence[str]:
    if len(texts) > MOST_NODES:
        raise LimitExceeded("ids", limit=MOST_NODES, things="ids", found=len(texts))
    return texts


def _uuids(texts: Sequence[str]) -> list[object]:
    """Read ids for a plan that may have been made for other ones, and fewer."""
    return [parts[1] if (parts := ids.split(text)) else None for text in _few(texts)]
