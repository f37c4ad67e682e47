"""Which operations are asked? Random walks through the schema, reads and writes, with ids of all tenants."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
    print_ast,
)
from graphql.pyutils import camel_to_snake

from schema.planner.catalogue import Catalogue
from tests.oracle import seeds
from tests.oracle.arguments import Arguments, Cursors
from tests.oracle.drawing import Drawing

DEEPEST = 3
LIKELY = 0.7
PAGES = ("Connection", "Edge")
OTHERS = 5
MOST_NODES = 100
OWN = {"survivorId": "customer", "mergedId": "customer", "mergeId": "customer_merge", "keyId": "api_key"}
"""Fields whose names do not say of what they are the id."""
WORDS = re.compile(r"Ids?$|Id$")


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation, with the sets of variables to ask it with."""

    source: str
    variables: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Names:
    """By what the things of all tenants are called, apart from their ids."""

    keys: Sequence[str]
    emails: Sequence[str]
    external: Sequence[Mapping[str, str]]


@dataclass(slots=True)
class Walks:
    """Draws operations."""

    catalogue: Catalogue
    ids: Mapping[str, Sequence[str]]
    cursors: Cursors
    names: "Names"

    def read(self, number: int) -> Asked:
        """Return the query that a number stands for."""
        drawing = Drawing(random.Random(number))  # noqa: S311 - chance, not secrecy
        arguments = Arguments(self.catalogue, self.cursors, self.ids, drawing)
        root = self.catalogue.schema.query_type
        assert root is not None
        body = _Walk(self.catalogue, arguments, drawing).selection(root, 0)
        definitions = ", ".join(print_ast(one) for one in drawing.definitions)
        source = f"query Walk{f'({definitions})' if definitions else ''} {body}"
        others = [drawing.other_variables() for _ in range(OTHERS)]
        return Asked(source, [drawing.variables, *others])

    def everything(self) -> Iterator[Asked]:
        """Return a query for each type of node: all that can be read of all of them without an argument."""
        for prefix, node in self.catalogue.nodes.items():
            leaves = (
                name
                for name, field in node.type.fields.items()
                if is_leaf_type(get_named_type(field.type))
                and not any(map(is_required_argument, field.args.values()))
            )
            shown = f"... on {node.type.name} {{ {' '.join(leaves)} }}"
            source = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {shown} }} }}"
            yield Asked(source, [{"ids": list(self.ids[prefix][:MOST_NODES])}])

    def write(self, number: int) -> Asked:
        """Return the mutation that a number stands for."""
        chance = random.Random(number)  # noqa: S311 - chance, not secrecy
        root = self.catalogue.schema.mutation_type
        assert root is not None
        name = chance.choice(list(root.fields))
        field = root.fields[name]
        sent = {
            each: _Input(self, chance).value(argument.type, each, "") for each, argument in field.args.items()
        }
        definitions = ", ".join(f"${each}: {argument.type}" for each, argument in field.args.items())
        given = ", ".join(f"{each}: ${each}" for each in field.args)
        payload = get_named_type(field.type)
        assert isinstance(payload, GraphQLObjectType)
        source = f"mutation Walk({definitions}) {{ {name}({given}) {_shown(payload)} }}"
        return Asked(source, [sent])


def _shown(payload: GraphQLObjectType) -> str:
    """Select what a payload shows: its own values, and of each thing what needs no argument."""
    parts = []
    for name, field in payload.fields.items():
        named = get_named_type(field.type)
        if is_leaf_type(named):
            parts.append(name)
        elif name != "query" and isinstance(named, GraphQLObjectType):
            inner = [n for n, f in named.fields.items() if is_leaf_type(get_named_type(f.type))]
            below = [
                f"{n} {{ __typename id }}"
                for n, f in named.fields.items()
                if "id" in getattr(get_named_type(f.type), "fields", {})
                and not any(is_required_argument(a) for a in f.args.values())
            ]
            parts.append(f"{name} {{ {' '.join([*inner, *below]) or '__typename'} }}")
    return f"{{ {' '.join(parts)} }}"


@dataclass(slots=True)
class _Walk:
    """One walk from the root downwards."""

    catalogue: Catalogue
    arguments: Arguments
    drawing: Drawing

    def selection(self, type_: GraphQLNamedType, depth: int) -> str:
        """Return what is selected of a type."""
        if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
            return self._kinds(type_, depth)
        assert isinstance(type_, GraphQLObjectType)
        fields = [
            (name, field)
            for name, field in type_.fields.items()
            if depth < DEEPEST or is_leaf_type(get_named_type(field.type))
        ]
        if not fields:
            return "{ __typename }"
        most = 2 if depth == 0 else 4
        chosen = [self.drawing.one_of(fields) for _ in range(self.drawing.chance.randint(1, most))]
        if type_.name.endswith(PAGES):
            inner = [pair for pair in type_.fields.items() if pair[0] in {"nodes", "node"}]
            chosen, depth = [*inner, *chosen[:1]], depth - 1
        parts = [self._field(type_.name, name, field, depth) for name, field in chosen]
        return f"{{ {' '.join(parts)} }}"

    def _field(self, type_name: str, name: str, field: GraphQLField, depth: int) -> str:
        nodes = self.arguments.of(type_name, name, field)
        given = f"({', '.join(print_ast(node) for node in nodes)})" if nodes else ""
        named = get_named_type(field.type)
        below = "" if is_leaf_type(named) else " " + self.selection(named, depth + 1)
        return f"{self.drawing.new_name('f').value}: {name}{given}{below}"

    def _kinds(self, type_: GraphQLUnionType | GraphQLInterfaceType, depth: int) -> str:
        kinds = self.catalogue.schema.get_possible_types(type_)
        chosen = [self.drawing.one_of(kinds) for _ in range(3)]
        parts = [f"... on {kind.name} {self.selection(kind, depth + 1)}" for kind in chosen]
        return f"{{ __typename {' '.join(parts)} }}"


@dataclass(slots=True)
class _Input:
    """The input of one write."""

    walks: Walks
    chance: random.Random

    def value(self, type_: GraphQLInputType, name: str, parent: str, depth: int = 0) -> Any:  # noqa: ANN401 - JSON
        """Return a value that often leads somewhere."""
        if isinstance(type_, GraphQLNonNull):
            return self._present(type_.of_type, name, parent, depth)
        if self.chance.random() < 0.1:
            return None
        return self._present(type_, name, parent, depth)

    def _present(self, type_: GraphQLInputType, name: str, parent: str, depth: int) -> Any:  # noqa: ANN401 - JSON
        if isinstance(type_, GraphQLList):
            return [
                self.value(type_.of_type, name, parent, depth) for _ in range(self.chance.choice((1, 1, 2)))
            ]
        if isinstance(type_, GraphQLEnumType):
            return self.chance.choice(list(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_, depth)
        return self._scalar(str(type_), name, parent)

    def _object(self, type_: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        if type_.name == "ExternalIdInput" and self.chance.random() < LIKELY:
            return dict(self.chance.choice(self.walks.names.external))
        if type_.is_one_of:
            only = self.chance.choice(list(type_.fields))
            return {only: self._present(_bare(type_.fields[only].type), only, type_.name, depth + 1)}
        wanted = {
            name: field.type
            for name, field in type_.fields.items()
            if isinstance(field.type, GraphQLNonNull) or self.chance.random() < 0.35
        }
        return {name: self.value(inner, name, type_.name, depth + 1) for name, inner in wanted.items()}

    def _scalar(self, kind: str, name: str, parent: str) -> object:
        choose = self.chance.choice
        match kind:
            case "ID":
                return self._id(name, parent)
            case "Int":
                return choose((1, 1, 2, 5, 10))
            case "Float" | "Decimal":
                return choose((0, 1, 5, 7.5)) if kind == "Float" else str(choose((1, 5)))
            case "Boolean":
                return choose((True, False))
            case "DateTime":
                return choose(seeds.MOMENTS).isoformat()
            case "Date":
                return choose(seeds.DATES).isoformat()
            case "JSON":
                return {"a": 1}
        word = choose([word for word in seeds.WORDS if word.strip()])
        called: Sequence[str] = self.walks.names.emails if name == "email" else ()
        if name.lower().endswith(("key", "segments", "reasons")):
            called = self.walks.names.keys
        return choose(called) if called and self.chance.random() < LIKELY else choose(("crm@x.org", word))

    def _id(self, name: str, parent: str) -> str:
        """Return the id of a thing of the kind that the field's name, or that of its input, says."""
        nodes = self.walks.catalogue.nodes
        for said in (camel_to_snake(WORDS.sub("", name)), OWN.get(name, ""), camel_to_snake(parent)):
            kinds = [p for p, node in nodes.items() if camel_to_snake(node.type.name) in said]
            if kinds:
                break
        prefix = (
            max(kinds, key=lambda p: len(nodes[p].type.name)) if kinds else self.chance.choice(list(nodes))
        )
        known = self.walks.ids[prefix]
        return self.chance.choice(known) if known else f"{prefix}_00000000-0000-7000-8000-000000000000"


def _bare(type_: GraphQLInputType) -> GraphQLInputType:
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_
