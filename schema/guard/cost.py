"""How much does an operation cost? Points before it runs: about one for each thing the answer may hold.

The model is told to clients in docs/cost.md, whose examples are checked against this file. Two numbers come
out of one walk: `points`, which depend on page sizes and so perhaps on variables, and `work`, which says how
large the statement becomes and is the same for every page size.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, cast

from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

from schema.guard.introspection import introspection_of
from schema.guard.measures import parts_of

Raw = Mapping[str, Any]
"""The variables as the client sent them."""

OPERATION: Final = 1
OBJECT: Final = 1
PAGE: Final = 20
LARGEST_PAGE: Final = 100
LISTED: Final = 5
"""Things that a list without pages is taken to hold."""
COUNT: Final = 5
"""Points of a `totalCount`, which looks at every item."""
MUTATION: Final = 10
ROW: Final = 1
"""Points of one row that a mutation is given."""
SCHEMA: Final = 500
"""Points of one root field of introspection."""

SCALAR_WORK: Final = 1
OBJECT_WORK: Final = 2
CONNECTION_WORK: Final = 12

SIZES: Final = frozenset({"first", "last"})
NAMED: Final = frozenset({"ids", "representations"})
"""Arguments that name the things of a list one by one."""
ITEMS: Final = frozenset({"nodes", "edges"})


@dataclass(frozen=True, slots=True)
class Times:
    """How often something happens: as often as a number, or a variable, says."""

    number: int
    variable: str | None = None

    def of(self, raw: Raw) -> int:
        """Return the number; a variable that is absent leaves the default, a list counts its items."""
        value = None if self.variable is None else raw.get(self.variable)
        if isinstance(value, list):
            return len(value)
        return value if isinstance(value, int) and 0 <= value <= LARGEST_PAGE else self.number


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows in the variable that is a mutation's input."""

    variable: str

    def of(self, raw: Raw) -> int:
        """Return how many items the lists of the input have."""
        value = raw.get(self.variable)
        parts = value.values() if isinstance(value, dict) else (value,)
        return sum(len(part) for part in parts if isinstance(part, list))


@dataclass(frozen=True, slots=True)
class Points:
    """Points that are known, and those that variables decide."""

    known: int = 0
    terms: tuple[tuple[Times | Rows, "Points"], ...] = ()

    def of(self, raw: Raw) -> int:
        """Return the points for these variables."""
        total = self.known
        for times, each in self.terms:
            total += times.of(raw) * each.of(raw)
        return total

    def times(self, times: "Times | Rows") -> "Points":
        """Return these points, several times."""
        if isinstance(times, Rows) or times.variable is not None:
            return Points(0, ((times, self),))
        terms = tuple((inner, each.times(times)) for inner, each in self.terms)
        return Points(self.known * times.number, terms)


@dataclass(frozen=True, slots=True)
class Cost:
    """What an operation costs."""

    points: Points
    work: int
    introspection: int
    """How many things of the schema itself are shown, about; 0 where none are asked for."""


def cost_of(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    root: GraphQLObjectType,
) -> Cost:
    """Return what an operation of a valid document costs."""
    return _Walk(schema, fragments, _defaults(operation)).operation(operation, root)


class _Walk:
    """The walk over one operation, with its fragments laid out; their number is limited by then."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        defaults: Mapping[str, ValueNode],
    ) -> None:
        self.schema = schema
        self.fragments = fragments
        self.defaults = defaults
        self.work = 0
        self.introspection = 0

    def operation(self, operation: OperationDefinitionNode, root: GraphQLObjectType) -> Cost:
        writes = operation.operation is OperationType.MUTATION
        points = _sum(
            self._written(root, field) if writes else self._field(root, field)
            for type_, field in self._fields(root, operation.selection_set)
            if type_ is root
        )
        return Cost(_sum([Points(OPERATION), points]), self.work, self.introspection)

    def _fields(
        self, type_: GraphQLCompositeType, selections: SelectionSetNode
    ) -> Iterable[tuple[GraphQLCompositeType, FieldNode]]:
        """Return the fields of a selection, each with the type that has it."""
        return chain.from_iterable(self._laid_out(type_, one) for one in selections.selections)

    def _laid_out(
        self, type_: GraphQLCompositeType, selection: SelectionNode
    ) -> Iterable[tuple[GraphQLCompositeType, FieldNode]]:
        if isinstance(selection, FieldNode):
            return [(type_, selection)]
        fragment: InlineFragmentNode | FragmentDefinitionNode
        if isinstance(selection, FragmentSpreadNode):
            fragment = self.fragments[selection.name.value]
        else:
            fragment = cast("InlineFragmentNode", selection)
        condition = fragment.type_condition
        inner = self.schema.type_map[condition.name.value] if condition else type_
        return self._fields(cast("GraphQLCompositeType", inner), fragment.selection_set)

    def _written(self, type_: GraphQLCompositeType, node: FieldNode) -> Points:
        """Return the points of one mutation: its transaction, the rows it is given, and its payload."""
        if node.name.value.startswith("__"):
            return Points()
        rows = _sum(self._rows(argument) for argument in node.arguments or ())
        return _sum([Points(MUTATION), rows, self._field(type_, node)])

    def _rows(self, argument: ArgumentNode) -> Points:
        value = argument.value
        if isinstance(value, VariableNode):
            return Points(ROW).times(Rows(value.name.value))
        parts = [field.value for field in value.fields] if isinstance(value, ObjectValueNode) else [value]
        return _sum(self._length(part) for part in parts)

    def _length(self, value: ValueNode) -> Points:
        if isinstance(value, VariableNode):
            return Points(ROW).times(Times(0, value.name.value))
        return Points(ROW * len(value.values)) if isinstance(value, ListValueNode) else Points()

    def _field(self, type_: GraphQLCompositeType, node: FieldNode) -> Points:
        name = node.name.value
        if name.startswith("__"):
            return self._of_the_schema(node)
        field = cast("GraphQLObjectType | GraphQLInterfaceType", type_).fields[name]
        named = get_named_type(field.type)
        if is_leaf_type(named):
            self.work += SCALAR_WORK * self._types_of(type_)
            return Points(COUNT if name == "totalCount" and _is_connection(type_) else 0)
        below = cast("GraphQLCompositeType", named)
        if _is_connection(below):
            return self._connection(below, node)
        self.work += OBJECT_WORK + _conditions(node)
        inner = self._selection(below, node)
        return _sum([Points(OBJECT), inner]).times(self._listed(field, node))

    def _selection(self, type_: GraphQLCompositeType, node: FieldNode) -> Points:
        selections = node.selection_set
        return (
            _sum(self._field(*each) for each in self._fields(type_, selections)) if selections else Points()
        )

    def _connection(self, type_: GraphQLCompositeType, node: FieldNode) -> Points:
        """Return a page's points: itself, and its items as often as the page is long."""
        self.work += CONNECTION_WORK + _conditions(node)
        selections = node.selection_set
        fields = self._fields(type_, selections) if selections else ()
        items, rest = Points(), Points(OBJECT)
        for owner, field in fields:
            if field.name.value in ITEMS:
                items = _sum([items, self._item(owner, field)])
            else:
                rest = _sum([rest, self._field(owner, field)])
        return _sum([rest, items.times(self._page(node))])

    def _item(self, type_: GraphQLCompositeType, node: FieldNode) -> Points:
        """Return one item's points; an edge is only the way to its node, and costs nothing itself."""
        field = cast("GraphQLObjectType", type_).fields[node.name.value]
        below = cast("GraphQLCompositeType", get_named_type(field.type))
        self.work += SCALAR_WORK
        inner = self._selection(below, node)
        return inner if node.name.value == "edges" else _sum([Points(OBJECT), inner])

    def _page(self, node: FieldNode) -> Times:
        for argument in node.arguments or ():
            if argument.name.value in SIZES:
                return self._size(argument.value)
        return Times(PAGE)

    def _size(self, value: ValueNode) -> Times:
        if isinstance(value, VariableNode):
            default = self.defaults.get(value.name.value)
            number = int(default.value) if isinstance(default, IntValueNode) else PAGE
            return Times(min(number, LARGEST_PAGE), value.name.value)
        number = int(value.value) if isinstance(value, IntValueNode) else PAGE
        return Times(max(0, min(number, LARGEST_PAGE)))

    def _listed(self, field: GraphQLField, node: FieldNode) -> Times:
        """Return how many things a field without pages holds: one, as many as ids are given, or some."""
        if not is_list_type(get_nullable_type(field.type)):
            return Times(1)
        for argument in node.arguments or ():
            if argument.name.value in NAMED:
                return _given(argument.value)
        return Times(LISTED)

    def _types_of(self, type_: GraphQLCompositeType) -> int:
        """Return in how many types' rows a field is read; a field of an interface is read in each."""
        return 1 if isinstance(type_, GraphQLObjectType) else len(self.schema.get_possible_types(type_))

    def _of_the_schema(self, node: FieldNode) -> Points:
        if node.name.value == "__typename":
            return Points()
        self.introspection += introspection_of(self.schema, node, self.fragments)
        return Points(SCHEMA)


def _conditions(node: FieldNode) -> int:
    """Return the work of a field's literal arguments: a condition in a filter, an item in a list."""
    level = [argument.value for argument in node.arguments or ()]
    found = 0
    while level:
        level = list(parts_of(level))
        found += len(level)
    return found


def _given(value: ValueNode) -> Times:
    if isinstance(value, VariableNode):
        return Times(LARGEST_PAGE, value.name.value)
    return Times(len(value.values) if isinstance(value, ListValueNode) else 1)


def _is_connection(type_: GraphQLCompositeType) -> bool:
    return isinstance(type_, GraphQLObjectType) and ITEMS | {"pageInfo"} <= set(type_.fields)


def _sum(points: Iterable[Points]) -> Points:
    known = 0
    terms: list[tuple[Times | Rows, Points]] = []
    for one in points:
        known += one.known
        terms += one.terms
    return Points(known, tuple(terms))


def _defaults(operation: OperationDefinitionNode) -> Mapping[str, ValueNode]:
    return {
        one.variable.name.value: one.default_value
        for one in operation.variable_definitions or ()
        if one.default_value
    }
