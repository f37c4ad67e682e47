"""Does an index serve every order and filter? A page must cost the same wherever it begins."""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import GraphQLInputObjectType, GraphQLObjectType
from sqlalchemy import ColumnElement, FromClause, Index, Table, UniqueConstraint
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.visitors import iterate
from sqlmodel import SQLModel

from schema.graph import build
from schema.planner.catalogue import Catalogue, input_of, python_name, read_of
from service.ground.reads import Many, Meets, OfPair, Where, column
from service.ground.statements import DIALECT
from service.ground.tables import table_of

CATALOGUE = Catalogue(build())

COMBINING = frozenset({"and", "or", "not"})
FEW = "one row has few of them: they are sorted when they are read"
BY_TIME = "the index of the order alone meets the rows of a key that has many; one that has few is sorted"
OF_AN_EDITION = "an edition has few of them: they are read whole"
SERVED_OTHERWISE = {
    "Account.customers NAME": FEW,
    "Account.customers UPDATED_AT": FEW,
    "BusinessCalendarEdition.periods OPENS": OF_AN_EDITION,
    "BusinessCalendarEdition.periods WEEKDAY": OF_AN_EDITION,
    "ContactReason.interactions UPDATED_AT": BY_TIME,
    "Customer.interactions UPDATED_AT": FEW,
    "Feedback.insights LINKED_AT": FEW,
    "Feedback.reasons KEY": FEW,
    "Interaction.clockHistory STARTED_AT": FEW,
    "Interaction.clocks TARGET": FEW,
    "Feedback.themeAssignments LINKED_AT": FEW,
    "Interaction.insights LINKED_AT": FEW,
    "Interaction.secondaryReasons KEY": FEW,
    "JourneyInstance.interactions UPDATED_AT": FEW,
    "SlaPolicyEdition.conditions CRITERION": OF_AN_EDITION,
    "SlaPolicyEdition.conditions VALUE": OF_AN_EDITION,
    "Team.interactions UPDATED_AT": BY_TIME,
    "Touchpoint.interactions UPDATED_AT": BY_TIME,
    "TouchpointEvent.insights LINKED_AT": FEW,
}
"""Orders without an index of their own, each with the reason why none is needed."""
BY_SOURCE = "the unique index is skipped through from source to source, of which there are few"
FEW_THEMES = "a run finds at most twenty themes, and people name few"
FOUND_OTHERWISE = {
    "ContactReasonFilter.kind": "a tenant's tree of reasons is short",
    "DriverFilter.metric": "there are two, and a run measures few drivers",
    "FeedbackFilter.hasVerbatim": "the index of the feedback that has words serves it; most other has none",
    "FeedbackFilter.key": BY_SOURCE,
    "FrictionPointFilter.course": "a tenant has few contact reasons and touchpoints, each with one row",
    "InteractionFilter.key": BY_SOURCE,
    "JourneyInstanceFilter.status": "a stage or a customer has few journeys of each state",
    "ThemeFilter.current": FEW_THEMES,
    "ThemeFilter.origin": FEW_THEMES,
}
"""Filters without an index of their own, each with the reason why none is needed."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One field of the schema that reads many rows, and the type whose field it is."""

    place: str
    parent: type[SQLModel] | None
    read: Many
    filtered: GraphQLInputObjectType | None


def _edges() -> Iterator[Edge]:
    """Yields every edge to many rows."""
    for type_ in CATALOGUE.schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                read = read_of(field)
                if isinstance(read, Many):
                    filtered = input_of(field.args["filter"].type) if "filter" in field.args else None
                    yield Edge(f"{type_.name}.{name}", CATALOGUE.model_of(type_.name), read, filtered)


def _equal(on: OfPair, row: FromClause, near: FromClause) -> set[str]:
    """Returns the columns of `near` that must equal one of the row's."""
    return {
        one.name
        for part in iterate(on(row, near))
        if isinstance(part, BinaryExpression) and part.operator is operators.eq
        for one, other in ((part.left, part.right), (part.right, part.left))
        if getattr(one, "table", None) is near and getattr(other, "table", None) is row
    }


def _parent_keys(edge: Edge) -> set[str]:
    near = table_of(edge.read.through or edge.read.target).alias()
    return (
        set()
        if edge.read.on is None or edge.parent is None
        else _equal(edge.read.on, table_of(edge.parent).alias(), near)
    )


def _text(expression: ColumnElement[object], table: Table) -> str:
    """Returns an expression as the index names it: without the table."""
    compiled = str(expression.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
    return compiled.replace(f"{table.name}.", "")


def _columns(entry: Index | UniqueConstraint, table: Table) -> list[str]:
    found = entry.expressions if isinstance(entry, Index) else entry.columns
    return [one if isinstance(one, str) else _text(one, table) for one in found]


def _indexes(table: Table) -> list[list[str]]:
    unique = [_columns(each, table) for each in table.constraints if isinstance(each, UniqueConstraint)]
    return [*(_columns(each, table) for each in table.indexes), *unique]


def _target_key(read: Many) -> set[str]:
    """Returns the column that breaks ties: the target's id, as the link names it where the link sorts."""
    if read.through is None or read.onward is None or not read.by_link:
        return {"id"}
    link, target = table_of(read.through).alias(), table_of(read.target).alias()
    return _equal(lambda one, other: read.onward(other, one) if read.onward else one.c.id, target, link)


def _is_served(edge: Edge, order: ColumnElement[object], table: Table) -> bool:
    keys, end = _parent_keys(edge), [*_target_key(edge.read)]
    length = len(keys) + 1
    return any(
        columns[0] == "tenant_id"
        and set(columns[1:length]) == keys
        and columns[length : length + 1] == [_text(order, table)]
        and (columns[length + 1 : length + 2] == end or not columns[length + 1 :])
        for columns in _indexes(table)
    )


def _unserved() -> Iterator[str]:
    for edge in _edges():
        sorts = edge.read.through if edge.read.by_link and edge.read.through else edge.read.target
        table = table_of(sorts)
        for name, order in edge.read.order.items():
            if not _is_served(edge, order.of(table), table):
                yield f"{edge.place} {name}"


def _compared(filtered: GraphQLInputObjectType, table: Table) -> Iterator[tuple[str, str]]:
    """Yields what a filter compares: the field and the expression."""
    for name, field in filtered.fields.items():
        read = read_of(field)
        if name not in COMBINING and not isinstance(read, Meets):
            of = read.of if isinstance(read, Where) else column(python_name(field))
            yield f"{filtered.name}.{name}", _text(of(table), table)


def _is_found(edge: Edge, compared: str, table: Table) -> bool:
    """Tells whether an index begins with the expression, for the tenant or for the row the edge is of."""
    indexes = [*_indexes(table), [each.name for each in table.primary_key]]
    keys = set() if edge.read.through else _parent_keys(edge)
    return any(
        set(columns[: len(begun)]) == begun and compared in columns[: len(begun) + 1]
        for columns in indexes
        for begun in ({"tenant_id"}, {"tenant_id", *keys})
    )


def _unfound() -> Iterator[str]:
    for edge in _edges():
        table = table_of(edge.read.target)
        if edge.filtered:
            found = _compared(edge.filtered, table)
            yield from (place for place, compared in found if not _is_found(edge, compared, table))


def test_every_order_has_an_index_that_ends_with_what_breaks_its_ties() -> None:
    assert sorted(set(_unserved()) - set(SERVED_OTHERWISE)) == []
    assert set(SERVED_OTHERWISE) <= set(_unserved())


def test_every_filter_has_an_index_that_begins_with_what_it_compares() -> None:
    assert sorted(set(_unfound()) - set(FOUND_OTHERWISE)) == []
    assert set(FOUND_OTHERWISE) <= set(_unfound())
