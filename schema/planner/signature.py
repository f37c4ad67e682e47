"""Which plan fits these variables? Their shape decides, never their values."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, cast

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLBoolean,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Node,
    NonNullTypeNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    is_enum_type,
    type_from_ast,
    visit,
)
from graphql.language import DocumentNode

from schema.ground.ids import split

Shape = Callable[[Any], object]
SIZES = frozenset({"first", "last"})
ORDER = frozenset({"field", "direction"})
QUESTION = "MetricInput"
ASKED = frozenset({"metric", "granularity", "breakdown", "timeZone"})
ZONE = frozenset({"timeZone", "time_zone"})
DEFINED_AND_USED = 2
IDS = frozenset({"node", "nodes", "_entities"})


class _Uses(Visitor):
    """Finds the variables whose very value shapes the statement: page sizes, orders, ids of any type."""

    def __init__(self) -> None:
        super().__init__()
        self.values: set[str] = set()
        self.ids: set[str] = set()

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        if isinstance(node.value, VariableNode) and node.name.value in SIZES:
            self.values.add(node.value.name.value)

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        if isinstance(node.value, VariableNode) and node.name.value in ORDER | ASKED:
            self.values.add(node.value.name.value)

    def enter_field(self, node: FieldNode, *_: object) -> None:
        if node.name.value in IDS:
            for argument in node.arguments or ():
                self.ids.update(_names_in(argument))


class Signature:
    """The shape of one operation's variables."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        root: GraphQLObjectType,
    ) -> None:
        """Look once at how the operation uses each variable; the inputs of writes shape no statement."""
        inputs = written(document, operation, root)
        uses = _Uses()
        visit(document, uses)
        self._shapes: list[tuple[str, Shape]] = []
        for definition in operation.variable_definitions or ():
            name = definition.variable.name.value
            if name in inputs:
                continue
            type_ = cast("GraphQLInputType", type_from_ast(schema, definition.type))
            self._shapes.append((name, _shape_of(name, type_, uses)))

    def of(self, variables: Mapping[str, Any]) -> tuple[object, ...]:
        """Return what distinguishes these variables from others that need another statement."""
        return tuple(
            shape(variables[name]) if name in variables else "absent" for name, shape in self._shapes
        )


def _shape_of(name: str, type_: GraphQLInputType, uses: _Uses) -> Shape:
    if name in uses.values:
        # A filter may name its list as a question names its one metric.
        return lambda value: tuple(value) if isinstance(value, list) else value
    if name in uses.ids:
        return _prefixes
    return _shape(type_)


def _prefixes(value: object) -> object:
    if isinstance(value, list):
        return tuple(sorted({_prefixes(item) for item in value}, key=str))
    if isinstance(value, Mapping):
        # How another graph refers to a thing: `_entities` reads it by the id inside.
        value = value.get("id")
    parts = split(value) if isinstance(value, str) else None
    return parts[0] if parts else None


def _shape(type_: GraphQLInputType) -> Shape:
    if isinstance(type_, GraphQLNonNull):
        return _shape(type_.of_type)
    if isinstance(type_, GraphQLList):
        return _list_shape(type_.of_type)
    if isinstance(type_, GraphQLInputObjectType):
        return _object_shape(type_)
    if type_ is GraphQLBoolean:
        return lambda value: value
    return lambda value: value is None


def _list_shape(item: GraphQLInputType) -> Shape:
    inner = item.of_type if isinstance(item, GraphQLNonNull) else item
    if not isinstance(inner, GraphQLInputObjectType):
        return lambda value: value is None
    shape = _object_shape(inner)
    return lambda value: None if value is None else tuple(shape(one) for one in value)


def _object_shape(type_: GraphQLInputObjectType) -> Shape:
    """Shape an input object by the fields it names; the fields of an order count with their values."""
    is_order = set(type_.fields) >= ORDER
    is_question = type_.name == QUESTION
    shapes: dict[str, Shape] = {}

    def shape_of(name: str) -> Shape:
        if name not in shapes:
            field = type_.fields.get(name) or next(f for f in type_.fields.values() if f.out_name == name)
            is_closed = is_enum_type(getattr(field.type, "of_type", field.type))
            by_value = (is_order and is_closed) or (is_question and (is_closed or name in ZONE))
            shapes[name] = (lambda value: value) if by_value else _shape(field.type)
        return shapes[name]

    def shape(value: Any) -> object:  # noqa: ANN401 - a coerced input object
        return (
            None
            if value is None
            else tuple((name, shape_of(name)(part)) for name, part in sorted(value.items()))
        )

    return shape


def written(
    document: DocumentNode, operation: OperationDefinitionNode, root: GraphQLObjectType
) -> dict[str, GraphQLInputType]:
    """Return the variables that are, each as a whole, the input of one mutation field and nothing else."""
    if operation.operation is not OperationType.MUTATION:
        return {}
    fields = [one for one in operation.selection_set.selections if isinstance(one, FieldNode)]
    inputs = {
        argument.value.name.value: root.fields[field.name.value].args[argument.name.value].type
        for field in fields
        for argument in field.arguments or ()
        if isinstance(argument.value, VariableNode)
    }
    uses = Counter(_names_in(document))
    wanted = {one.variable.name.value: one for one in operation.variable_definitions or ()}
    return {
        name: type_
        for name, type_ in inputs.items()
        if uses[name] == DEFINED_AND_USED and isinstance(wanted[name].type, NonNullTypeNode)
    }


def _names_in(node: Node) -> list[str]:
    """Return the names of variables, once for each place that defines or uses one."""
    found: list[str] = []

    class Names(Visitor):
        def enter_variable(self, variable: VariableNode, *_: object) -> None:
            found.append(variable.name.value)

    visit(node, Names())
    return found
