"""What is the smallest operation that reads one field, or that compares by one field of a filter?"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from schema.ground.fields import Lookup
from schema.planner.catalogue import Catalogue, read_of
from service.ground.reads import Meets, Where
from service.metrics.asking import Asked, Told

UNKNOWN = "00000000-0000-7000-8000-000000000000"
LITERALS = {
    "String": '"x"',
    "Int": "1",
    "Float": "1.5",
    "Boolean": "true",
    "DateTime": '"2026-01-01T00:00:00Z"',
    "Date": '"2026-01-01"',
    "Decimal": '"1.5"',
    "JSON": "{}",
    "_Any": f'{{__typename:"Customer",id:"cus_{UNKNOWN}"}}',
}
WHOLE_PAGE = (
    "{totalCount nodes{__typename} edges{cursor} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}"
)
COMBINING = frozenset({"and", "or", "not"})
PAGING = frozenset({"first", "after", "last", "before"})


@dataclass(frozen=True, slots=True)
class Path:
    """The way from the root to a type: what opens it, and how many braces close it."""

    opening: str = "{"
    depth: int = 1

    def into(self, text: str) -> "Path":
        """Go one level deeper."""
        return Path(f"{self.opening}{text}{{", self.depth + 1)

    def around(self, text: str) -> str:
        """Return the operation that reads `text` here."""
        return self.opening + text + "}" * self.depth


@dataclass(frozen=True, slots=True)
class Probe:
    """An operation that must succeed at a place; its parts find the place where it does not."""

    place: str
    source: str
    parts: tuple["Probe", ...] = ()


@dataclass(slots=True)
class Operations:
    """The smallest operations of a schema."""

    catalogue: Catalogue
    paths: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find the shortest way to every type that can be read."""
        root = self.catalogue.schema.query_type
        assert root is not None
        for node in self.catalogue.nodes.values():
            key = f'node(id:"{node.entity.prefix}_{UNKNOWN}")'
            self.paths[node.type.name] = Path().into(key).into(f"... on {node.type.name}")
        self.paths[root.name] = Path()
        waiting = deque(self.paths)
        while waiting:
            waiting.extend(self._beyond(self.catalogue.schema.type_map[waiting.popleft()]))

    def _beyond(self, type_: GraphQLNamedType) -> list[str]:
        """Enter the types that are one field away, and return those that are new."""
        found: list[str] = []
        here = self.paths[type_.name]
        if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
            targets = {
                each.name: here.into(f"... on {each.name}")
                for each in self.catalogue.schema.get_possible_types(type_)
            }
        else:
            assert isinstance(type_, GraphQLObjectType)
            targets = {get_named_type(f.type).name: self._into(here, n, f) for n, f in type_.fields.items()}
        for name, path in targets.items():
            if name not in self.paths and not is_leaf_type(self.catalogue.schema.type_map[name]):
                self.paths[name] = path
                found.append(name)
        return found

    def _into(self, here: Path, name: str, field_: GraphQLField) -> Path:
        return here.into(name + self._arguments(field_))

    def _prefix_of(self, compared: object, otherwise: str) -> str:
        """Return the prefix of the ids that are compared."""
        model = compared.names if isinstance(compared, Where | Meets) else None
        return self.catalogue.entity_of(model).prefix if model else otherwise

    def _prefix_at(self, field_: GraphQLField, argument: str) -> str:
        read = read_of(field_)
        compared = read.where.get(argument) if isinstance(read, Lookup) else None
        return self._prefix_of(compared, next(iter(self.catalogue.nodes)))

    def _arguments(self, field_: GraphQLField, **given: str) -> str:
        """Return the arguments a field needs, and those that are given."""
        needed = {
            name: self.literal(argument.type, self._prefix_at(field_, name))
            for name, argument in field_.args.items()
            if is_required_argument(argument)
        }
        texts = [f"{name}:{text}" for name, text in {**needed, **given}.items()]
        return f"({','.join(texts)})" if texts else ""

    def reading(self) -> Iterator[Probe]:
        """Return, for each type, the operation that reads all of its fields; its parts read one each."""
        for type_name, path in self.paths.items():
            type_ = self.catalogue.schema.type_map[type_name]
            if isinstance(type_, GraphQLObjectType) and not type_name.startswith("__"):
                texts = {name: self._selection(name, field_) for name, field_ in type_.fields.items()}
                parts = [Probe(f"{type_name}.{name}", path.around(text)) for name, text in texts.items()]
                yield Probe(type_name, path.around(" ".join(texts.values())), tuple(parts))

    def comparing(self) -> Iterator[Probe]:
        """Return operations that send each value of each argument that shapes an answer at least once."""
        for type_name, path in self.paths.items():
            type_ = self.catalogue.schema.type_map[type_name]
            if isinstance(type_, GraphQLObjectType):
                for name, field_ in type_.fields.items():
                    for given in self._shapes(field_):
                        text = self._selection(name, field_, **given)
                        yield Probe(f"{type_name}.{text}", path.around(text))

    def _shapes(self, field_: GraphQLField) -> list[Mapping[str, str]]:
        """Return as few sets of arguments as give each argument that shapes an answer each of its values.

        What can be asked of a metric depends on the metric and the node: it has tests of its own.
        """
        if isinstance(read_of(field_), Asked | Told):
            return []
        values = {
            name: self._values(argument.type, self._prefix_at(field_, name))
            for name, argument in field_.args.items()
            if name not in PAGING
        }
        most = max(map(len, values.values()), default=0)
        return [{name: texts[n % len(texts)] for name, texts in values.items()} for n in range(most)]

    def _selection(self, name: str, field_: GraphQLField, **given: str) -> str:
        text = name + self._arguments(field_, **given)
        named = get_named_type(field_.type)
        if is_leaf_type(named):
            return text
        if isinstance(named, GraphQLObjectType) and "totalCount" in named.fields:
            return text + WHOLE_PAGE
        return text + "{__typename}"

    def _values(self, type_: GraphQLInputType, prefix: str, *, inside: bool = False) -> list[str]:
        """Return values with each field of an input, or each member of an enum; one for anything else."""
        named = get_named_type(type_)
        if isinstance(named, GraphQLInputObjectType):
            return self._objects(named, prefix, inside=inside)
        return list(named.values) if isinstance(named, GraphQLEnumType) else [self.literal(type_, prefix)]

    def _objects(self, type_: GraphQLInputObjectType, prefix: str, *, inside: bool) -> list[str]:
        """Return as few objects as name all of a type's fields with each of their values."""
        texts = {
            name: self._values(each.type, self._prefix_of(read_of(each), prefix), inside=True)
            for name, each in type_.fields.items()
            if not (inside and name in COMBINING)
        }
        if type_.is_one_of:
            return [f"{{{name}:{text}}}" for name, values in texts.items() for text in values]
        required = {name for name, each in type_.fields.items() if is_required_input_field(each)}
        return [
            "{"
            + ",".join(
                f"{name}:{values[n % len(values)]}"
                for name, values in texts.items()
                if n < len(values) or name in required
            )
            + "}"
            for n in range(max(map(len, texts.values())))
        ]

    def literal(self, type_: GraphQLInputType, prefix: str) -> str:
        """Return a value of a type; an ID is one that starts with `prefix`."""
        if isinstance(type_, GraphQLNonNull):
            return self.literal(type_.of_type, prefix)
        if isinstance(type_, GraphQLList):
            return f"[{self.literal(type_.of_type, prefix)}]"
        if isinstance(type_, GraphQLEnumType):
            return str(next(iter(type_.values)))
        if type_.name == "MetricInput":
            return "{metric:NPS}"
        if isinstance(type_, GraphQLInputObjectType):
            return self._values(type_, prefix)[0]
        return f'"{prefix}_{UNKNOWN}"' if type_.name == "ID" else LITERALS[type_.name]
