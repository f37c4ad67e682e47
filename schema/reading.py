"""How is an operation, or a payload, read? What SQL can tell by one planned statement, the rest in Python."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import orjson
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

from schema.ground.context import Context
from schema.guard.charges import Charge
from schema.guard.guard import RefusedError
from schema.planner.catalogue import Catalogue, is_planned, object_of
from schema.planner.completion import Completion
from schema.planner.documents import Operation, Recent
from schema.planner.given import Given
from schema.planner.plan import Plan, Planner
from schema.planner.selection import Fields, Selector
from schema.resolving import resolve
from service.ground.actor import Actor
from service.ground.doors import Doors
from service.ground.personal import Sensitivity, visible_to
from service.ground.scopes import MASKING, require
from service.ground.session import Session, ShownNodes

PLANNING_POINTS = 20
"""Points of planning one part of a statement, which is done once."""


class Surroundings(Protocol):
    """What a reading needs of the graph it is a part of."""

    catalogue: Catalogue
    doors: Doors
    charge: Charge
    shown: Recent[tuple[Operation, str], str]


@dataclass(slots=True)
class Reading:
    """The reading of one operation, or of one payload: inside its session's transaction, if it has one."""

    graph: Surroundings
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
            self._pay_planning()
            kept = self._plan_root(type_, nodes)
            self.operation.plans.keep(key, kept, self.operation.work)
        require(self.actor.scopes, kept[0].needs)
        return kept

    def _pay_planning(self) -> None:
        """Charge for a statement that is not planned yet; a write was let in already, and goes on."""
        if self.operation.kind is not OperationType.MUTATION:
            self.graph.charge.take(self.actor, self.operation.work * PLANNING_POINTS)

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

    def pay_again(self) -> None:
        """Charge the operation's points once more: a subscription does for each event it shows."""
        self.graph.charge.take(self.actor, self.points)

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
            self._pay_planning()
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
