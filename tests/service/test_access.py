"""Does an integration have one key at a time, whoever makes it when?"""

import asyncio

from infra.api_keys import ApiKeys
from infra.database import Database
from service import access
from service.access.keys import presented
from service.ground.actor import Actor
from service.ground.scopes import Scope
from tests.ground import Answering

ROTATE = """mutation Rotate($id: ID!) {
    apiKeyRotate(input: {keyId: $id, overlapHours: 1}) { secret userErrors { code field } } }"""
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


async def test_changing_a_key_while_it_is_used_turns_nobody_away(
    ask: Answering, database: Database, actor: Actor
) -> None:
    made = (await ask(CREATE, name="crm"))["apiKeyCreate"]
    verify = ApiKeys(database).actor
    seen: list[Actor] = []
    done = asyncio.Event()

    async def use(secret: str) -> None:
        while not done.is_set():
            seen.append((await verify(secret))[0])

    secrets = [made["secret"]]
    async with asyncio.TaskGroup() as programs:
        programs.create_task(use(secrets[0]))
        for _ in range(3):
            key = str(presented(secrets[-1]).key_id)  # type: ignore[union-attr]  # a key
            turned = (await ask(ROTATE, id=f"key_{key}"))["apiKeyRotate"]
            assert turned["userErrors"] == []
            secrets.append(turned["secret"])
            programs.create_task(use(secrets[-1]))
            await asyncio.sleep(0.05)
        done.set()

    assert {(one.tenant_id, one.subject) for one in seen} == {(actor.tenant_id, "integration:crm")}
    assert len(seen) > len(secrets)
