"""How large is a document? Measured in one pass before it is validated, each fragment visited once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
)
from graphql.error import GraphQLError

from schema.guard.limits import Exceeded, Limits

NUL = "\0"


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection grows to when its fragments are laid out."""

    fields: int = 0
    depth: int = 0
    roots: int = 0
    nesting: int = 0

    def beside(self, other: "Size") -> "Size":
        """Return the size of two selections that stand side by side."""
        fields, roots = self.fields + other.fields, self.roots + other.roots
        return Size(fields, max(self.depth, other.depth), roots, max(self.nesting, other.nesting))

    def inside(self) -> "Size":
        """Return the size of the field whose selection this is."""
        return Size(self.fields + 1, self.depth + 1, 1, self.nesting)


NOTHING = Size()


def check(document: DocumentNode, limits: Limits) -> int:
    """Return how many selections were visited.

    Raises Exceeded, or another GraphQLError, where a document is not to be looked at any further.
    """
    measuring = _Pass(document, limits)
    measuring.run()
    return measuring.visited


class _Pass:
    """The pass over one document."""

    def __init__(self, document: DocumentNode, limits: Limits) -> None:
        self.limits = limits
        self.operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
        self.fragments: Mapping[str, FragmentDefinitionNode] = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self.definitions = document.definitions
        self.sizes: dict[str, Size] = {}
        self.open: set[str] = set()
        self.visited = 0
        self.aliases = self.directives = self.value_parts = 0

    def run(self) -> None:
        """Measure the definitions, the operations first: what they spread is then measured already."""
        self._at_most("operations", "operations", len(self.operations))
        self._at_most("fragments", "fragments", len(self.definitions) - len(self.operations))
        for operation in self.operations:
            self._operation(operation)
        for name in self.fragments:
            self._fragment(name, 1)
        self._at_most("aliases", "aliases", self.aliases)
        self._at_most("directives", "directives", self.directives)

    def _operation(self, operation: OperationDefinitionNode) -> None:
        self._at_most("variables", "variables in one operation", len(operation.variable_definitions or ()))
        self.directives += len(operation.directives or ())
        for definition in operation.variable_definitions or ():
            self.directives += len(definition.directives or ())
            if definition.default_value:
                self._value(definition.default_value)
        size = self._selections(operation.selection_set, 1)
        self._at_most("depth", "levels", size.depth)
        self._at_most("nesting", "selections inside of one another", size.nesting)
        self._at_most("fields", "fields, with its fragments laid out", size.fields)
        if operation.operation is OperationType.MUTATION:
            self._at_most("mutations", "mutations", size.roots)
        self._at_most("root_fields", "fields at its root", size.roots)

    def _selections(self, selections: SelectionSetNode, nesting: int) -> Size:
        self._at_most("nesting", "selections inside of one another", nesting, tell=False)
        names = Counter(_response_name(one) for one in selections.selections if isinstance(one, FieldNode))
        self._at_most("repeats", "fields of one name side by side", max(names.values(), default=0))
        sizes = (self._selection(one, nesting) for one in selections.selections)
        size = reduce(Size.beside, sizes, NOTHING)
        return replace(size, nesting=size.nesting + 1)

    def _selection(self, selection: SelectionNode, nesting: int) -> Size:
        self.visited += 1
        self.directives += len(selection.directives or ())
        for directive in selection.directives or ():
            for argument in directive.arguments or ():
                self._value(argument.value)
        if isinstance(selection, FieldNode):
            return self._field(selection, nesting)
        if isinstance(selection, InlineFragmentNode):
            return self._selections(selection.selection_set, nesting + 1)
        if isinstance(selection, FragmentSpreadNode):
            return self._fragment(selection.name.value, nesting + 1)
        return NOTHING

    def _field(self, node: FieldNode, nesting: int) -> Size:
        self.aliases += node.alias is not None
        for argument in node.arguments or ():
            self._value(argument.value)
        below = self._selections(node.selection_set, nesting + 1) if node.selection_set else NOTHING
        return below.inside()

    def _fragment(self, name: str, nesting: int) -> Size:
        """Measure a fragment once; one that is unknown, or inside of itself, is left to validation."""
        known = self.sizes.get(name)
        if known is not None:
            return known
        fragment = self.fragments.get(name)
        if fragment is None or name in self.open:
            return NOTHING
        self.open.add(name)
        self.directives += len(fragment.directives or ())
        size = self._selections(fragment.selection_set, nesting)
        self.open.discard(name)
        # Beyond the limit it does not matter how far: numbers stay small however fragments multiply.
        self.sizes[name] = replace(size, fields=min(size.fields, self.limits.fields + 1))
        return self.sizes[name]

    def _value(self, value: ValueNode) -> None:
        """Count the parts of a literal, level by level."""
        level: list[ValueNode] = [value]
        for _ in range(self.limits.value_depth):
            for one in level:
                if isinstance(one, StringValueNode) and NUL in one.value:
                    raise GraphQLError("A text cannot contain the character U+0000.", one)
            self.value_parts += len(level)
            self._at_most("value_parts", "parts in its literal values", self.value_parts, tell=False)
            level = list(parts_of(level))
            if not level:
                return
        raise Exceeded("value_depth", "levels in a literal value", most=self.limits.value_depth)

    def _at_most(self, limit: str, things: str, found: int, *, tell: bool = True) -> None:
        most: int = getattr(self.limits, limit)
        if most < found:
            raise Exceeded(limit, things, most=most, found=found if tell else None)


def _response_name(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def parts_of(values: Iterable[ValueNode]) -> Iterator[ValueNode]:
    """Yield what lists and objects directly consist of."""
    for value in values:
        if isinstance(value, ListValueNode):
            yield from value.values
        elif isinstance(value, ObjectValueNode):
            yield from (field.value for field in value.fields)
