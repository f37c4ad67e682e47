"""Which fields were asked for? Fragments merged, directives applied, in the order of the operation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    is_abstract_type,
)

from schema.planner.given import Variables, from_node

CONDITIONS = frozenset({GraphQLIncludeDirective.name, GraphQLSkipDirective.name})
Fields = Mapping[str, Sequence[FieldNode]]
"""The fields by response name; several nodes where the operation names one field more than once."""


@dataclass(frozen=True, slots=True)
class Selector:
    """Collects fields for a concrete type, as the specification's CollectFields does."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Variables

    def fields(self, type_: GraphQLObjectType, nodes: Iterable[FieldNode]) -> Fields:
        """Return the merged sub-selection of fields that share a response name."""
        sets = [node.selection_set for node in nodes if node.selection_set]
        return self.of_sets(type_, sets)

    def of_sets(self, type_: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> Fields:
        """Return the merged fields of several selection sets."""
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for selections in sets:
            self._collect(type_, selections.selections, found, seen)
        return found

    def _collect(
        self,
        type_: GraphQLObjectType,
        selections: Iterable[SelectionNode],
        found: dict[str, list[FieldNode]],
        seen: set[str],
    ) -> None:
        for selection in selections:
            if not self._included(selection):
                continue
            if isinstance(selection, FieldNode):
                name = selection.alias.value if selection.alias else selection.name.value
                found.setdefault(name, []).append(selection)
            elif isinstance(selection, InlineFragmentNode):
                self._enter(type_, selection, found, seen)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                seen.add(selection.name.value)
                self._enter(type_, self.fragments[selection.name.value], found, seen)

    def _enter(
        self,
        type_: GraphQLObjectType,
        fragment: InlineFragmentNode | FragmentDefinitionNode,
        found: dict[str, list[FieldNode]],
        seen: set[str],
    ) -> None:
        condition = fragment.type_condition
        if condition is None or self._applies(type_, condition.name.value):
            self._collect(type_, fragment.selection_set.selections, found, seen)

    def _applies(self, type_: GraphQLObjectType, condition: str) -> bool:
        if condition == type_.name:
            return True
        wider = self.schema.type_map[condition]
        return is_abstract_type(wider) and self.schema.is_sub_type(wider, type_)

    def _included(self, selection: SelectionNode) -> bool:
        for directive in selection.directives or ():
            if directive.name.value not in CONDITIONS:
                continue
            condition = directive.arguments[0].value if directive.arguments else None
            if condition is None:
                continue
            given = from_node(condition, GraphQLIncludeDirective.args["if"].type, self.variables)
            holds = given is not None and given.value
            if directive.name.value == GraphQLSkipDirective.name and holds:
                return False
            if directive.name.value == GraphQLIncludeDirective.name and not holds:
                return False
        return True
