"""What does a document ask for? Parsed and validated once, with the plans of each shape of its variables."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    validate,
)
from graphql.execution import get_variable_values

from schema.planner.conversion import Conversions, Unusual
from schema.planner.signature import Signature, written

K = TypeVar("K")
V = TypeVar("V")


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
        self._writes = {name: conversions.of(type_) for name, type_ in written(document, node, root).items()}
        self.plans: Recent[tuple[object, ...], Any] = Recent(self.MOST_PLANS)

    def variables(self, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the coerced variables; raises RefusedError with all that is wrong with them.

        The input of a write, where nothing about it is unusual, is already the instance its resolver takes.
        """
        inputs = self._inputs(raw)
        rest = [one for one in self.node.variable_definitions or () if one.variable.name.value not in inputs]
        if not rest:
            return inputs
        values = get_variable_values(self.schema, rest, dict(raw), max_errors=20)
        if isinstance(values, list):
            raise RefusedError(values)
        return {**values.coerced, **inputs}

    def _inputs(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, convert in self._writes.items():
            with suppress(Unusual, KeyError):
                found[name] = convert(raw[name])
        return found


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
        errors = validate(self.schema, document)
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
