"""How is a request answered? Reads by one planned statement, each mutation field by one transaction."""

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    execute_sync,
)
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.base import has_object_definition

from schema.ground.context import Context
from schema.ground.payloads import user_errors
from schema.ground.writing import scope_of
from schema.planner.catalogue import Catalogue, definition_of, is_planned, object_of, python_name, resolver_of
from schema.planner.completion import Completion
from schema.planner.documents import Documents, Operation, RefusedError
from schema.planner.given import Given
from schema.planner.plan import Plan, Planner
from schema.planner.selection import Fields, Selector
from service.ground.actor import Actor
from service.ground.doors import Away, Doors
from service.ground.problems import ErrorCode, Problem
from service.ground.scopes import MASKING, require
from service.ground.session import Session, ShownNodes
from service.reactions import follow

Fetch = Callable[[str, Sequence[object]], Awaitable[list[bytes]]]
ATTEMPTS = 4
"""How often a write is tried that only met another one."""
Arguments = dict[str, object]
Report = Callable[[BaseException], str]
"""Takes what went wrong unexpectedly and returns the trace id under which it can be found."""


@dataclass(frozen=True, slots=True)
class Request:
    """One GraphQL request, from whatever protocol."""

    source: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    reads_only: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The response's JSON; `executed` is false where the request was refused before anything ran."""

    body: bytes
    executed: bool = True


class Graph:
    """The schema, ready to answer."""

    def __init__(self, schema: strawberry.Schema, doors: Doors, report: Report) -> None:
        """Answer through `doors`; what goes wrong unexpectedly is masked and handed to `report`."""
        self.catalogue = Catalogue(schema)
        self.documents = Documents(self.catalogue.schema)
        self.doors = doors
        self.report = report

    async def answer(self, request: Request, actor: Actor) -> Answer:
        """Answer one request of one actor."""
        try:
            operation = self._operation(request)
            variables = operation.variables(request.variables)
            if operation.kind is OperationType.MUTATION:
                return await self._mutate(operation, variables, actor)
            fetch = partial(self._fetch_outside, actor.tenant_id)
            data = await _Reading(self, operation, variables, actor, fetch).root(operation.root, None)
        except RefusedError as refused:
            return Answer(_errors([_plain(error) for error in refused.errors]), executed=False)
        except Problem as problem:
            return Answer(_errors(_bad_input(problem)), executed=False)
        return Answer(b'{"data":' + data + b"}")

    def _operation(self, request: Request) -> Operation:
        operation = self.documents.operation(request.source, request.operation_name)
        if request.reads_only and operation.kind is not OperationType.QUERY:
            raise RefusedError([GraphQLError("Only queries can be sent this way; send a POST request.")])
        return operation

    def plan(self, request: Request, actor: Actor) -> tuple[str, list[object]] | None:
        """Return the statement and the arguments that answer a query; None for what SQL does not read."""
        operation = self.documents.operation(request.source, request.operation_name)
        if operation.kind is not OperationType.QUERY:
            return None
        variables = operation.variables(request.variables)
        fetch = partial(self._fetch_outside, actor.tenant_id)
        return _Reading(self, operation, variables, actor, fetch).statement()

    async def _fetch_outside(self, tenant_id: UUID, sql: str, arguments: Sequence[object]) -> list[bytes]:
        return [await self.doors.read(tenant_id, sql, arguments)]

    async def _mutate(self, operation: Operation, variables: Mapping[str, Any], actor: Actor) -> Answer:
        """Run the fields one after the other; a field that fails unexpectedly leaves the others alone."""
        selector = Selector(self.catalogue.schema, operation.fragments, variables)
        fields = selector.of_sets(operation.root, [operation.node.selection_set])
        data: dict[str, object] = {}
        errors: list[Mapping[str, object]] = []
        fetch = partial(self._fetch_outside, actor.tenant_id)
        reading = _Reading(self, operation, variables, actor, fetch)
        for name, nodes in fields.items():
            field_name = nodes[0].name.value
            if field_name == "__typename":
                data[name] = operation.root.name
                continue
            try:
                data[name] = orjson.Fragment(
                    await self._write(reading, operation.root.fields[field_name], nodes)
                )
            except Problem as problem:
                errors += _bad_input(problem, name)
            except Away:
                # Before anything is kept the whole request can be sent again; later fields only fail.
                if not data:
                    raise
                errors.append(_unavailable(name))
            except Exception as error:  # noqa: BLE001 - the edge of a mutation field: masked, reported
                errors.append(self._masked(error, name))
        # A payload is never null, so the specification nulls the whole answer where one is missing.
        return Answer(orjson.dumps({"errors": errors, "data": None} if errors else {"data": data}))

    async def _write(
        self, reading: "_Reading", field_: GraphQLField, nodes: Sequence[FieldNode], attempts: int = ATTEMPTS
    ) -> bytes:
        """Run one mutation field; one that only met another write is tried again from the beginning."""
        try:
            require(reading.actor.scopes, frozenset({scope_of(field_)}))
            return await self._transact(reading, field_, nodes)
        except Problem as problem:
            if problem.passing and attempts > 1:
                return await self._write(reading, field_, nodes, attempts - 1)
            return await reading.completed(_refused(field_, problem), field_, nodes)

    async def _transact(self, reading: "_Reading", field_: GraphQLField, nodes: Sequence[FieldNode]) -> bytes:
        """Run the write, what reacts to it, and the reading of its payload, in one transaction."""
        async with self.doors.work(reading.actor) as session:
            context = Context(reading.actor, session)
            value = await self._resolve(field_, nodes[0], reading.variables, context)
            await follow(session)
            inside = replace(reading, session=session, fetch=partial(_fetch_inside, session))
            return await inside.completed(value, field_, nodes)

    async def _resolve(
        self, field_: GraphQLField, node: FieldNode, variables: Mapping[str, Any], context: Context
    ) -> object:
        info = SimpleNamespace(context=context)
        converted = _converted(field_, node, variables)
        if converted is None:
            arguments = get_argument_values(field_, node, VariableValues({}, dict(variables)))
            value = field_.resolve(None, info, **arguments) if field_.resolve else None
        else:
            value = resolver_of(field_)(None, info=info, **converted)
        return await value if isinstance(value, Awaitable) else value

    def _masked(self, error: BaseException, name: str) -> Mapping[str, object]:
        extensions = {"code": "INTERNAL", "traceId": self.report(error)}
        return {
            "message": "Something went wrong here, not with the request.",
            "path": [name],
            "extensions": extensions,
        }


async def _fetch_inside(session: Session, sql: str, arguments: Sequence[object]) -> list[bytes]:
    await session.flush()
    return [row[0] for row in await session.connection.fetch(sql, *arguments)]


@dataclass(slots=True)
class _Reading:
    """The reading of one operation, or of one payload."""

    graph: Graph
    operation: Operation
    variables: Mapping[str, Any]
    actor: Actor
    fetch: Fetch
    session: Session | None = None

    def statement(self) -> tuple[str, list[object]] | None:
        """Return the operation's statement with its arguments, None where Python answers a part of it."""
        plan, plain = self._planned(self.operation.root, None)
        return None if plain else (plan.sql, plan.arguments(self.actor.tenant_id, self.variables))

    def _planned(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode] | None) -> tuple[Plan, Fields]:
        shape = self.operation.signature.of(self.variables)
        key = (shape, nodes and id(nodes[0]), MASKING & self.actor.scopes)
        kept: tuple[Plan, Fields] | None = self.operation.plans.recall(key)
        found = kept or self.operation.plans.keep(key, self._plan_root(type_, nodes))
        require(self.actor.scopes, found[0].needs)
        return found

    async def root(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode] | None) -> bytes:
        """Return the JSON of the query root: of the operation itself, or of a payload's `query`."""
        plan, plain = self._planned(type_, nodes)
        variables = self.variables
        if plain:
            texts = {f"#{name}": await self._plain(type_, name, below) for name, below in plain.items()}
            variables = {**variables, **texts}
        found = await self.fetch(plan.sql, plan.arguments(self.actor.tenant_id, variables))
        return found[0]

    def _plan_root(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode] | None) -> tuple[Plan, Fields]:
        planner = Planner(self.graph.catalogue, self.operation.fragments, self.variables)
        sets = (
            [self.operation.node.selection_set]
            if nodes is None
            else [n.selection_set for n in nodes if n.selection_set]
        )
        fields = planner.selector.of_sets(type_, sets)
        plain = {name: below for name, below in fields.items() if not _is_read(type_, below[0])}
        spliced = {name: _spliced(name) for name in plain}
        return planner.root(type_, fields, spliced), plain

    async def _plain(self, type_: GraphQLObjectType, name: str, nodes: Sequence[FieldNode]) -> str:
        """Return the JSON of a root field that SQL does not read."""
        field_name = nodes[0].name.value
        if field_name == "__typename":
            return f'"{type_.name}"'
        if field_name.startswith("__"):
            return self._introspect(name, nodes)
        field_ = type_.fields[field_name]
        value = await self.graph._resolve(field_, nodes[0], self.variables, Context(self.actor))  # noqa: SLF001
        return (await self.completed(value, field_, nodes)).decode()

    def _introspect(self, name: str, nodes: Sequence[FieldNode]) -> str:
        operation = OperationDefinitionNode(
            operation=OperationType.QUERY,
            variable_definitions=self.operation.node.variable_definitions,
            selection_set=SelectionSetNode(selections=tuple(nodes)),
        )
        document = DocumentNode(definitions=(operation, *self.operation.fragments.values()))
        result = execute_sync(self.graph.catalogue.schema, document, variable_values=dict(self.variables))
        if result.errors or result.data is None:
            raise RefusedError(result.errors or [GraphQLError("The schema cannot be shown.")])
        return orjson.dumps(result.data[name]).decode()

    async def completed(self, value: object, field_: GraphQLField, nodes: Sequence[FieldNode]) -> bytes:
        """Return the JSON of a value that Python computed."""
        selector = Selector(self.graph.catalogue.schema, self.operation.fragments, self.variables)
        completion = Completion(selector, self._nodes, self._payload_query)
        return await completion.json(value, field_.type, nodes)

    async def _payload_query(self, nodes: Sequence[FieldNode]) -> bytes:
        query = self.graph.catalogue.schema.query_type
        return await self.root(query, nodes) if query else b"null"

    async def _nodes(
        self, type_: GraphQLObjectType, nodes: Sequence[FieldNode], ids: list[UUID], *, last: bool
    ) -> list[bytes]:
        shape = self.operation.signature.of(self.variables)
        key = (shape, id(nodes[0]), type_.name, MASKING & self.actor.scopes)
        plan: Plan | None = self.operation.plans.recall(key)
        if plan is None:
            planner = Planner(self.graph.catalogue, self.operation.fragments, self.variables)
            plan = self.operation.plans.keep(key, planner.nodes(type_, nodes))
        require(self.actor.scopes, plan.needs)
        arguments = plan.arguments(self.actor.tenant_id, {**self.variables, "#ids": ids})
        if self.session is None:
            return await self.fetch(plan.sql, arguments)
        return await self.session.show(ShownNodes(plan.sql, arguments, plan.sole, ids), last=last)


def _converted(
    field_: GraphQLField, node: FieldNode, variables: Mapping[str, Any]
) -> dict[str, object] | None:
    """Return the arguments where each is a variable that became its input already, None elsewhere."""
    found: dict[str, object] = {}
    for argument in node.arguments or ():
        value = variables.get(argument.value.name.value) if isinstance(argument.value, VariableNode) else None
        if not has_object_definition(type(value)):
            return None
        found[python_name(field_.args[argument.name.value])] = value
    return found or None


def _is_read(type_: GraphQLObjectType, node: FieldNode) -> bool:
    name = node.name.value
    return not name.startswith("__") and is_planned(type_.fields[name])


def _spliced(name: str) -> Given:
    key = sys.intern(f"#{name}")
    return Given("", lambda variables: variables[key], constant=False)


def _refused(field_: GraphQLField, problem: Problem) -> object:
    """Return the payload that tells why nothing was changed."""
    definition = definition_of(object_of(field_.type))
    if definition is None:
        raise problem
    return definition.origin(user_errors=user_errors(problem))


def _errors(errors: Sequence[Mapping[str, object]]) -> bytes:
    return orjson.dumps({"errors": errors})


def _unavailable(name: str) -> Mapping[str, object]:
    message = "The database cannot be reached now; whether anything was changed is not known."
    return {"message": message, "path": [name], "extensions": {"code": "UNAVAILABLE"}}


def _plain(error: GraphQLError) -> Mapping[str, object]:
    shown = dict(error.formatted)
    shown["extensions"] = {"code": "BAD_USER_INPUT" if error.original_error else "GRAPHQL_VALIDATION_FAILED"}
    return shown


def _bad_input(problem: Problem, *path: str) -> list[Mapping[str, object]]:
    errors: list[Mapping[str, object]] = []
    for refusal in problem.refusals():
        code = "FORBIDDEN" if refusal.code is ErrorCode.FORBIDDEN else "BAD_USER_INPUT"
        extensions = {"code": code, "argument": list(refusal.field)}
        errors.append(
            {"message": refusal.message, **({"path": list(path)} if path else {}), "extensions": extensions}
        )
    return errors
