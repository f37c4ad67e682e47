"""How do other graphs refer to ours? As a subgraph of Apollo Federation 2: things by type and id."""

from dataclasses import replace
from typing import Annotated, cast

import strawberry
from graphql import (
    DocumentNode,
    FieldDefinitionNode,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    Visitor,
    build_schema,
    lexicographic_sort_schema,
    parse,
    print_ast,
    print_schema,
    visit,
)
from graphql.language import DefinitionNode

from schema.customers.types import Account, Customer
from schema.feedback.types import Feedback
from schema.ground.fields import EntitiesByKey, answered, extend, value
from schema.ground.roots import Query
from schema.ground.scalars import Representation
from schema.initiatives.types import Initiative
from schema.insights.types import Insight
from schema.interactions.types import Interaction
from schema.journeys.types import Journey, JourneyInstance
from schema.loops.types import FeedbackLoop, FollowUp, Recovery
from schema.touchpoints.types import Touchpoint, TouchpointEvent

MACHINERY = frozenset({"_Any", "_Entity", "_Service", "_entities", "_service"})
"""What every subgraph serves and none shows in its definition: the specification names it."""

HEADER = """
    extend schema @link(
      url: "https://specs.apollo.dev/federation/v2.5"
      import: ["@key", "@shareable"]
    )
"""
SHARED = frozenset({"PageInfo"})

Entity = Annotated[
    Account
    | Customer
    | Feedback
    | FeedbackLoop
    | FollowUp
    | Initiative
    | Insight
    | Interaction
    | Journey
    | JourneyInstance
    | Recovery
    | Touchpoint
    | TouchpointEvent,
    strawberry.union("_Entity", description="What other graphs may refer to by its id."),
]


@strawberry.type(name="_Service", description="This graph, as a part of a larger one.")
class Service:
    """What a gateway asks a subgraph for."""

    sdl: str = value("Its schema with the keys of its entities, as Federation 2 writes it.")


@extend(Query)
class Entities:
    """The field by which a gateway reads what other graphs refer to."""

    entities: list[Entity | None] = answered(
        "Things that other graphs refer to, in the order of the representations, with null for unknown ones.",
        EntitiesByKey(),
        {"representations": (list[Representation], "At most 1,000, each with its `__typename` and its id.")},
        name="_entities",
    )


def plain(schema: GraphQLSchema) -> DocumentNode:
    """Return the definition of a schema, sorted, without the machinery of federation."""
    # Sorting copies enums without the Python values that defaults of inputs hold, so a read copy is sorted.
    copy = lexicographic_sort_schema(build_schema(print_schema(schema)))
    found: DocumentNode = visit(parse(print_schema(copy)), _Without())
    return found


def subgraph(schema: GraphQLSchema) -> str:
    """Return the definition of a schema as a gateway wants it: with keys, linked to the specification."""
    keyed = {type_.name for type_ in schema.type_map["_Entity"].types}  # type: ignore[attr-defined]  # a union
    definition = visit(plain(schema), _Marking(keyed))
    return print_ast(parse(HEADER)) + "\n\n" + print_ast(definition)


class _Without(Visitor):
    """Takes the machinery out."""

    def enter(self, node: DefinitionNode | FieldDefinitionNode, *_: object) -> object:
        """Leave one definition out, or go on."""
        is_defined = isinstance(node, DefinitionNode | FieldDefinitionNode)
        name = getattr(node, "name", None) if is_defined else None
        return Visitor.REMOVE if name and name.value in MACHINERY else Visitor.IDLE


class _Marking(Visitor):
    """Marks entities with their key, and what other graphs define alike as shareable."""

    def __init__(self, keyed: set[str]) -> None:
        super().__init__()
        self.keyed = keyed

    def leave_object_type_definition(
        self, node: ObjectTypeDefinitionNode, *_: object
    ) -> ObjectTypeDefinitionNode:
        name = node.name.value
        if name in self.keyed:
            return _with(node, '@key(fields: "id")')
        return _with(node, "@shareable") if name in SHARED else node


def _with(node: ObjectTypeDefinitionNode, directive: str) -> ObjectTypeDefinitionNode:
    (written,) = parse(f"type Marked {directive}").definitions
    given = cast("ObjectTypeDefinitionNode", written).directives or ()
    return replace(node, directives=(*(node.directives or ()), *given))
