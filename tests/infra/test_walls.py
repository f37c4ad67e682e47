"""Does the database keep tenants apart by itself, on every table, whatever a statement says?"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from asyncpg.exceptions import ForeignKeyViolationError, InsufficientPrivilegeError
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import ForeignKeyConstraint, make_url
from sqlmodel import SQLModel

from infra.database import Database, opened
from infra.migrations import steps
from infra.roles import APP, RELAY
from service.ground.actor import Actor, ActorKind
from service.ground.keys import uuid7
from service.ground.scopes import EVERY
from service.ground.statements import TENANT_SETTING
from tests.databases import execute
from tests.schema.conftest import settle

UNWALLED = """
    SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attname = 'tenant_id'
        AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (
            SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polcmd = '*' AND p.polpermissive
                AND p.polroles = '{0}' AND pg_get_expr(p.polqual, c.oid) = $1
                AND pg_get_expr(p.polwithcheck, c.oid) = $1))
"""
CONDITION = "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)"
WIDENING = """
    SELECT c.relname || ': ' || p.polname FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
    WHERE pg_get_expr(p.polqual, c.oid) <> $1
"""
PASSING = """
    SELECT c.relname::text FROM pg_class AS c
    WHERE c.relkind IN ('v', 'm') AND c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT p.proname::text FROM pg_proc AS p
    WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
"""
"""Views, and functions that act as who owns them; others act as who calls them, whom the walls bind."""
TENANT_TABLES = [table for table in SQLModel.metadata.sorted_tables if "tenant_id" in table.columns]


@asynccontextmanager
async def inside(
    url: str, tenant_id: object, role: str | None = APP
) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
    """A transaction of the service inside a tenant, which is undone."""
    async with opened(url, role=role, largest=1) as service, service.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        if tenant_id is not None:
            await connection.execute(f"SET LOCAL {TENANT_SETTING} = '{tenant_id}'")
        try:
            yield connection
        finally:
            await transaction.rollback()


async def test_every_table_of_a_tenant_has_the_wall(database: Database) -> None:
    assert await database.pool.fetch(UNWALLED, CONDITION) == []


async def test_only_the_relay_sees_more_and_nothing_but_events(database: Database) -> None:
    found = {row[0] for row in await database.pool.fetch(WIDENING, CONDITION)}

    assert found == {
        f"{table}: the_relay_sees_all" for table in ("outbox_event", "outbox_relay", "dead_letter")
    }


async def test_nothing_reads_as_who_owns_it(database: Database) -> None:
    assert await database.pool.fetch(PASSING) == []


async def test_a_table_without_a_wall_would_be_found(database: Database) -> None:
    async with database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("CREATE TABLE pledge (tenant_id uuid, id uuid)")
        found = [row[0] for row in await connection.fetch(UNWALLED, CONDITION)]
        await connection.execute(f"SET LOCAL ROLE {APP}")
        with pytest.raises(InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM pledge")
        await transaction.rollback()

    assert found == ["pledge"]


async def test_the_roles_own_nothing_and_cannot_pass(database: Database) -> None:
    flags = """SELECT bool_or(rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolcanlogin)
        FROM pg_roles WHERE rolname = ANY ($1)"""
    owned = """SELECT count(*) FROM pg_class
        WHERE relowner = ANY (SELECT oid FROM pg_roles WHERE rolname = ANY ($1))"""
    roles = [APP, RELAY]

    assert await database.pool.fetchval(flags, roles) is False
    assert await database.pool.fetchval(owned, roles) == 0


@pytest.mark.parametrize("table", TENANT_TABLES, ids=lambda table: table.name)
async def test_a_statement_without_conditions_sees_one_tenant_only(
    database: Database, database_url: str, actor: Actor, table: object
) -> None:
    every = f'SELECT count(*) FROM "{table}"'  # noqa: S608 - a table of ours
    async with inside(database_url, actor.tenant_id) as connection:
        assert await connection.fetchval(f"{every} WHERE tenant_id <> $1", actor.tenant_id) == 0
    async with inside(database_url, None) as connection:
        assert await connection.fetchval(every) == 0


async def test_the_policies_alone_hold_reads_and_writes_back(
    database: Database, database_url: str, actor: Actor, stranger: Actor
) -> None:
    await settle(database, actor)
    await settle(database, stranger)
    count = "SELECT count(*) FROM customer"
    changed = "SELECT count(*) FROM customer WHERE display_name = 'taken'"

    async with inside(database_url, actor.tenant_id) as connection:
        assert await connection.fetchval(count) == 3
        assert await connection.execute("UPDATE customer SET display_name = 'taken'") == "UPDATE 3"
        assert await connection.execute("DELETE FROM segment_membership") == "DELETE 2"
    async with inside(database_url, actor.tenant_id) as connection:
        foreign = "UPDATE customer SET display_name = 'taken' WHERE tenant_id = $1"
        assert await connection.execute(foreign, stranger.tenant_id) == "UPDATE 0"
        with pytest.raises(InsufficientPrivilegeError, match="row-level security"):
            await connection.execute("UPDATE customer SET tenant_id = $1", stranger.tenant_id)
    async with inside(database_url, actor.tenant_id) as connection:
        insertion = "INSERT INTO segment (tenant_id, id, key, name) VALUES ($1, $2, 'x', 'x')"
        with pytest.raises(InsufficientPrivilegeError, match="row-level security"):
            await connection.execute(insertion, stranger.tenant_id, uuid7())

    assert await database.pool.fetchval(changed) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO tenant (id, key, name) VALUES (uuidv7(), 'mine', 'mine')",
        "UPDATE tenant SET name = 'mine'",
        "ALTER TABLE customer DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant_is_the_transaction_s ON customer",
        "TRUNCATE customer",
        "CREATE TABLE mine ()",
        "UPDATE alembic_version SET version_num = '0001'",
    ],
)
async def test_the_service_cannot_take_its_walls_down(
    database_url: str, actor: Actor, statement: str
) -> None:
    async with inside(database_url, actor.tenant_id) as connection:
        with pytest.raises(InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_the_relay_sees_which_tenants_have_events_and_no_more(
    database: Database, database_url: str, actor: Actor, stranger: Actor
) -> None:
    for one in (actor, stranger):
        async with database.work(one) as session:
            session.emit("customer.created", uuid7())
    both = [actor.tenant_id, stranger.tenant_id]
    listed = "SELECT count(DISTINCT tenant_id) FROM outbox_event WHERE tenant_id = ANY ($1)"

    async with inside(database_url, None, RELAY) as connection:
        assert await connection.fetchval(listed, both) == 2
        assert await connection.execute("DELETE FROM outbox_event") == "DELETE 0"
        assert await connection.fetchval("SELECT count(*) FROM customer") == 0


def test_every_key_to_another_table_carries_the_tenant() -> None:
    without = [
        f"{table.name}.{key.name}"
        for table in TENANT_TABLES
        for key in table.constraints
        if isinstance(key, ForeignKeyConstraint) and key.column_keys[0] != "tenant_id"
    ]

    assert without == []


async def test_a_row_cannot_point_into_another_tenant(
    database: Database, actor: Actor, stranger: Actor
) -> None:
    people = await settle(database, stranger)
    theirs = people.acme.split("_")[1]
    insertion = """INSERT INTO customer (tenant_id, id, version, created_at, updated_at, lifecycle_stage,
        attributes, account_id) VALUES ($1, uuidv7(), 1, now(), now(), 'ACTIVE', '{}', $2::text::uuid)"""

    with pytest.raises(ForeignKeyViolationError):
        await database.pool.execute(insertion, actor.tenant_id, theirs)


async def test_separate_logins_that_are_no_superusers_are_enough(server_url: str) -> None:
    mark = secrets.token_hex(4)
    owner, login, name = f"owner_{mark}", f"service_{mark}", f"cxgraph_logins_{mark}"
    for role in (owner, login):
        await execute(server_url, f"CREATE ROLE {role} LOGIN PASSWORD '{mark}'")
        await execute(server_url, f"GRANT {APP}, {RELAY} TO {role}")
    await execute(server_url, f"CREATE DATABASE {name} TEMPLATE template0 OWNER {owner}")
    address = make_url(server_url).set(database=name, password=mark)
    urls = [address.set(username=role).render_as_string(hide_password=False) for role in (owner, login)]
    try:
        await steps.upgrade(urls[0])
        async with opened(urls[0], role=None, largest=1) as migrated:
            id_ = await migrated.add_tenant("first", "First")
        who = Actor(id_, "first", "someone", ActorKind.HUMAN, EVERY)
        async with opened(urls[1], largest=2) as service:
            assert await service.is_bound()
            await settle(service, who)
            count = await service.within(id_, "SELECT count(*) AS n FROM customer")
        async with opened(urls[0], role=None, largest=1) as migrated:
            assert await migrated.pool.fetchval("SELECT count(*) FROM customer") == 0
    finally:
        await execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")
        for role in (owner, login):
            await execute(server_url, f"DROP ROLE {role}")

    assert count[0]["n"] == 3
