"""As whom does the service speak to PostgreSQL? Three roles: one owns the tables, two only use them.

The owner is whoever migrates. The other two own nothing, so row-level security binds them and no statement of
theirs can switch it off.
"""

from service.ground.statements import TENANT_SETTING

APP = "cxgraph_app"
"""Answers requests."""
RELAY = "cxgraph_relay"
"""Carries events out: bound like the other, except that it sees which tenants have events."""
TENANT = f"nullif(current_setting('{TENANT_SETTING}', true), '')::uuid"
"""The tenant of the transaction; null, which equals no tenant, where none was said."""


class RoleRefused(Exception):
    """A connection has another role than it asked for; the message says how that comes."""

    def __init__(self, asked: str, found: str) -> None:
        """Names both."""
        message = (
            f"The database lets {found} in where {asked} was asked for: a pooler ignores the role."
            f" Log in as {asked} there, or connect to PostgreSQL itself (docs/operations.md)."
        )
        super().__init__(message)


UNBOUND = """
    SELECT rolsuper OR rolbypassrls OR EXISTS (
        SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relnamespace = current_schema()::regnamespace
    ) FROM pg_roles WHERE rolname = current_user
"""
"""Whether the role could pass the walls: a superuser, one that bypasses them, or an owner of tables."""
