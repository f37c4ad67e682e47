"""Is the import of a tenant fast that PostgreSQL knows nothing of, beside thousands of small ones?"""

from datetime import UTC, datetime, timedelta

from infra.database import Database
from service import interactions
from service.customers import CustomerRef
from service.customers.tables import Customer
from service.ground.actor import Actor, ActorKind
from service.ground.batches import ErrorPolicy
from service.ground.scopes import EVERY
from service.interactions import PastEntry, PastMatter
from service.interactions.tables import LedgerType, Party
from service.touchpoints.tables import Channel
from tests.ground import add_tenant, watched
from tests.statements import overheard

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
COPIES = """
    SET session_replication_role = replica;
    CREATE TEMP TABLE copies AS
      SELECT uuidv7() AS id, 'small-' || n AS key FROM generate_series(1, 3000) AS n;
    INSERT INTO tenant (id, key, name) SELECT id, key, key FROM copies
"""
COPY = """
    INSERT INTO {table} SELECT ({table}).* FROM (
      SELECT jsonb_populate_record(original, jsonb_build_object('tenant_id', copies.id)) AS {table}
      FROM {table} AS original, copies) AS copied
"""


def matters(number: int, customer: CustomerRef) -> list[PastMatter]:
    """Returns matters of an hour each: asked, answered, resolved."""
    hours = [MONDAY + timedelta(hours=n) for n in range(number)]
    return [
        PastMatter(
            "desk",
            str(at),
            customer,
            Channel.EMAIL,
            at,
            [
                PastEntry(LedgerType.MESSAGE, at, party=Party.CUSTOMER),
                PastEntry(LedgerType.MESSAGE, at + timedelta(minutes=20), party=Party.AGENT),
                PastEntry(LedgerType.RESOLVED, at + timedelta(minutes=50), party=Party.AGENT),
            ],
        )
        for at in hours
    ]


async def take_in(database: Database, key: str, number: int) -> None:
    actor = Actor(await add_tenant(database, key), key, "someone", ActorKind.HUMAN, EVERY)
    async with database.work(actor) as session:
        customer = CustomerRef(id=session.add(Customer()).id)
        results = await interactions.import_all(session, matters(number, customer), ErrorPolicy.REJECT_ALL)
    assert all(result.id for result in results)


async def test_entries_are_found_by_their_matter_beside_thousands_of_tenants(
    own_database_url: str,
) -> None:
    async with watched(own_database_url, largest=2) as database:
        await take_in(database, "first", 1)
        async with database.pool.acquire() as owner:
            await owner.execute(COPIES)
            for table in ("interaction", "interaction_event"):
                await owner.execute(COPY.format(table=table))
            await owner.execute("ANALYZE interaction, interaction_event")
        async with overheard(database) as heard:
            await take_in(database, "large", 200)
            (counted,) = [
                one for one in await heard.told() if one.sql.startswith("INSERT INTO metric_change")
            ]
        async with database.pool.acquire() as owner, owner.transaction():
            plan = await owner.fetch(f"EXPLAIN (ANALYZE, TIMING OFF) {counted.sql}", *counted.arguments)
    told = "\n".join(row[0] for row in plan)

    assert "uq_interaction_event_tenant_id_interaction_id_position" in told, told
    assert "Rows Removed by Filter" not in told, told
