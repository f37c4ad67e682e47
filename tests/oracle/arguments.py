"""Which arguments does an operation send? Such as often hit the rows that are there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    IntValueNode,
    ListValueNode,
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    is_required_argument,
    is_required_input_field,
    parse_value,
)

from schema.ground.fields import Lookup
from schema.planner.catalogue import Catalogue, read_of
from service.ground.reads import Meets, Where
from tests.oracle import seeds
from tests.oracle.drawing import Drawing

Cursors = Callable[[str, str, str | None, str | None], Sequence[str]]
"""Returns cursors that rows have: of a type's field, in an order and a direction, None for the default."""

PAGING = ("first", "after", "last", "before")
COMBINING = frozenset({"and", "or", "not"})
DEEPEST_FILTER = 2
SIZES = (1, 2, 2, 3, 4, 5, 100)


@dataclass(frozen=True, slots=True)
class Arguments:
    """Draws the arguments of one operation's fields."""

    catalogue: Catalogue
    cursors: Cursors
    ids: Mapping[str, Sequence[str]]
    drawing: Drawing

    def of(self, type_name: str, name: str, declared: GraphQLField) -> tuple[ArgumentNode, ...]:
        """Return arguments for a field."""
        given: dict[str, ValueNode] = {}
        read = read_of(declared)
        for each, argument in declared.args.items():
            compared = read.where.get(each) if isinstance(read, Lookup) else None
            if each not in PAGING and (is_required_argument(argument) or self.drawing.happens(0.45)):
                given[each] = self._placed(argument.type, compared)
        if "first" in declared.args:
            given |= self._page(type_name, name, declared, given.get("orderBy"))
        return tuple(ArgumentNode(name=NameNode(value=n), value=value) for n, value in given.items())

    def _page(
        self, type_name: str, name: str, declared: GraphQLField, order: ValueNode | None
    ) -> dict[str, ValueNode]:
        draw = self.drawing
        given: dict[str, ValueNode] = {}
        size = draw.one_of(("first", "first", "first", "last", None))
        if size:
            given[size] = IntValueNode(value=str(draw.one_of(SIZES)))
        chosen = (draw.known(order) if order else None) or {}
        known = self.cursors(type_name, name, chosen.get("field"), chosen.get("direction"))
        for side in ("after", "before"):
            if known and draw.happens(0.25):
                given[side] = StringValueNode(value=draw.one_of(known))
        return {n: draw.perhaps_variable(value, declared.args[n].type) for n, value in given.items()}

    def _placed(self, type_: GraphQLInputType, compared: object, depth: int = 0) -> ValueNode:
        """Return a value for one place, sometimes by a variable; `compared` tells which ids fit there."""
        if isinstance(type_, GraphQLNonNull):
            value = self._present(type_.of_type, compared, depth)
        else:
            absent = self.drawing.happens(0.07)
            value = NullValueNode() if absent else self._present(type_, compared, depth)
        return self.drawing.perhaps_variable(value, type_)

    def _present(self, type_: GraphQLInputType, compared: object, depth: int) -> ValueNode:
        if isinstance(type_, GraphQLList):
            length = self.drawing.one_of((0, 1, 2, 3))
            return ListValueNode(
                values=tuple(self._placed(type_.of_type, compared, depth) for _ in range(length))
            )
        if isinstance(type_, GraphQLEnumType):
            return EnumValueNode(value=self.drawing.one_of(list(type_.values)))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_, depth)
        assert isinstance(type_, GraphQLScalarType)
        return self._scalar(type_.name, compared)

    def _object(self, type_: GraphQLInputObjectType, depth: int) -> ValueNode:
        if type_.is_one_of:
            only = self.drawing.one_of(list(type_.fields))
            wanted: dict[str, GraphQLInputType] = {only: GraphQLNonNull(type_.fields[only].type)}
        else:
            chosen = (
                (n, f) for n, f in type_.fields.items() if is_required_input_field(f) or self._wants(n, depth)
            )
            wanted = {name: field_.type for name, field_ in chosen}
        parts = []
        for name, inner in wanted.items():
            below = depth + 1 if name in COMBINING else depth
            value = self._placed(inner, read_of(type_.fields[name]), below)
            parts.append(ObjectFieldNode(name=NameNode(value=name), value=value))
        return ObjectValueNode(fields=tuple(parts))

    def _wants(self, name: str, depth: int) -> bool:
        if name in COMBINING:
            return depth < DEEPEST_FILTER and self.drawing.happens(0.15)
        return self.drawing.happens(0.25)

    def _scalar(self, name: str, compared: object) -> ValueNode:
        chosen = self.drawing.one_of
        drawn: Mapping[str, Callable[[], ValueNode]] = {
            "ID": lambda: StringValueNode(value=self._id(compared)),
            "String": lambda: StringValueNode(value=chosen(seeds.WORDS)),
            "Boolean": lambda: BooleanValueNode(value=self.drawing.happens(0.5)),
            "Int": lambda: IntValueNode(value=str(chosen(seeds.NUMBERS))),
            "Float": lambda: FloatValueNode(value=str(chosen(seeds.FRACTIONS))),
            "Decimal": lambda: StringValueNode(value=str(chosen(seeds.FRACTIONS))),
            "DateTime": lambda: StringValueNode(value=chosen(seeds.MOMENTS).isoformat()),
            "Date": lambda: StringValueNode(value=chosen(seeds.DATES).isoformat()),
            "JSON": lambda: parse_value("{a: 1}"),
        }
        return drawn[name]()

    def _id(self, compared: object) -> str:
        """Return the id of a row that fits, sometimes of one that does not exist."""
        model = compared.names if isinstance(compared, Where | Meets) else None
        prefix = self.catalogue.entity_of(model).prefix if model else self.drawing.one_of(list(self.ids))
        known = self.ids[prefix]
        if not known or self.drawing.happens(0.1):
            return f"{prefix}_00000000-0000-7000-8000-{self.drawing.chance.randrange(16**12):012x}"
        return self.drawing.one_of(known)
