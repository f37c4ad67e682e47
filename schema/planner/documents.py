"""What does a document ask for? Parsed and validated once, with the plans of each shape of its variables."""

from collections import OrderedDict
from collections.abc import Mapping
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
    OperationType,
    VariableDefinitionNode,
    get_named_type,
    is_leaf_type,
    specified_rules,
    type_from_ast,
)
from graphql.execution import get_variable_values

from schema.ground.idempotent import OnWritesOnly
from schema.guard.guard import Guard, RefusedError
from schema.planner.conversion import Conversions, Convert, Unusual
from schema.planner.signature import Signature, written

MOST_ERRORS = 20
K = TypeVar("K")
V = TypeVar("V")
RULES = (*specified_rules, OnWritesOnly)
UNUSUAL = (Unusual, KeyError, TypeError, ValueError, GraphQLError)
"""How a value tells that the libraries have to say what it is, or what is wrong with it."""


class Recent(OrderedDict[K, V]):
    """Keeps the entries that were used last, up to a number and a weight."""

    def __init__(self, most: int, heaviest: int) -> None:
        """Keep at most `most` entries, together of at most `heaviest`; the latest stays in any case."""
        super().__init__()
        self.most = most
        self.heaviest = heaviest
        self.weight = 0
        self.weights: dict[K, int] = {}
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

    def keep(self, key: K, entry: V, weight: int = 1) -> V:
        """Keep an entry, letting those go that were not used for longest."""
        self.weight += weight - self.weights.get(key, 0)
        self.weights[key] = weight
        self[key] = entry
        while len(self) > 1 and (len(self) > self.most or self.weight > self.heaviest):
            oldest, _ = self.popitem(last=False)
            self.weight -= self.weights.pop(oldest)
        return entry


class Operation:
    """One operation of a valid document."""

    MOST_PLANS = 64
    HEAVIEST_PLANS = 1_000
    """In parts of statements: an operation whose statement is large keeps few of them."""

    def __init__(
        self,
        guard: Guard,
        document: DocumentNode,
        node: OperationDefinitionNode,
        conversions: Conversions,
    ) -> None:
        """Look at the operation once."""
        schema = guard.schema
        self.guard = guard
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
        cost = guard.cost(node, self.fragments, root)
        self.introspects = bool(cost.introspection)
        self.work = cost.work
        self._points = cost.points
        self._known_points = None if cost.points.terms else cost.points.known
        self.signature = Signature(schema, document, node, root)
        inputs = written(document, node, root)
        self._variables = [
            _variable(schema, definition, conversions, inputs)
            for definition in node.variable_definitions or ()
        ]
        self.plans: Recent[tuple[object, ...], Any] = Recent(self.MOST_PLANS, self.HEAVIEST_PLANS)

    def points(self, raw: Mapping[str, Any]) -> int:
        """Return what the operation costs with these variables; raises RefusedError for too much."""
        known = self._known_points
        return self.guard.affordable(self._points.of(raw)) if known is None else known

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
        if self.kind is not OperationType.MUTATION:
            self.guard.variables(raw, [one.variable.name.value for one in rest])
        hidden = self.guard.discreet
        values = get_variable_values(
            self.schema, rest, dict(raw), max_errors=MOST_ERRORS, hide_suggestions=hidden
        )
        if isinstance(values, list):
            raise self.guard.refusal(values)
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

    HEAVIEST = 200_000
    """In characters of source; a parsed document takes about 70 bytes for each."""

    def __init__(self, guard: Guard, most: int = 1000) -> None:
        """Keep at most `most` of the operations that the guard let in."""
        self.guard = guard
        self.recent: Recent[tuple[str, str | None], Operation] = Recent(most, self.HEAVIEST)
        self._conversions = Conversions()

    def operation(self, source: str, name: str | None) -> Operation:
        """Return the operation a request names; raises RefusedError where there is none to execute."""
        key = (source, name)
        return self.recent.recall(key) or self.recent.keep(key, self._read(source, name), len(source))

    def known(self, source: str, name: str | None) -> Operation | None:
        """Return the operation a request names, None where it was not sent lately."""
        key = (source, name)
        return self.recent.recall(key) if key in self.recent else None

    def _read(self, source: str, name: str | None) -> Operation:
        document = self.guard.document(source, RULES)
        return Operation(self.guard, document, self._chosen(document, name), self._conversions)

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
