"""How does a GraphQL field name what it reads? Each function here declares one kind of field."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar, cast

import strawberry
from sqlmodel import SQLModel
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition

from service.ground import reads

READ = "read"
"""The key under which a field's metadata holds what it reads, or what an input field compares."""

T = TypeVar("T")


class NodeKey:
    """The id of the node itself."""


class Lookup:
    """A root field that finds one row by its arguments; the newest where several match."""

    def __init__(
        self, target: type[SQLModel], order: reads.Order | None = None, **where: reads.Where | reads.Meets
    ) -> None:
        """Find a row of `target`; `where` says, by argument name, what each argument compares."""
        self.target = target
        self.order = order
        self.where: Mapping[str, reads.Where | reads.Meets] = where


class NodesById:
    """The root fields `node` and `nodes`: rows of any type, by id."""


class EntitiesByKey:
    """The root field `_entities` of federation: rows of any type, by type and id."""


Field = Any
"""A field descriptor; the class body's annotation gives its type."""


def planned(description: str, read: object, name: str | None = None, deprecated: str | None = None) -> Field:
    """Declare a field that the planner reads in the way `read` says."""
    return strawberry.field(
        description=description, metadata={READ: read}, name=name, deprecation_reason=deprecated
    )


def column(description: str, of: reads.OfRow | None = None, *, name: str | None = None) -> Field:
    """Declare a scalar: the column of the same name, or an expression of the row."""
    return planned(description, reads.Computed(of) if of else None, name)


def one(description: str, read: reads.One | reads.OneOf) -> Field:
    """Declare an edge to at most one other thing; its type must be nullable unless the key always exists."""
    return planned(description, read)


def listed(description: str, read: reads.Many | reads.Listed) -> Field:
    """Declare a short list that belongs to its parent and is read whole."""
    return planned(description, read)


def nested(description: str, read: reads.Nested | None = None) -> Field:
    """Declare an object made of its parent's own columns."""
    return planned(description, read or reads.Nested())


def connection(
    description: str,
    read: reads.Many | reads.Merged,
    *,
    filter_by: type | None = None,
    order_by: type | None = None,
) -> Field:
    """Declare an edge to many other things, read in pages."""
    field = planned(description, read)
    field.arguments = [*_page_arguments(), *_shape_arguments(filter_by, order_by)]
    return field


def lookup(description: str, read: Lookup, arguments: Mapping[str, tuple[Any, str]]) -> Field:
    """Declare a root field that finds one thing; `arguments` gives each one's type and description."""
    field = planned(description, read)
    field.arguments = [_argument(name, type_, text) for name, (type_, text) in arguments.items()]
    return field


def answered(
    description: str, read: object, arguments: Mapping[str, tuple[Any, str]], *, name: str | None = None
) -> Field:
    """Declare a field that answers a question; `arguments` gives each one's type and description."""
    field = planned(description, read, name)
    field.arguments = [_argument(name, type_, text) for name, (type_, text) in arguments.items()]
    return field


def nodes_by_id(description: str, argument: str, type_: object, text: str) -> Field:
    """Declare a root field that finds nodes of any type by id."""
    field = planned(description, NodesById())
    field.arguments = [_argument(argument, type_, text)]
    return field


def where(
    description: str, compares: reads.Where | reads.Meets | None = None, *, name: str | None = None
) -> Field:
    """Declare a field of a filter: compares the column of the same name, or what `compares` says."""
    return strawberry.field(
        description=description, metadata={READ: compares}, name=name, default=strawberry.UNSET
    )


def value(description: str, *, default: object = strawberry.UNSET, name: str | None = None) -> Field:
    """Declare a field that Python computes, or a field of an input."""
    if default is strawberry.UNSET:
        return strawberry.field(description=description, name=name)
    return strawberry.field(description=description, default=default, name=name)


def entity(read: reads.Entity, *, description: str, name: str | None = None) -> Callable[[type[T]], type[T]]:
    """Make a class the GraphQL type of a node; it has the table's name, or the one that is given."""

    def decorate(cls: type[T]) -> type[T]:
        decorated = strawberry.type(cls, name=name or read.name, description=description)
        decorated.__entity__ = read  # type: ignore[attr-defined]  # found again by the catalogue
        return decorated

    return decorate


def record(
    model: type[SQLModel], *, description: str, name: str | None = None
) -> Callable[[type[T]], type[T]]:
    """Make a class the GraphQL type of a table's rows that are not nodes of their own."""

    def decorate(cls: type[T]) -> type[T]:
        decorated = strawberry.type(cls, name=name, description=description)
        decorated.__row_model__ = model  # type: ignore[attr-defined]  # found again by the catalogue
        return decorated

    return decorate


def extend(base: type) -> Callable[[type[T]], type[T]]:
    """Add a later chapter's fields to an earlier chapter's type."""

    def decorate(cls: type[T]) -> type[T]:
        extension = strawberry.type(cls)
        definition = get_object_definition(base, strict=True)
        definition.fields.extend(get_object_definition(extension, strict=True).fields)
        return extension

    return decorate


def closed_set(values: type[Enum], description: str, **descriptions: str) -> None:
    """Show a closed set as a GraphQL enum of the same name; each value needs its description."""
    missing = [member.name for member in values if member.name not in descriptions]
    if missing:
        message = f"{values.__name__} lacks descriptions of {missing}"
        raise ValueError(message)
    shown = _shown(values)
    shown.description = description
    for shown_value in shown.values:
        shown_value.description = descriptions[shown_value.name]


def _shown(values: type[Enum]) -> StrawberryEnumDefinition:
    """Return what strawberry knows of a set; a chapter that was imported earlier may have named it first."""
    if not hasattr(values, "__strawberry_definition__"):
        strawberry.enum(values)
    return cast("StrawberryEnumDefinition", getattr(values, "__strawberry_definition__"))  # noqa: B009 - strawberry's


def _page_arguments() -> list[StrawberryArgument]:
    return [
        _argument(
            "first",
            int | None,
            "How many from the front: 1 to 100, 20 where neither first nor last is given.",
        ),
        _argument("after", str | None, "Only what follows this cursor."),
        _argument("last", int | None, "How many from the end: 1 to 100."),
        _argument("before", str | None, "Only what precedes this cursor."),
    ]


def _shape_arguments(filter_by: type | None, order_by: type | None) -> list[StrawberryArgument]:
    shapes = (
        ("filter", filter_by, "Which ones."),
        ("order_by", order_by, "In which order; the id breaks ties."),
    )
    return [_argument(name, type_ | None, text) for name, type_, text in shapes if type_ is not None]


def _argument(name: str, type_: object, description: str) -> StrawberryArgument:
    required = StrawberryAnnotation(type_)
    return StrawberryArgument(name, None, required, description=description)
