"""How much of the schema does an introspection show? Counted in things, against the schema as it is."""

from collections.abc import Mapping
from functools import lru_cache

from graphql import (
    DirectiveLocation,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_introspection_query,
    parse,
)

WRAPPED = 3
LIST = 2
"""What a list costs, however short it is."""
Fragments = Mapping[str, FragmentDefinitionNode]


def introspection_of(schema: GraphQLSchema, node: FieldNode, fragments: Fragments) -> int:
    """Return how many things a field of introspection shows, about; it was found to be of limited size."""
    return 1 + _below(node.selection_set, fragments, _lengths(schema))


@lru_cache(maxsize=8)
def whole_introspection(schema: GraphQLSchema) -> int:
    """Return how many things the introspection of common tools shows."""
    source = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )
    document = parse(source)
    fragments = {
        one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
    }
    (operation,) = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    return 1 + _below(operation.selection_set, fragments, _lengths(schema))


def _below(selections: SelectionSetNode | None, fragments: Fragments, lengths: Mapping[str, int]) -> int:
    total = 0
    for selection in selections.selections if selections else ():
        if isinstance(selection, FieldNode):
            inner = _below(selection.selection_set, fragments, lengths)
            # Most types are wrapped once or twice, however many levels are asked for.
            wrapped = min(inner, WRAPPED) if selection.name.value == "ofType" else inner
            total += lengths.get(selection.name.value, 1) * (1 + wrapped)
            total += LIST if selection.name.value in lengths else 0
        elif isinstance(selection, InlineFragmentNode):
            total += _below(selection.selection_set, fragments, lengths)
        elif isinstance(selection, FragmentSpreadNode):
            total += _below(fragments[selection.name.value].selection_set, fragments, lengths)
    return total


@lru_cache(maxsize=8)
def _lengths(schema: GraphQLSchema) -> Mapping[str, int]:
    """Return how long the lists of introspection are: types as they are, all others on average."""
    types = list(schema.type_map.values())
    shown = [one for one in types if isinstance(one, GraphQLObjectType | GraphQLInterfaceType)]
    fields = [field for one in shown for field in one.fields.values()]
    abstract = [one for one in types if isinstance(one, GraphQLUnionType | GraphQLInterfaceType)]
    totals = {
        "fields": len(fields),
        "interfaces": sum(len(one.interfaces) for one in shown),
        "possibleTypes": sum(len(schema.get_possible_types(one)) for one in abstract),
        "enumValues": sum(len(one.values) for one in types if isinstance(one, GraphQLEnumType)),
        "inputFields": sum(len(one.fields) for one in types if isinstance(one, GraphQLInputObjectType)),
    }
    lengths = {name: -(-total // len(types)) for name, total in totals.items()}
    arguments = sum(len(field.args) for field in fields)
    return {
        **lengths,
        "types": len(types),
        "args": -(-arguments // max(1, len(fields))),
        "directives": len(schema.directives),
        "locations": len(DirectiveLocation) // 2,
    }
