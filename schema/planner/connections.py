"""How is a page of many things read? One ordered slice, its rows as JSON, and the counts asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, GraphQLField, GraphQLObjectType
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal_column,
    select,
    true,
    union_all,
)

from schema.planner.catalogue import input_of, object_of
from schema.planner.cursors import cursor_of
from schema.planner.given import Given, arguments
from schema.planner.masks import refuse_hidden
from schema.planner.page import Page, Sort, page_of
from schema.planner.scope import Scope
from schema.planner.selection import Fields
from schema.planner.slice import ONE, SORT_KEY, Slice
from schema.planner.text import Expression, Part, joined, or_null, quoted
from service.ground.machine import event_name
from service.ground.reads import Many, Merged, Variant
from service.ground.statements import TENANT
from service.ground.tables import table_of

if TYPE_CHECKING:
    from schema.planner.objects import Objects

NodeText = Callable[[Scope, FromClause, Sequence[FieldNode]], Expression]


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything a connection could return, before it is cut into pages."""

    statement: "Select[Any]"
    key: ColumnElement[Any]
    id: ColumnElement[Any]
    sort: Sort
    node: NodeText


class Connections:
    """Composes connections; edges and nodes are two views of the same slice."""

    def __init__(self, objects: "Objects") -> None:
        self.objects = objects

    def of_table(
        self,
        scope: Scope,
        row: FromClause | None,
        field: GraphQLField,
        read: Many,
        nodes: Sequence[FieldNode],
    ) -> Expression:
        """Return a connection to the rows of one table."""
        given = self._arguments(field, nodes)
        base = self.objects.base(row, read)
        statement, target = base.statement, base.target
        if "filter" in given and given["filter"].value is not None:
            wanted = input_of(field.args["filter"].type)
            statement = statement.where(*self.objects.filters.conditions(target, wanted, given["filter"]))
        for name, where in read.arguments.items():
            if name in given and given[name].value is not None:
                compared = self.objects.filters.compare(target, where, given[name], field.args[name].type)
                statement = statement.where(compared)
        name, descending = self._order(given, next(iter(read.order)), descending=read.descending)
        key = read.order[name].of(base.sorted_by)
        refuse_hidden(key, self.objects.visible)
        type_ = self.objects.catalogue.type_of(read.target)
        rows = Rows(statement, key, target.c.id, Sort(name, descending), self._node(type_))
        return self._connection(scope, field, nodes, rows, page_of(given))

    def of_merged(
        self, scope: Scope, row: FromClause, field: GraphQLField, read: Merged, nodes: Sequence[FieldNode]
    ) -> Expression:
        """Return a connection to the rows of several tables, in the order of their times."""
        given = self._arguments(field, nodes)
        page = page_of(given)
        _, descending = self._order(given, "OCCURRED_AT", descending=True)
        sort = Sort("OCCURRED_AT", descending)
        each = [self._variant(scope, row, variant, field, given) for variant in read.variants]
        cut = [self._cut(one.c, select(*one.c), page, sort).subquery() for one in each]
        node = self._one_of_node(read)
        whole = _union(each, sort, node)
        return self._connection(scope, field, nodes, _union(cut, sort, node), page, whole=whole)

    def _arguments(self, field: GraphQLField, nodes: Sequence[FieldNode]) -> dict[str, Given]:
        return arguments(field, nodes[0], self.objects.selector.variables)

    @staticmethod
    def _order(given: dict[str, Given], default: str, *, descending: bool) -> tuple[str, bool]:
        chosen = given.get("orderBy")
        if chosen is None or chosen.value is None:
            return default, descending
        direction = chosen.value["direction"]
        return chosen.value["field"].name, direction.name == "DESC"

    def _cut(self, columns: Any, statement: "Select[Any]", page: Page, sort: Sort) -> "Select[Any]":  # noqa: ANN401
        """Keep of one variant what a page of the merged order could need."""
        key, id_ = columns.occurred_at, columns.id
        beyond = page.beyond(self.objects.parameters, sort, key, id_)
        terms = sort.terms(key, id_, reverse=page.backward)
        return statement.where(*beyond).order_by(*terms).limit(literal_column(str(page.size + 1)))

    def _variant(
        self, scope: Scope, row: FromClause, variant: Variant, field: GraphQLField, given: dict[str, Given]
    ) -> FromClause:
        """Return one variant's rows with the columns that all variants share."""
        table = table_of(variant.target).alias()
        if variant.at is None:
            message = f"{variant.target.__name__} needs a time to be merged by"
            raise TypeError(message)
        every = (
            select(
                quoted(_kind_of(variant)).label("kind"), table.c.id, variant.at(table).label("occurred_at")
            )
            .where(and_(table.c.tenant_id == TENANT, variant.on(row, table)))
            .correlate(*scope.rows)
            .subquery()
        )
        chosen = given.get("filter")
        if chosen is None or chosen.value is None:
            return every
        conditions = self.objects.filters.conditions(every, input_of(field.args["filter"].type), chosen)
        return select(*every.c).where(*conditions).subquery()

    def _node(self, type_: GraphQLObjectType) -> NodeText:
        def text(scope: Scope, row: FromClause, nodes: Sequence[FieldNode]) -> Expression:
            objects = self.objects
            return joined(objects.of_row(scope, row, type_, objects.selector.fields(type_, nodes)))

        return text

    def _one_of_node(self, read: Merged) -> NodeText:
        def text(scope: Scope, row: FromClause, nodes: Sequence[FieldNode]) -> Expression:
            members = {
                _kind_of(variant): self.objects.variant(scope, row, _by_its_id(variant), nodes)
                for variant in read.variants
            }
            kinds = [(row.c.kind == quoted(kind), member) for kind, member in members.items()]
            return or_null(case(*kinds))

        return text

    def _connection(
        self,
        scope: Scope,
        field: GraphQLField,
        nodes: Sequence[FieldNode],
        rows: Rows,
        page: Page,
        *,
        whole: Rows | None = None,
    ) -> Expression:
        """Compose a connection; `whole` holds what counts where `rows` were cut to what the page needs."""
        type_ = object_of(field.type)
        fields = self.objects.selector.fields(type_, nodes)
        selected = {each[0].name.value for each in fields.values()}
        total: list[Part] = [self._total(scope, whole or rows)] if "totalCount" in selected else []
        if not selected - {"totalCount", "__typename"}:
            return joined(self._fields(type_, fields, lambda _name, _nodes: total))
        part = self._slice(scope, rows, page, peeks=self._needs_peek(type_, fields, page))
        inner = scope.inside(part.rows)
        composer = _Composer(self.objects, inner, whole or rows, part, scope)

        def piece(name: str, below: Sequence[FieldNode]) -> list[Part]:
            return total if name == "totalCount" else composer.piece(name, type_, below)

        text = joined(self._fields(type_, fields, piece))
        # One group, and so one text, even where nothing that was asked for aggregates the rows.
        return inner.finish(select(text).having(true()), part.rows)

    @staticmethod
    def _fields(
        type_: GraphQLObjectType, fields: Fields, piece: Callable[[str, Sequence[FieldNode]], Sequence[Part]]
    ) -> list[Part]:
        """Return an object whose fields are not read from a row."""
        parts: list[Part] = ["{"]
        for number, (response_name, nodes) in enumerate(fields.items()):
            parts.append(f'{"," if number else ""}"{response_name}":')
            name = nodes[0].name.value
            parts.extend([f'"{type_.name}"'] if name == "__typename" else piece(name, nodes))
        return [*parts, "}"]

    def _needs_peek(self, type_: GraphQLObjectType, fields: Fields, page: Page) -> bool:
        wanted = "hasPreviousPage" if page.backward else "hasNextPage"
        for nodes in fields.values():
            if nodes[0].name.value == "pageInfo":
                info = object_of(type_.fields["pageInfo"].type)
                below = self.objects.selector.fields(info, nodes)
                if any(each[0].name.value == wanted for each in below.values()):
                    return True
        return False

    def _slice(self, scope: Scope, rows: Rows, page: Page, *, peeks: bool) -> Slice:
        terms = rows.sort.terms(rows.key, rows.id, reverse=page.backward)
        beyond = page.beyond(self.objects.parameters, rows.sort, rows.key, rows.id)
        statement = rows.statement.add_columns(rows.key.label(SORT_KEY)).where(*beyond)
        size = page.size + 1 if peeks else page.size
        cut = statement.order_by(*terms).limit(literal_column(str(size))).correlate(*scope.rows)
        return Slice(cut.subquery(), page, rows.sort, peeks)

    @staticmethod
    def _total(scope: Scope, rows: Rows) -> Expression:
        count = rows.statement.with_only_columns(func.count(), maintain_column_froms=True)
        return cast(count.correlate(*scope.rows).scalar_subquery(), Text)


@dataclass(frozen=True, slots=True)
class _Composer:
    """Writes the parts of a connection that come from its slice."""

    objects: "Objects"
    scope: Scope
    rows: Rows
    part: Slice
    outside: Scope

    def piece(self, name: str, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> list[Part]:
        """Return one field of the connection."""
        if name == "nodes":
            return self._array(self.rows.node(self.scope, self.part.rows, nodes))
        below = object_of(type_.fields[name].type)
        fields = self.objects.selector.fields(below, nodes)
        if name == "edges":
            return self._array(joined(Connections._fields(below, fields, self._edge)))
        return Connections._fields(below, fields, self._page_info)

    def _array(self, text: Expression) -> list[Part]:
        return ["[", func.coalesce(self.part.texts(text), quoted("")), "]"]

    def _edge(self, name: str, nodes: Sequence[FieldNode]) -> list[Part]:
        if name == "cursor":
            return ['"', self._cursor(), '"']
        return [self.rows.node(self.scope, self.part.rows, nodes)]

    def _cursor(self) -> Expression:
        rows = self.part.rows
        return cursor_of(self.part.sort.tag, rows.c[SORT_KEY], rows.c.id)

    def _page_info(self, name: str, _nodes: Sequence[FieldNode]) -> list[Part]:
        backward = self.part.page.backward
        if name in {"startCursor", "endCursor"}:
            return [self.part.end(first=name == "startCursor")]
        ahead = name == ("hasPreviousPage" if backward else "hasNextPage")
        return [self.part.goes_on] if ahead else [self._behind()]

    def _behind(self) -> Expression:
        """Whether something lies at the side the page came from."""
        rows = self.rows
        opposite = self.part.page.opposite(self.objects.parameters, rows.sort, rows.key, rows.id)
        if opposite is None:
            return quoted("false")
        found = rows.statement.with_only_columns(ONE, maintain_column_froms=True).where(opposite)
        return cast(exists(found.correlate(*self.outside.rows)), Text)


def _union(parts: Sequence[FromClause], sort: Sort, node: NodeText) -> Rows:
    """Return the rows of several tables, by the columns they share, as if they were one table's."""
    merged = union_all(*(select(*part.c) for part in parts)).subquery()
    return Rows(select(*merged.c), merged.c.occurred_at, merged.c.id, sort, node)


def _kind_of(variant: Variant) -> str:
    """Return the name by which merged rows of a table are told from the others."""
    return event_name(variant.target.__name__).upper()


def _by_its_id(variant: Variant) -> Variant:
    """Find a merged row again in its own table."""
    return Variant(variant.target, lambda row, own: own.c.id == row.c.id)
