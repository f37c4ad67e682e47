"""How is a request answered? Reads by one planned statement, each mutation field by one transaction."""

from asyncio import Future
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import orjson
import strawberry
from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    OperationType,
)

from schema import errors
from schema.ground.context import Context
from schema.ground.payloads import user_errors
from schema.ground.writing import scope_of
from schema.guard.guard import Guard, RefusedError
from schema.guard.limits import Exceeded
from schema.guard.rules import USUAL, Rules
from schema.persistence import until_done
from schema.planner.catalogue import Catalogue, definition_of, object_of
from schema.planner.documents import Documents, Operation, Recent
from schema.planner.fingerprints import claim_of
from schema.planner.selection import Selector
from schema.reading import Reading
from schema.resolving import resolve
from service.ground.actor import Actor
from service.ground.doors import Doors, OutcomeUnknown, Unreachable
from service.ground.idempotency import Claim, recall
from service.ground.problems import Problem
from service.ground.scopes import require
from service.ground.session import Session
from service.ground.signatures import Signatures
from service.reactions import follow
from service.webhooks.endpoints import Terms

FORBIDDEN = {"code": "FORBIDDEN"}
REFUSED_POINTS = 10
"""Points of a request that was refused before anybody knew what it would cost."""
KEPT_INTROSPECTIONS = 8
NO_SUBSCRIPTIONS = "Subscriptions travel over a WebSocket (graphql-transport-ws) or as text/event-stream."
ONLY_SUBSCRIPTIONS = "Only subscriptions travel this way; send a POST request."
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
            operation, points = self.charged(request, actor)
            variables = operation.variables(request.variables)
            if operation.kind is OperationType.MUTATION:
                return await self._mutate(operation, variables, actor, request.variables, points)
            reading = Reading(self, operation, variables, actor, points)
            data = await reading.root(operation.root, None)
        except (RefusedError, Problem) as problem:
            return refused(problem, points)
        return Answer(answered(data), points=points)

    def at_once(self, request: Request, actor: Actor) -> Future[bytes] | None:
        """Begin to read what a query asks for, if its document is known and one statement can answer it.

        The result is the JSON of the data. Nothing was charged where None is returned, or anything raised:
        RefusedError, Problem.
        """
        operation = self.documents.known(request.source, request.operation_name)
        if operation is None or operation.kind is not OperationType.QUERY:
            return None
        points, variables = operation.points(request.variables), operation.variables(request.variables)
        statement = Reading(self, operation, variables, actor).statement()
        if statement is None:
            return None
        self.charge.take(actor, points)
        return self.doors.read(actor.tenant_id, *statement)

    def charged(self, request: Request, actor: Actor, *, waits: bool = False) -> tuple[Operation, int]:
        """Return the operation that a request names, and its points, which are charged; raises RefusedError.

        One that `waits` is a subscription. What is refused costs something too: it had to be looked at.
        """
        try:
            operation = self.operation(request, actor)
            _check_way(operation, waits=waits)
            points = operation.points(request.variables)
        except RefusedError:
            self.charge.take(actor, REFUSED_POINTS)
            raise
        self.charge.take(actor, points)
        return operation, points

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
        self, reading: Reading, field_: GraphQLField, nodes: Sequence[FieldNode], sent: Mapping[str, Any]
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
        self, reading: Reading, field_: GraphQLField, nodes: Sequence[FieldNode], claim: Claim | None
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


def answered(data: bytes) -> bytes:
    """Return the response's JSON for the JSON of its data."""
    return b'{"data":' + data + b"}"


def refused(problem: RefusedError | Problem, points: int = 0) -> Answer:
    """Return the answer to a request that was refused before anything ran."""
    return Answer(errors.response(errors.refusals(problem)), executed=False, points=points)


def _check_way(operation: Operation, *, waits: bool) -> None:
    if (operation.kind is OperationType.SUBSCRIPTION) is not waits:
        raise RefusedError([GraphQLError(ONLY_SUBSCRIPTIONS if waits else NO_SUBSCRIPTIONS)])


def _refused(field_: GraphQLField, problem: Problem) -> object:
    """Return the payload that tells why nothing was changed."""
    definition = definition_of(object_of(field_.type))
    if definition is None:
        raise problem
    return definition.origin(user_errors=user_errors(problem))
