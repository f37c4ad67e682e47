"""Which arguments does an operation send? Such as often hit the rows that are there."""

import json
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
from service.metrics.asking import Asked
from service.metrics.sources import READINGS
from tests.oracle import seeds
from tests.oracle.drawing import Drawing
from tests.oracle.measuring import WEIGHTED

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
        draw = self.drawing
        given: dict[str, ValueNode] = {}
        read = read_of(declared)
        sides = [side for side in ("after", "before") if side in declared.args and draw.happens(0.25)]
        for each, argument in declared.args.items():
            compared = read.where.get(each) if isinstance(read, Lookup) else read
            if each not in PAGING and (is_required_argument(argument) or draw.happens(0.45)):
                # A cursor fits one order, which other variables must not change then.
                draw.fixed = bool(sides) and each == "orderBy"
                given[each] = self._placed(argument.type, compared)
                draw.fixed = False
        if "first" in declared.args:
            given |= self._size(declared)
            given |= self._cursors(type_name, name, declared, sides, given.get("orderBy"))
        return tuple(ArgumentNode(name=NameNode(value=n), value=value) for n, value in given.items())

    def _size(self, declared: GraphQLField) -> dict[str, ValueNode]:
        draw = self.drawing
        name = draw.one_of(("first", "first", "first", "last", None))
        if name not in declared.args:
            return {}

        def size() -> ValueNode:
            return IntValueNode(value=str(draw.one_of(SIZES)))

        return {name: draw.placed(declared.args[name].type, size)}

    def _cursors(
        self, type_name: str, name: str, declared: GraphQLField, sides: Sequence[str], order: ValueNode | None
    ) -> dict[str, ValueNode]:
        draw = self.drawing
        chosen = (draw.known(order) if order else None) or {}
        known = self.cursors(type_name, name, chosen.get("field"), chosen.get("direction"))

        def cursor() -> ValueNode:
            return StringValueNode(value=draw.one_of(known))

        return {side: draw.placed(declared.args[side].type, cursor) for side in sides if known}

    def _placed(self, type_: GraphQLInputType, compared: object, depth: int = 0) -> ValueNode:
        """Return a value for one place; `compared` tells which ids fit there."""

        def value() -> ValueNode:
            if isinstance(type_, GraphQLNonNull):
                return self._present(type_.of_type, compared, depth)
            return NullValueNode() if self.drawing.happens(0.07) else self._present(type_, compared, depth)

        return self.drawing.placed(type_, value)

    def _present(self, type_: GraphQLInputType, compared: object, depth: int) -> ValueNode:
        if isinstance(type_, GraphQLList):
            length = self.drawing.one_of((0, 1, 2, 3))
            return ListValueNode(
                values=tuple(self._placed(type_.of_type, compared, depth) for _ in range(length))
            )
        if isinstance(type_, GraphQLEnumType):
            return EnumValueNode(value=self.drawing.one_of(list(type_.values)))
        if isinstance(compared, Asked):
            return self._question(compared)
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_, depth)
        assert isinstance(type_, GraphQLScalarType)
        return self._scalar(type_.name, compared)

    def _question(self, asked: Asked) -> ValueNode:
        """Return what is asked of a metric that the node knows; a series needs a period that is not long."""
        draw = self.drawing
        metric = draw.one_of([id_ for id_ in READINGS if asked.place.answers(READINGS[id_])])
        given: dict[str, object] = {"metric": metric, "quantile": draw.one_of([None, 0.1, 0.9])}
        if draw.happens(0.6):
            first, last = sorted(draw.chance.sample(seeds.MOMENTS, 2))
            given |= {"from": first.isoformat(), "to": last.isoformat()}
            zone = draw.one_of([None, "UTC", "Asia/Kolkata"])
            given |= {"granularity": draw.one_of([None, "HOUR", "DAY"]), "timeZone": zone}
        if metric in WEIGHTED:
            given["weighted"] = draw.happens(0.5)
        parts = (f"{name}: {_literal(name, value)}" for name, value in given.items() if value is not None)
        return parse_value("{" + ", ".join(parts) + "}")

    def _object(self, type_: GraphQLInputObjectType, depth: int) -> ValueNode:
        if type_.is_one_of:
            only = self.drawing.one_of(list(type_.fields))
            wanted: dict[str, GraphQLInputType] = {only: GraphQLNonNull(type_.fields[only].type)}
        else:
            wanted = {name: type_.fields[name].type for name in self._some(type_, depth)}
        parts = []
        for name, inner in wanted.items():
            below = depth + 1 if name in COMBINING else depth
            value = self._placed(inner, read_of(type_.fields[name]), below)
            parts.append(ObjectFieldNode(name=NameNode(value=name), value=value))
        return ObjectValueNode(fields=tuple(parts))

    def _some(self, type_: GraphQLInputObjectType, depth: int) -> Sequence[str]:
        """Choose few fields of an input object, for many conditions together leave no row."""
        needed = [name for name, field in type_.fields.items() if is_required_input_field(field)]
        others = [name for name in type_.fields if name not in needed]
        if depth >= DEEPEST_FILTER:
            others = [name for name in others if name not in COMBINING]
        found = list(needed)
        for _ in range(self.drawing.one_of((0, 1, 1, 2, 3))):
            combining = [name for name in others if name in COMBINING]
            among = combining if combining and self.drawing.happens(0.3) else others
            if among:
                found.append(self.drawing.one_of(among))
        return list(dict.fromkeys(found))

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
            "_Any": lambda: parse_value(f'{{__typename: "Customer", id: "{self._id(compared)}"}}'),
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


def _literal(name: str, value: object) -> str:
    """Return a value as GraphQL writes it; the values of enumerations stand without quotes."""
    return str(value) if name in {"metric", "granularity"} else json.dumps(value)
