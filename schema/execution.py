"""How is a request answered? Reads by one planned statement, each mutation field by one transaction."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
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
    execute_sync,
)

from schema import errors
from schema.ground.context import Context
from schema.ground.payloads import user_errors
from schema.ground.writing import scope_of
from schema.guard.guard import Guard, RefusedError
from schema.guard.limits import Exceeded
from schema.guard.rules import USUAL, Rules
from schema.persistence import until_done
from schema.planner.catalogue import Catalogue, definition_of, is_planned, object_of
from schema.planner.completion import Completion
from schema.planner.documents import Documents, Operation, Recent
from schema.planner.fingerprints import claim_of
from schema.planner.given import Given
from schema.planner.plan import Plan, Planner
from schema.planner.selection import Fields, Selector
from schema.resolving import resolve
from service.ground.actor import Actor
from service.ground.doors import Doors, OutcomeUnknown, Unreachable
from service.ground.idempotency import Claim, recall
from service.ground.personal import Sensitivity, visible_to
from service.ground.problems import Problem
from service.ground.scopes import MASKING, require
from service.ground.session import Session, ShownNodes
from service.ground.signatures import Signatures
from service.reactions import follow
from service.webhooks.endpoints import Terms

FORBIDDEN = {"code": "FORBIDDEN"}
REFUSED_POINTS = 10
"""Points of a request that was refused before anybody knew what it would cost."""
PLANNING_POINTS = 20
"""Points of planning one part of a statement, which is done once."""
KEPT_INTROSPECTIONS = 8
NOT_HERE = "Subscriptions travel over a WebSocket (graphql-transport-ws) or as text/event-stream."
Report = Callable[[BaseException], str]
"""Takes what went wrong unexpectedly and returns the trace id under which it can be found."""


@dataclass(frozen=True, slots=True)
class Request:
    """One GraphQL request, from whatever protocol."""

    source: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    reads_only: bool = False
    bulk: bool = False
    """Whether it is as large as only a mutation may be."""
    after: str | None = None
    """The event that a subscription goes on from, where its protocol says so beside the document."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The response's JSON; `executed` is false where the request was refused before anything ran."""

    body: bytes
    executed: bool = True
    points: int = 0
    """What the operation cost."""


class Graph:
    """The schema, ready to answer."""

    def __init__(
        self,
        schema: strawberry.Schema,
        doors: Doors,
        report: Report,
        rules: Rules = USUAL,
        *,
        links: Signatures | None = None,
        webhooks: Terms | None = None,
    ) -> None:
        """Answer through `doors`; what goes wrong unexpectedly is masked and handed to `report`."""
        self.catalogue = Catalogue(schema)
        self.documents = Documents(Guard(self.catalogue.schema, rules.limits, discreet=rules.discreet))
        self.doors = doors
        self.report = report
        self.permissions = rules.permissions
        self.charge = rules.charge
        self.shown: Recent[tuple[Operation, str], str] = Recent(KEPT_INTROSPECTIONS, KEPT_INTROSPECTIONS)
        self.links = links
        self.webhooks = webhooks

    async def answer(self, request: Request, actor: Actor) -> Answer:
        """Answer one request of one actor."""
        points = REFUSED_POINTS
        try:
            operation = self._answerable(request, actor)
            points = operation.points(request.variables)
            self.charge.take(actor, points)
            variables = operation.variables(request.variables)
            if operation.kind is OperationType.MUTATION:
                return await self._mutate(operation, variables, actor, request.variables, points)
            reading = Reading(self, operation, variables, actor, points)
            data = await reading.root(operation.root, None)
        except (RefusedError, Problem) as refused:
            if points is REFUSED_POINTS and isinstance(refused, RefusedError):
                self.charge.take(actor, points)
            return Answer(errors.response(errors.refusals(refused)), executed=False, points=points)
        return Answer(b'{"data":' + data + b"}", points=points)

    def _answerable(self, request: Request, actor: Actor) -> Operation:
        operation = self.operation(request, actor)
        if operation.kind is OperationType.SUBSCRIPTION:
            raise RefusedError([GraphQLError(NOT_HERE)])
        return operation

    def operation(self, request: Request, actor: Actor) -> Operation:
        """Return the operation that a request names; raises RefusedError."""
        operation = self.documents.operation(request.source, request.operation_name)
        kind = operation.kind
        if request.reads_only and kind is not OperationType.QUERY:
            raise RefusedError([GraphQLError("Only queries can be sent this way; send a POST request.")])
        if request.bulk and kind is not OperationType.MUTATION:
            raise RefusedError([Exceeded("body", "bytes beyond what queries may have", most=0)])
        if operation.introspects and not self.permissions.introspects(actor):
            raise RefusedError([GraphQLError("You may not read the schema.", extensions=FORBIDDEN)])
        return operation

    def plan(self, request: Request, actor: Actor) -> tuple[str, list[object]] | None:
        """Return the statement and the arguments that answer a query; None for what SQL does not read."""
        operation = self.documents.operation(request.source, request.operation_name)
        if operation.kind is not OperationType.QUERY:
            return None
        variables = operation.variables(request.variables)
        return Reading(self, operation, variables, actor).statement()

    def check(self, source: str, variables: Mapping[str, Any], actor: Actor) -> None:
        """Refuse a document that is no valid query or shows what the actor may not see.

        Raises RefusedError and LacksScope.
        """
        self.plan(Request(source, variables=variables, reads_only=True), actor)

    async def read_inside(
        self, source: str, variables: Mapping[str, Any], actor: Actor, session: Session
    ) -> bytes:
        """Return what a query answers inside an open transaction, as JSON; raises what `check` raises."""
        operation = self.operation(Request(source, reads_only=True), actor)
        coerced = operation.variables(variables)
        reading = Reading(self, operation, coerced, actor, session=session)
        return await reading.root(operation.root, None)

    async def _mutate(
        self,
        operation: Operation,
        variables: Mapping[str, Any],
        actor: Actor,
        sent: Mapping[str, Any],
        points: int,
    ) -> Answer:
        """Run the fields one after the other; a field that fails unexpectedly leaves the others alone.

        Raises Unreachable where the only field could do nothing.
        """
        selector = Selector(self.catalogue.schema, operation.fragments, variables)
        fields = selector.of_sets(operation.root, [operation.node.selection_set])
        data: dict[str, object] = {}
        failures: list[errors.Told] = []
        reading = Reading(self, operation, variables, actor, points)
        for name, nodes in fields.items():
            field_name = nodes[0].name.value
            if field_name == "__typename":
                data[name] = operation.root.name
                continue
            try:
                field_ = operation.root.fields[field_name]
                data[name] = orjson.Fragment(await self._write(reading, field_, nodes, sent))
            except Problem as problem:
                failures += errors.bad_input(problem, name)
            except (Unreachable, OutcomeUnknown) as lost:
                if isinstance(lost, Unreachable) and len(fields) == 1:
                    raise
                failures.append({**errors.LOST[type(lost)], "path": [name]})
            except Exception as error:  # noqa: BLE001 - the edge of a mutation field: masked, reported
                failures.append(errors.masked(error, name, self.report))
        # A payload is never null, so the specification nulls the whole answer where one is missing.
        body = orjson.dumps({"errors": failures, "data": None} if failures else {"data": data})
        return Answer(body, points=points)

    async def _write(
        self, reading: "Reading", field_: GraphQLField, nodes: Sequence[FieldNode], sent: Mapping[str, Any]
    ) -> bytes:
        """Run one mutation field; what fails by no fault of its own is tried again where that is safe."""
        try:
            require(reading.actor.scopes, frozenset({scope_of(field_)}))
            claim = claim_of(reading.operation, nodes, sent, reading.variables, reading.actor)
            attempt = partial(self._transact, reading, field_, nodes, claim)
            return await until_done(attempt, keyed=claim is not None)
        except Problem as problem:
            return await reading.completed(_refused(field_, problem), field_, nodes)

    async def _transact(
        self, reading: "Reading", field_: GraphQLField, nodes: Sequence[FieldNode], claim: Claim | None
    ) -> bytes:
        """Run the write, what reacts to it, and the reading of its payload, in one transaction."""
        async with self.doors.work(reading.actor, claim) as session:
            if claim and session.repeats:
                return await recall(session, claim)
            context = Context(reading.actor, session, links=self.links, reader=self, webhooks=self.webhooks)
            value = await resolve(field_, nodes[0], reading.variables, context)
            await follow(session)
            session.sign(nodes[0].name.value)
            inside = replace(reading, session=session)
            answer = await inside.completed(value, field_, nodes)
            if claim:
                session.last_words = claim.keeping(session.tenant_id, answer)
            return answer


@dataclass(slots=True)
class Reading:
    """The reading of one operation, or of one payload: inside its session's transaction, if it has one."""

    graph: Graph
    operation: Operation
    variables: Mapping[str, Any]
    actor: Actor
    points: int = 0
    session: Session | None = None

    @property
    def visible(self) -> frozenset[Sensitivity]:
        """What the actor may see of persons."""
        return visible_to(self.actor.scopes)

    async def fetch(self, sql: str, arguments: Sequence[object]) -> list[bytes]:
        """Return the single column of a statement inside the actor's tenant."""
        if self.session is not None:
            return await self.session.read(sql, arguments)
        return [await self.graph.doors.read(self.actor.tenant_id, sql, arguments)]

    def statement(self) -> tuple[str, list[object]] | None:
        """Return the operation's statement with its arguments, None where Python answers a part of it."""
        plan, plain = self._planned(self.operation.root, None)
        return None if plain else (plan.sql, plan.arguments(self.actor.tenant_id, self.variables))

    def _planned(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode] | None) -> tuple[Plan, Fields]:
        shape = self.operation.signature.of(self.variables)
        key = (shape, nodes and id(nodes[0]), MASKING & self.actor.scopes)
        kept: tuple[Plan, Fields] | None = self.operation.plans.recall(key)
        if kept is None:
            if self.operation.kind is OperationType.QUERY:
                self.graph.charge.take(self.actor, self.operation.work * PLANNING_POINTS)
            kept = self._plan_root(type_, nodes)
            self.operation.plans.keep(key, kept, self.operation.work)
        require(self.actor.scopes, kept[0].needs)
        return kept

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
        planner = Planner(self.graph.catalogue, self.operation.fragments, self.variables, self.visible)
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
            key = self.operation, name
            shown = self.graph.shown
            # Without variables an introspection is always the same, and the whole one is large.
            if self.operation.node.variable_definitions:
                return self._introspect(name, nodes)
            return shown.recall(key) or shown.keep(key, self._introspect(name, nodes))
        field_ = type_.fields[field_name]
        context = Context(self.actor, points=self.points, charge=self.graph.charge)
        value = await resolve(field_, nodes[0], self.variables, context)
        return (await self.completed(value, field_, nodes)).decode()

    def _introspect(self, name: str, nodes: Sequence[FieldNode]) -> str:
        operation = OperationDefinitionNode(
            operation=OperationType.QUERY,
            variable_definitions=self.operation.node.variable_definitions,
            selection_set=SelectionSetNode(selections=tuple(nodes)),
        )
        document = DocumentNode(definitions=(operation, *self.operation.fragments.values()))
        schema, variables = self.graph.catalogue.schema, dict(self.variables)
        hidden = self.operation.guard.discreet
        result = execute_sync(schema, document, variable_values=variables, hide_suggestions=hidden)
        if result.errors or result.data is None:
            raise RefusedError(result.errors or [GraphQLError("The schema cannot be shown.")])
        return orjson.dumps(result.data[name]).decode()

    async def completed(self, value: object, field_: GraphQLField, nodes: Sequence[FieldNode]) -> bytes:
        """Return the JSON of a value that Python computed."""
        selector = Selector(self.graph.catalogue.schema, self.operation.fragments, self.variables)
        completion = Completion(selector, self._nodes, self._payload_query)
        return await completion.json(value, field_.type, nodes)

    def check(self, nodes: Sequence[FieldNode]) -> None:
        """Raise LacksScope now where reading this field's node would do so later."""
        type_ = object_of(self.operation.root.fields[nodes[0].name.value].type)
        if self.graph.catalogue.model_of(type_.name):
            self._plan_nodes(type_, nodes)

    async def _payload_query(self, nodes: Sequence[FieldNode]) -> bytes:
        query = self.graph.catalogue.schema.query_type
        return await self.root(query, nodes) if query else b"null"

    async def _nodes(
        self, type_: GraphQLObjectType, nodes: Sequence[FieldNode], ids: list[UUID], *, last: bool
    ) -> list[bytes]:
        plan = self._plan_nodes(type_, nodes)
        arguments = plan.arguments(self.actor.tenant_id, {**self.variables, "#ids": ids})
        if self.session is None:
            return await self.fetch(plan.sql, arguments)
        return await self.session.show(ShownNodes(plan.sql, arguments, plan.sole, ids), last=last)

    def _plan_nodes(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Plan:
        shape = self.operation.signature.of(self.variables)
        key = (shape, id(nodes[0]), type_.name, MASKING & self.actor.scopes)
        plan: Plan | None = self.operation.plans.recall(key)
        if plan is None:
            planner = Planner(self.graph.catalogue, self.operation.fragments, self.variables, self.visible)
            plan = self.operation.plans.keep(key, planner.nodes(type_, nodes), self.operation.work)
        require(self.actor.scopes, plan.needs)
        return plan


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
