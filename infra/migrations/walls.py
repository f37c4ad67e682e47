"""How does the database itself keep tenants apart? By roles that own nothing, and a policy on every table.

A table is out of the service's reach until a migration names it here: forgetting a policy shows at the first
statement as a missing permission, never as another tenant's row.
"""

from collections.abc import Sequence

from alembic import op

from infra.roles import APP, RELAY, TENANT

POLICY = "tenant_is_the_transaction_s"
TENANT_TABLES = """
    SELECT c.oid::regclass AS name
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
        AND a.attname = 'tenant_id' AND NOT a.attisdropped
"""


def make_roles() -> None:
    """Makes the roles unless they are there, and lets who migrates take them on.

    Roles belong to the whole server. Where who migrates may not make roles, an administrator does so once,
    as `docs/identity.md` shows.
    """
    for role in (APP, RELAY):
        op.execute(
            f"""DO $$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                    CREATE ROLE {role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
                END IF;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database was quicker
            END $$"""
        )
        op.execute(
            f"""DO $$ BEGIN
                IF NOT pg_has_role(current_user, '{role}', 'SET') THEN
                    GRANT {role} TO CURRENT_USER;
                END IF;
            END $$"""
        )


def wall_in_all() -> None:
    """Walls in every table that has a tenant; locks each exclusively, for a moment."""
    _for_each(TENANT_TABLES, _walls())


def wall_in(tables: Sequence[str]) -> None:
    """Walls in tables that came later."""
    for table in tables:
        for statement in _walls():
            op.execute(statement.replace("%1$s", table))


def keep(tables: Sequence[str]) -> None:
    """Takes from the service the right to change or remove what these tables once hold."""
    for table in tables:
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP}, {RELAY}")


def open_all() -> None:
    """Takes the walls of every tenant's table away again."""
    statements = (
        f"DROP POLICY IF EXISTS {POLICY} ON %1$s",
        "ALTER TABLE %1$s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY",
        f"REVOKE ALL ON %1$s FROM {APP}, {RELAY}",
    )
    _for_each(TENANT_TABLES, statements)


def share(table: str, rights: str = "SELECT") -> None:
    """Lets the service use a table that has no tenant."""
    op.execute(f"GRANT {rights} ON {table} TO {APP}, {RELAY}")


def share_no_longer(table: str) -> None:
    """Takes a table without a tenant out of the service's reach."""
    op.execute(f"REVOKE ALL ON {table} FROM {APP}, {RELAY}")


def show_relay(table: str) -> None:
    """Lets the relay see which tenants have rows in a table; to change them, it says which."""
    op.execute(f"CREATE POLICY the_relay_sees_all ON {table} FOR SELECT TO {RELAY} USING (true)")


def show_relay_no_longer(table: str) -> None:
    """Takes this sight back."""
    op.execute(f"DROP POLICY the_relay_sees_all ON {table}")


def _walls() -> tuple[str, ...]:
    return (
        "ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {POLICY} ON %1$s USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON %1$s TO {APP}, {RELAY}",
    )


def _for_each(tables: str, statements: Sequence[str]) -> None:
    lines = "\n".join(f"EXECUTE format($format${statement}$format$, one);" for statement in statements)
    op.execute(f"DO $$ DECLARE one regclass; BEGIN FOR one IN {tables} LOOP\n{lines}\nEND LOOP; END $$")
