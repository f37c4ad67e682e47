"""Where are the rows kept? In a database of their own, filled once, copied for each run."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import orjson
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from infra import migrations
from infra.embedded import running
from infra.migrations import steps
from tests.bench.dataset import Filling, fillings
from tests.bench.series import TENANT_ID, TENANT_KEY, Population

STATE = Path(".run/bench")
VERSIONS = Path(migrations.__file__).parent / "versions"
FILLED = "bench_filled"
RUN = "bench_run"
# Nothing may begin by itself while the time is taken.
QUIET = {"autovacuum": "off", "max_wal_size": "16GB", "checkpoint_timeout": "1h"}
LARGE = ("interaction", "interaction_event", "feedback", "touchpoint_event")
FAST_LOADING = (
    # The rows refer to each other rightly by construction, which a test proves on few of them.
    "SET session_replication_role = replica",
    "SET synchronous_commit = off",
    "SET maintenance_work_mem = '512MB'",
)


@contextmanager
def server() -> Iterator[str]:
    """Yields the URL of the embedded server that keeps the measured databases."""
    with running(STATE, settings=QUIET) as url:
        yield url


async def prepare(server_url: str, population: Population) -> tuple[str, bool]:
    """Returns the URL of a fresh database with these rows, and whether they had to be made first."""
    filled, copy = _sibling(server_url, FILLED), _sibling(server_url, RUN)
    async with _connected(server_url) as connection:
        stamp = _stamp(population)
        known = await connection.fetchval(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1", FILLED
        )
        made = known != stamp
        if made:
            await connection.execute(f"DROP DATABASE IF EXISTS {FILLED} WITH (FORCE)")
            await connection.execute(f"CREATE DATABASE {FILLED} TEMPLATE template0")
            await _fill(filled, population)
            await connection.execute(f"COMMENT ON DATABASE {FILLED} IS '{stamp}'")
        await connection.execute(f"DROP DATABASE IF EXISTS {RUN} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {RUN} TEMPLATE {FILLED} STRATEGY file_copy")
    return copy, made


async def settle(url: str) -> None:
    """Writes everything out to the disk, so that no measurement pays for what another one wrote."""
    async with _connected(url) as connection:
        await connection.execute("CHECKPOINT")


def _stamp(population: Population) -> str:
    """Returns what the rows depend on: their number, the schema and the expressions that make them."""
    schema = [
        path.read_text() for path in sorted((Path(migrations.__file__).parent / "versions").glob("*.*"))
    ]
    made_by = "".join([*schema, *(filling.sql for filling in fillings(population))])
    digest = hashlib.sha256(made_by.encode()).hexdigest()[:16]
    return orjson.dumps({"customers": population.customer_count, "made_by": digest}).decode()


async def _fill(url: str, population: Population) -> None:
    await steps.upgrade(url)
    if steps.head() is None:
        await _create_tables(url)
    every = fillings(population)
    rest = [filling for filling in every if filling.table not in LARGE]
    async with _connected(url) as connection:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        await connection.execute(
            "INSERT INTO tenant (id, key, name) VALUES ($1, $2, 'Benchmark')", TENANT_ID, TENANT_KEY
        )
    large = {filling.table: filling for filling in every if filling.table in LARGE}
    one = [*rest, large["interaction"], large["feedback"]]
    other = [large["touchpoint_event"], large["interaction_event"]]
    await asyncio.gather(_load(url, one), _load(url, other))
    async with _connected(url) as connection:
        await connection.execute("VACUUM (ANALYZE)")


async def _create_tables(url: str) -> None:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    await engine.dispose()


async def _load(url: str, part: Sequence[Filling]) -> None:
    async with _connected(url) as connection:
        for setting in FAST_LOADING:
            await connection.execute(setting)
        for filling in part:
            await fill_one(connection, filling)


async def fill_one(connection: "asyncpg.Connection[asyncpg.Record]", filling: Filling) -> None:
    """Inserts the rows of one table; a large one gets its indexes afterwards, which is much quicker."""
    if filling.table not in LARGE:
        await connection.execute(filling.sql)
        return
    rows = await connection.fetch(
        "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made_by FROM pg_index"
        " WHERE indrelid = $1::text::regclass"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
        filling.table,
    )
    for row in rows:
        await connection.execute(f"DROP INDEX {row['name']}")
    await connection.execute(filling.sql)
    for row in rows:
        await connection.execute(row["made_by"])


@asynccontextmanager
async def _connected(url: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    connection = await asyncpg.connect(url, command_timeout=1200)
    try:
        yield connection
    finally:
        await connection.close()


def _sibling(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
