"""Which mistakes would let tenants see each other? Each is made on purpose, for as long as a block lasts."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import any_, select

from infra import reads as gathered
from infra.database import Database
from infra.roles import TENANT
from schema.planner import connections, objects, plan, scope
from schema.planner.parameters import Parameters
from service.customers.tables import Tenant
from service.ground import reads, statements
from service.ground.tables import table_of
from tests.isolation.comparing import Comparison
from tests.isolation.worlds import Walls, without_tenant

Bug = Callable[[Comparison], AbstractContextManager[None]]
EVERY_TENANT = any_(select(table_of(Tenant).c.id).scalar_subquery())
"""What a tenant is compared with where somebody forgot to say which."""


def forgetting(module: ModuleType) -> Bug:
    """Return the bug that a module of the planner does not say which tenant it means."""

    @contextmanager
    def bug(_: Comparison) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "TENANT", EVERY_TENANT)
            yield

    return bug


def rewriting(name: str) -> Bug:
    """Return the bug that a kind of statement of the writes does not say which tenant it means."""

    @contextmanager
    def bug(_: Comparison) -> Iterator[None]:
        right = getattr(statements, name)

        def wrong(*args: Any, **options: Any) -> str:  # noqa: ANN401 - handed on
            return without_tenant(right(*args, **options))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(statements, name, wrong)
            yield

    return bug


@contextmanager
def remembering_plans(_: Comparison) -> Iterator[None]:
    """Let a plan keep the tenant of whoever asked first."""
    right = Parameters._getter

    def wrong(self: Parameters, name: str, constants: Any) -> Callable[..., object]:  # noqa: ANN401 - handed on
        get, first = right(self, name, constants), []

        def kept(tenant: object, variables: Any) -> object:  # noqa: ANN401 - handed on
            if name != "tenant":
                return get(tenant, variables)  # type: ignore[arg-type]  # it is a UUID
            first.append(tenant)
            return first[0]

        return kept

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Parameters, "_getter", wrong)
        yield


def altered(wrong: str, right: str) -> Bug:
    """Return the bug that somebody altered the database."""

    @contextmanager
    def bug(compared: Comparison) -> Iterator[None]:
        owner = compared.worlds.company.owner.pool
        compared.runner.run(owner.execute(wrong))
        try:
            yield
        finally:
            compared.runner.run(owner.execute(right))

    return bug


@contextmanager
def powerful_role(compared: Comparison) -> Iterator[None]:
    """Let the service answer as who owns the tables."""
    world = compared.worlds.company
    right, world.service = world.service, world.owner
    try:
        yield
    finally:
        world.service = right


@contextmanager
def remembering_connections(compared: Comparison) -> Iterator[None]:
    """Let connections keep a tenant that asked before, and reads forget to say which one asks now."""
    world, stranger = compared.worlds.company, compared.worlds.stranger
    lent = world.service.connections.lent

    @asynccontextmanager
    async def stale() -> AsyncIterator[None]:
        async with lent() as one, lent() as other:
            for connection in (one, other):
                await connection.execute(f"SET {statements.TENANT_SETTING} = '{stranger.tenant_id}'")
        yield

    def silent(sql: str) -> str:
        last = gathered._entering(sql).split("$")[1].split(":")[0]
        return f"SELECT ({sql}) WHERE ${last}::uuid IS NOT NULL"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gathered, "alone", silent)
        keeping = stale()
        compared.runner.run(keeping.__aenter__())
        try:
            yield
        finally:
            compared.runner.run(_forget(world.service))


async def _forget(service: Database) -> None:
    async with service.connections.lent() as one, service.connections.lent() as other:
        for connection in (one, other):
            await connection.execute(f"RESET {statements.TENANT_SETTING}")


POLICY = "tenant_is_the_transaction_s"
BUGS: dict[str, tuple[Walls, Bug]] = {
    "an edge to one thing forgets the tenant": (Walls.STATEMENTS, forgetting(scope)),
    "a list forgets the tenant": (Walls.STATEMENTS, forgetting(objects)),
    "a lookup forgets the tenant": (Walls.STATEMENTS, forgetting(plan)),
    "a timeline forgets the tenant": (Walls.STATEMENTS, forgetting(connections)),
    "a condition on another table forgets the tenant": (Walls.STATEMENTS, forgetting(reads)),
    "a plan keeps who asked first": (Walls.STATEMENTS, remembering_plans),
    "a write finds rows of every tenant": (Walls.STATEMENTS, rewriting("selection")),
    "a write looks keys up in every tenant": (Walls.STATEMENTS, rewriting("key_lookup")),
    "a write changes rows of every tenant": (Walls.STATEMENTS, rewriting("change")),
    "a table has no row-level security": (
        Walls.POLICIES,
        altered(
            "ALTER TABLE interaction DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE interaction ENABLE ROW LEVEL SECURITY",
        ),
    ),
    "a policy allows everything": (
        Walls.POLICIES,
        altered(
            f"ALTER POLICY {POLICY} ON customer USING (true)",
            f"ALTER POLICY {POLICY} ON customer USING (tenant_id = {TENANT})",
        ),
    ),
    "a second policy widens the first": (
        Walls.POLICIES,
        altered(
            "CREATE POLICY support ON feedback FOR SELECT USING (id IS NOT NULL)",
            "DROP POLICY support ON feedback",
        ),
    ),
    "the service owns the tables": (Walls.POLICIES, powerful_role),
    "connections keep the tenant that asked before": (Walls.POLICIES, remembering_connections),
}
"""Each bug, and the wall that stands alone while it is looked for: the other would hide it."""
