"""How does Alembic reach the database and know what the tables should look like?

Each step is a transaction of its own, and gives up on a lock after a few seconds: a migration that waits
for a lock makes every later query on that table wait behind it.
"""

import asyncio

from alembic import context
from sqlalchemy import Connection, make_url, pool
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

import service
from infra import settings

LOCK_TIMEOUT_ATTRIBUTE = "lock_timeout_seconds"
STATEMENT_TIMEOUT = "15min"

# Importing the package is what fills the metadata with the tables of every chapter.
TABLES_OF = service.__name__


def _limits() -> list[str]:
    seconds = float(context.config.attributes.get(LOCK_TIMEOUT_ATTRIBUTE, 3.0))
    return [f"SET lock_timeout = '{int(seconds * 1000)}ms'", f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"]


def _offline() -> None:
    context.configure(
        dialect_name="postgresql",
        target_metadata=SQLModel.metadata,
        literal_binds=True,
        transaction_per_migration=True,
    )
    for limit in _limits():
        context.execute(limit)
    _migrate()


def _online(connection: Connection) -> None:
    # In a transaction that ends before the first step: a step that fails must not take the limits along.
    with connection.begin():
        for limit in _limits():
            connection.exec_driver_sql(limit)
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        transaction_per_migration=True,
        compare_type=True,
        compare_server_default=True,
    )
    _migrate()


def _migrate() -> None:
    with context.begin_transaction():
        context.run_migrations()


async def _from_command_line() -> None:
    """Serves Alembic's own commands (`revision --autogenerate`, `check`), which bring no connection."""
    given = settings.load().database_url
    if given is None:
        message = "set DATABASE_URL; `python -m infra database` starts a database and prints its URL"
        raise settings.SettingsRefused(message)
    url = make_url(given).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_online)
    await engine.dispose()


if context.is_offline_mode():
    _offline()
elif isinstance(brought := context.config.attributes.get("connection"), Connection):
    _online(brought)
else:
    asyncio.run(_from_command_line())
