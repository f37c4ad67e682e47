"""What does a document ask for? Parsed and validated once, with the plans of each shape of its variables."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    get_named_type,
    is_leaf_type,
    parse,
    specified_rules,
    type_from_ast,
    validate,
)
from graphql.execution import get_variable_values

from schema.ground.idempotent import OnWritesOnly
from schema.planner.conversion import Conversions, Convert, Unusual
from schema.planner.signature import Signature, written

K = TypeVar("K")
V = TypeVar("V")
RULES = (*specified_rules, OnWritesOnly)
UNUSUAL = (Unusual, KeyError, TypeError, ValueError, GraphQLError)
"""How a value tells that the libraries have to say what it is, or what is wrong with it."""


class Recent(OrderedDict[K, V]):
    """Keeps the entries that were used last, up to a number."""

    def __init__(self, most: int) -> None:
        """Keep at most `most` entries."""
        super().__init__()
        self.most = most
        self.hits = 0
        self.misses = 0

    def recall(self, key: K) -> V | None:
        """Return an entry and count it as used; None where it is not kept."""
        found = self.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self.move_to_end(key)
        return found

    def keep(self, key: K, entry: V) -> V:
        """Keep an entry, letting the one go that was not used for longest."""
        self[key] = entry
        if len(self) > self.most:
            self.popitem(last=False)
        return entry


class RefusedError(Exception):
    """The request cannot be executed at all; holds the errors to tell."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        """Keep the errors."""
        super().__init__(errors[0].message)
        self.errors = list(errors)


class Operation:
    """One operation of a valid document."""

    MOST_PLANS = 64

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        node: OperationDefinitionNode,
        conversions: Conversions,
    ) -> None:
        """Look at the operation once."""
        self.schema = schema
        self.node = node
        self.kind = node.operation
        self.fragments: Mapping[str, FragmentDefinitionNode] = {
            part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)
        }
        root = schema.get_root_type(node.operation)
        if root is None:
            raise RefusedError([GraphQLError(f"This service has no {node.operation.value}s.", node)])
        self.root: GraphQLObjectType = root
        self.signature = Signature(schema, document, node, root)
        inputs = written(document, node, root)
        self._variables = [
            _variable(schema, definition, conversions, inputs)
            for definition in node.variable_definitions or ()
        ]
        self.plans: Recent[tuple[object, ...], Any] = Recent(self.MOST_PLANS)

    def variables(self, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the coerced variables; raises RefusedError with all that is wrong with them.

        What is not unusual about them needs no library; the input of a write then already is the instance
        that its resolver takes.
        """
        found: dict[str, Any] = {}
        rest: list[VariableDefinitionNode] = []
        for variable in self._variables:
            if variable.name not in raw and variable.may_be_absent:
                continue
            try:
                found[variable.name] = variable.convert(raw[variable.name])
            except UNUSUAL:
                rest.append(variable.definition)
        if not rest:
            return found
        values = get_variable_values(self.schema, rest, dict(raw), max_errors=20)
        if isinstance(values, list):
            raise RefusedError(values)
        return {**values.coerced, **found}


@dataclass(frozen=True, slots=True)
class _Variable:
    """One variable of an operation."""

    name: str
    definition: VariableDefinitionNode
    convert: Convert
    may_be_absent: bool


def _variable(
    schema: GraphQLSchema,
    definition: VariableDefinitionNode,
    conversions: Conversions,
    inputs: Mapping[str, GraphQLInputType],
) -> _Variable:
    """Look once at a variable; input objects that shape a statement stay what the libraries make of them."""
    name = definition.variable.name.value
    type_ = cast("GraphQLInputType", type_from_ast(schema, definition.type))
    is_simple = name in inputs or is_leaf_type(get_named_type(type_))
    required = isinstance(type_, GraphQLNonNull) or definition.default_value is not None
    convert = conversions.of(type_) if is_simple else _left_to_the_libraries
    return _Variable(name, definition, convert, may_be_absent=not required)


def _left_to_the_libraries(_value: object) -> object:
    raise Unusual


class Documents:
    """The documents that were sent lately."""

    def __init__(self, schema: GraphQLSchema, most: int = 1000) -> None:
        """Keep at most `most` documents, valid or not."""
        self.schema = schema
        self.recent: Recent[tuple[str, str | None], Operation] = Recent(most)
        self._conversions = Conversions()

    def operation(self, source: str, name: str | None) -> Operation:
        """Return the operation a request names; raises RefusedError where there is none to execute."""
        key = (source, name)
        return self.recent.recall(key) or self.recent.keep(key, self._read(source, name))

    def _read(self, source: str, name: str | None) -> Operation:
        try:
            document = parse(source, no_location=False)
        except GraphQLError as error:
            raise RefusedError([error]) from error
        errors = validate(self.schema, document, RULES)
        if errors:
            raise RefusedError(errors)
        return Operation(self.schema, document, self._chosen(document, name), self._conversions)

    @staticmethod
    def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
        operations = [part for part in document.definitions if isinstance(part, OperationDefinitionNode)]
        if name is None and len(operations) == 1:
            return operations[0]
        for operation in operations:
            if name is not None and operation.name and operation.name.value == name:
                return operation
        known = (
            "Name one of the document's operations."
            if name is None
            else "The document has no such operation."
        )
        raise RefusedError([GraphQLError(known)])
