"""Is anybody forgotten whole? Every table is sown with rows of persons, and all of the persons are erased."""

import random

import pytest
from sqlalchemy import Table
from sqlmodel import SQLModel

from infra.database import Database
from schema.ground import ids
from service.customers.reads import CUSTOMER
from service.ground.actor import Actor
from service.ground.personal import personal_columns, tables_of_persons
from tests.ground import Answering
from tests.oracle import seeds
from tests.oracle.seeds import Row, Sower

MARK = "PERSONAL"
ERASE = "mutation($i: CustomerEraseInput!) { customerErase(input: $i) { userErrors { code message } } }"


class PersonsSower(Sower):
    """Sows rows that all belong to somebody, with something personal wherever that can be."""

    def _row(self, table: Table, number: int) -> Row:
        row = super()._row(table, number)
        owners = [
            key.column_keys[-1]
            for key in table.foreign_key_constraints
            if key.referred_table.name in tables_of_persons() and key.referred_table is not table
        ]
        while owners and not any(row[name] for name in owners):
            row = super()._row(table, number)
        return row


async def telling(database: Database, actor: Actor) -> dict[str, int]:
    """Return, by column, how many rows of persons hold something personal, whatever table they are in."""
    owned = tables_of_persons()
    ids_ = " UNION ALL ".join(f'SELECT id FROM "{name}" WHERE tenant_id = $1' for name in owned)  # noqa: S608
    found = {}
    for table in SQLModel.metadata.sorted_tables:
        about = "" if table.name in owned else f"AND subject_id IN ({ids_})"
        for name in personal_columns(table):
            sql = f"""SELECT count(*) FROM "{table.name}"
                WHERE tenant_id = $1 AND "{name}"::text LIKE '%{MARK}%' {about}"""  # noqa: S608 - names of ours
            found[f"{table.name}.{name}"] = await database.pool.fetchval(sql, actor.tenant_id)
    return found


@pytest.fixture
async def persons(database: Database, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """People of whom something is kept in every place; returns their ids."""
    monkeypatch.setattr(seeds, "ROWS", 6)
    async with database.pool.acquire() as connection, connection.transaction():
        sower = PersonsSower(actor.tenant_id, random.Random(20260301), MARK)  # noqa: S311 - chance, not secrecy
        await sower.sow(connection)
        # Histories and events name their thing without a foreign key, and were sown before or beside it.
        for table in ("state_change", "outbox_event"):
            sql = f'UPDATE "{table}" SET subject_id = $2 WHERE tenant_id = $1'  # noqa: S608 - tables of ours
            await connection.execute(sql, actor.tenant_id, sower.rows["customer"][0]["id"])
    return [ids.encode(CUSTOMER, row["id"]) for row in sower.rows["customer"]]


async def test_when_all_are_erased_no_column_of_any_table_tells_of_anybody(
    ask: Answering, database: Database, actor: Actor, persons: list[str]
) -> None:
    before = await telling(database, actor)
    for person in persons:
        told = await ask(ERASE, i={"customerId": person})
        assert told == {"customerErase": {"userErrors": []}}

    assert [place for place, rows in before.items() if not rows] == []
    assert {place: rows for place, rows in (await telling(database, actor)).items() if rows} == {}
