"""Which operations are compared? hypothesis-graphql draws what is selected; everything else is put on here.

It draws the shape from a copy of the schema without arguments. Arguments that often hit real rows, aliases,
fragments, directives and variables are put on afterwards, from a random source that is drawn along.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLBoolean,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    ObjectTypeDefinitionNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    Visitor,
    get_named_type,
    is_leaf_type,
    parse,
    print_ast,
    print_schema,
    visit,
)

from tests.oracle.arguments import Arguments
from tests.oracle.drawing import Drawing

OTHERS = 2
PAGES = ("Connection", "Edge", "PageInfo")
TYPENAME = FieldNode(name=NameNode(value="__typename"))
CURSOR = FieldNode(name=NameNode(value="cursor"))
MEASURING = ("metric", "metrics")
"""What cannot be asked without arguments."""

BEHIND = ("rowIds",)
"""What is not drawn: the rows behind a metric are a page of their own."""

FEDERATING = ("_entities", "_service")
"""What is not drawn either: its representations are free JSON; `_entities` is
compared with `nodes` by `tests/schema/test_federation.py`."""

FEED = ("changes",)
"""What is not drawn either: the feed has the order of positions; `tests/schema/test_changes.py` walks it."""

START = FieldNode(name=NameNode(value="startCursor"))


def without_arguments(schema: GraphQLSchema, *leaving_out: str) -> str:
    """Return the part of a schema that can be read, with every argument and some root fields taken away."""

    class Bare(Visitor):
        def enter_object_type_definition(
            self, node: ObjectTypeDefinitionNode, *_: object
        ) -> ObjectTypeDefinitionNode | None:
            out = leaving_out if node.name.value == "Query" else ()
            hidden = {*out, *BEHIND, *FEDERATING, *FEED}
            kept = (each for each in node.fields or () if each.name.value not in hidden)
            return replace(node, fields=tuple(kept))

        def enter_field_definition(self, node: FieldDefinitionNode, *_: object) -> FieldDefinitionNode:
            return replace(node, arguments=())

    definitions = parse(print_schema(schema)).definitions
    kept = [part for part in definitions if getattr(part, "name", None) != NameNode(value="Mutation")]
    return print_ast(visit(DocumentNode(definitions=tuple(kept)), Bare()))


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation with its variables, and other variables to ask it with afterwards."""

    source: str
    variables: Mapping[str, Any]
    others: Sequence[Mapping[str, Any]] = ()


@dataclass(slots=True)
class Dresser:
    """Dresses one operation."""

    schema: GraphQLSchema
    arguments: Arguments
    drawing: Drawing
    fragments: list[FragmentDefinitionNode] = field(default_factory=list)

    def dress(self, shape: str) -> Asked:
        """Return the operation with everything put on."""
        (drawn,) = parse(shape).definitions
        root = self.schema.query_type
        assert isinstance(drawn, OperationDefinitionNode)
        assert root is not None
        selections = self._set(root, drawn.selection_set)
        operation = OperationDefinitionNode(
            operation=OperationType.QUERY,
            name=NameNode(value="Dressed"),
            selection_set=selections,
            variable_definitions=tuple(self.drawing.definitions),
        )
        whole = DocumentNode(definitions=(operation, *self.fragments))
        others = [self.drawing.other_variables() for _ in range(OTHERS if self.drawing.definitions else 0)]
        return Asked(print_ast(whole), self.drawing.variables, others)

    def _set(self, type_: GraphQLNamedType, selections: SelectionSetNode) -> SelectionSetNode:
        nodes: list[SelectionNode] = []
        for selection in (*selections.selections, *self._more(type_, selections)):
            if isinstance(selection, FieldNode):
                nodes += self._field(type_, self._through_edges(type_, selection))
            elif isinstance(selection, InlineFragmentNode) and selection.type_condition:
                nodes.append(self._inline(selection.type_condition, selection.selection_set))
        if self.drawing.happens(0.1):
            nodes.insert(self.drawing.chance.randint(0, len(nodes)), TYPENAME)
        return _selected(*self._grouped(type_, nodes))

    def _inline(self, condition: NamedTypeNode, selections: SelectionSetNode) -> InlineFragmentNode:
        inner = self._set(self.schema.type_map[condition.name.value], selections)
        return InlineFragmentNode(
            type_condition=condition, selection_set=inner, directives=self._directives()
        )

    def _through_edges(self, type_: GraphQLNamedType, node: FieldNode) -> FieldNode:
        """Ask for the nodes of a page by its edges."""
        if node.name.value != "nodes" or "edges" not in _fields(type_) or self.drawing.happens(0.6):
            return node
        inner = (replace(node, name=NameNode(value="node"), alias=None), CURSOR)
        shown = _selected(*inner[: self.drawing.chance.randint(1, 2)])
        return FieldNode(alias=self.drawing.new_name("e"), name=NameNode(value="edges"), selection_set=shown)

    def _more(self, type_: GraphQLNamedType, selections: SelectionSetNode) -> list[FieldNode]:
        """Ask for some more of the fields that lead nowhere, above all of pages."""
        there = {node.name.value for node in selections.selections if isinstance(node, FieldNode)}
        likelihood = 0.3 if type_.name.endswith(PAGES) else 0.06
        found = []
        for name, declared in _fields(type_).items():
            simple = is_leaf_type(get_named_type(declared.type))
            if name in there or name in BEHIND or not (simple or name == "pageInfo"):
                continue
            if self.drawing.happens(likelihood):
                alias, inner = self.drawing.new_name("m"), None if simple else _selected(START)
                found.append(FieldNode(alias=alias, name=NameNode(value=name), selection_set=inner))
        return found

    def _grouped(self, type_: GraphQLNamedType, nodes: list[SelectionNode]) -> list[SelectionNode]:
        """Put some of the selections into a fragment."""
        draw = self.drawing
        if not nodes or not draw.happens(0.15):
            return nodes
        first = draw.chance.randrange(len(nodes))
        last = draw.chance.randint(first + 1, len(nodes))
        inner = _selected(*nodes[first:last])
        condition = NamedTypeNode(name=NameNode(value=type_.name))
        if draw.happens(0.5):
            group: list[SelectionNode] = [self._anonymous(condition, inner)]
        else:
            name = draw.new_name("F")
            self.fragments.append(
                FragmentDefinitionNode(name=name, type_condition=condition, selection_set=inner)
            )
            times = draw.one_of((1, 1, 2))
            group = [FragmentSpreadNode(name=name, directives=self._directives()) for _ in range(times)]
        return [*nodes[:first], *group, *nodes[last:]]

    def _anonymous(self, condition: NamedTypeNode, inner: SelectionSetNode) -> InlineFragmentNode:
        shown = condition if self.drawing.happens(0.5) else None
        return InlineFragmentNode(type_condition=shown, selection_set=inner, directives=self._directives())

    def _field(self, type_: GraphQLNamedType, node: FieldNode) -> list[FieldNode]:
        if node.name.value == "__typename":
            return [node]
        dressed = self._dressed(type_, node)
        if node.alias is None and self.drawing.happens(0.12):
            dressed = replace(dressed, alias=self.drawing.new_name("a"))
        found = self._split(dressed)
        if self.drawing.happens(0.06):
            found.append(replace(self._dressed(type_, node), alias=self.drawing.new_name("b")))
        return found

    def _dressed(self, type_: GraphQLNamedType, node: FieldNode) -> FieldNode:
        name = node.name.value
        declared = _fields(type_)[name]
        inner = node.selection_set and self._set(get_named_type(declared.type), node.selection_set)
        return FieldNode(
            alias=node.alias,
            name=node.name,
            arguments=self.arguments.of(type_.name, name, declared),
            directives=self._directives(),
            selection_set=inner,
        )

    def _split(self, node: FieldNode) -> list[FieldNode]:
        """Ask for one field twice, for a part of what is below it each time."""
        below = node.selection_set.selections if node.selection_set else ()
        if len(below) < 2 or not self.drawing.happens(0.08):
            return [node]
        middle = self.drawing.chance.randrange(1, len(below))
        return [replace(node, selection_set=_selected(*part)) for part in (below[:middle], below[middle:])]

    def _directives(self) -> tuple[DirectiveNode, ...]:
        if not self.drawing.happens(0.06):
            return ()

        def decided() -> ValueNode:
            return BooleanValueNode(value=self.drawing.happens(0.5))

        holds = self.drawing.placed(GraphQLNonNull(GraphQLBoolean), decided)
        argument = ArgumentNode(name=NameNode(value="if"), value=holds)
        name = NameNode(value=self.drawing.one_of(("include", "skip")))
        return (DirectiveNode(name=name, arguments=(argument,)),)


def _fields(type_: GraphQLNamedType) -> Mapping[str, GraphQLField]:
    """Return the fields of a type; a union has none of its own."""
    return type_.fields if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) else {}


def _selected(*nodes: SelectionNode) -> SelectionSetNode:
    selections: Sequence[SelectionNode] = nodes
    return SelectionSetNode(selections=tuple(selections))
