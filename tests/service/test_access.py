"""Does an integration have one key at a time, whoever makes it when?"""

import asyncio

from infra.database import Database
from service import access
from service.ground.actor import Actor
from service.ground.scopes import Scope
from tests.ground import Answering

CREATE = """mutation Create($name: String!) {
    apiKeyCreate(input: {name: $name, scopes: ["customers:read"]}) {
        secret userErrors { code field } } }"""


async def test_of_two_keys_made_at_once_under_one_name_the_later_is_refused(
    ask: Answering, database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        await access.create(session, "crm", [Scope.CUSTOMERS_READ], valid_days=1)
        await session.flush()
        later = asyncio.create_task(ask(CREATE, name="crm"))
        other = (await ask(CREATE, name="erp"))["apiKeyCreate"]
        await asyncio.wait({later}, timeout=0.2)
        assert not later.done()
    refused = (await later)["apiKeyCreate"]

    kept = "SELECT count(*) FROM api_key WHERE tenant_id = $1 AND name = 'crm'"
    assert other["userErrors"] == []
    assert refused == {"secret": None, "userErrors": [{"code": "TAKEN", "field": ["name"]}]}
    assert await database.pool.fetchval(kept, actor.tenant_id) == 1
