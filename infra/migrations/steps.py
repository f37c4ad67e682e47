"""How is a database brought to the schema this code needs, and how do we know that it is there?

Migrating is a deliberate act (the verb `migrate`, a Job before a roll-out); a serving process only looks.
Of several who migrate at once, one works and the others wait for it, then find nothing left to do.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from asyncpg.exceptions import LockNotAvailableError
from sqlalchemy import Connection, func, make_url, pool, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Step = Callable[[Config, str], None]

HERE = Path(__file__).parent
LOCK_KEY = 0x6378_6772_6170_68
LOCK_POLL_SECONDS = 0.25
LOCK_RETRIES = 5
BUSY: str = LockNotAvailableError.sqlstate
LOCK_RETRY_SECONDS = 2.0


async def upgrade(database_url: str, *, lock_timeout_seconds: float = 3.0, target: str = "head") -> None:
    """Brings a database to the newest schema, or to the target revision.

    A step that cannot get its lock in time is tried again a few times; the steps before it stay done.
    """
    engine = create_async_engine(_asyncpg(database_url), poolclass=pool.NullPool)
    try:
        async with _connected(engine) as holder:
            await _take_turn(holder)
            await _upgrade_with_retries(engine, lock_timeout_seconds, target)
    finally:
        await engine.dispose()


async def downgrade(database_url: str, target: str) -> None:
    """Takes a database back to a revision; `base` is the empty database."""
    engine = create_async_engine(_asyncpg(database_url), poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_run, command.downgrade, target, 3.0)
    finally:
        await engine.dispose()


async def current(connection: AsyncConnection) -> str | None:
    """Returns the revision a database is at; None for one that was never migrated."""
    return await connection.run_sync(lambda plain: MigrationContext.configure(plain).get_current_revision())


def head() -> str | None:
    """Returns the newest revision this code knows; None while there is none."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def render(revisions: str = "head") -> None:
    """Prints the SQL of a range of revisions (`base:head`) without a database."""
    command.upgrade(_config(), revisions, sql=True)


def _connected(engine: AsyncEngine) -> AsyncConnection:
    # The lock belongs to a connection of its own: the steps' timeouts and rollbacks must not touch it.
    return engine.execution_options(isolation_level="AUTOCOMMIT").connect()


async def _take_turn(holder: AsyncConnection) -> None:
    """Waits for the other migrators by asking again and again: no timeout can cut such waiting off."""
    question = select(func.pg_try_advisory_lock(LOCK_KEY))
    while not await holder.scalar(question):  # noqa: ASYNC110 - the other is another process
        await asyncio.sleep(LOCK_POLL_SECONDS)


async def _upgrade_with_retries(engine: AsyncEngine, lock_timeout_seconds: float, target: str) -> None:
    for attempt in range(LOCK_RETRIES):
        try:
            async with engine.connect() as connection:
                await connection.run_sync(_run, command.upgrade, target, lock_timeout_seconds)
        except DBAPIError as error:
            if attempt + 1 == LOCK_RETRIES or not _lock_was_busy(error):
                raise
            await asyncio.sleep(LOCK_RETRY_SECONDS)
        else:
            return


def _lock_was_busy(error: DBAPIError) -> bool:
    sqlstate: object = getattr(error.orig, "sqlstate", None)
    return sqlstate == BUSY


def _run(connection: Connection, step: Step, target: str, lock_timeout_seconds: float) -> None:
    config = _config()
    config.attributes["connection"] = connection
    config.attributes["lock_timeout_seconds"] = lock_timeout_seconds
    step(config, target)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    return config


def _asyncpg(database_url: str) -> str:
    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    return url.render_as_string(hide_password=False)
