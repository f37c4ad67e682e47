"""Does `python -m infra relay` carry, tell what waits, and send again?"""

import asyncio
from uuid import UUID

import pytest

from infra.__main__ import main
from schema.events.types import EVENT
from schema.ground import ids
from service.ground.actor import Actor, ActorKind
from service.ground.scopes import EVERY
from tests.ground import add_tenant, watched
from tests.infra.relaying import tell

FIRST = "SELECT id FROM outbox_event ORDER BY position LIMIT 1"
PUT_ASIDE = """INSERT INTO dead_letter (tenant_id, id, reason, attempts, parked_at)
    SELECT tenant_id, id, 'too large', 5, now() FROM outbox_event WHERE type = 'team.updated' RETURNING id"""


async def happen(url: str, *types: str) -> None:
    """Let something happen in the tenant `here`."""
    async with watched(url) as database:
        here = Actor(await add_tenant(database, "here"), "here", "someone", ActorKind.HUMAN, EVERY)
        await tell(database, here, *types)


async def asked(url: str, sql: str) -> UUID:
    async with watched(url) as database:
        found: UUID = await database.pool.fetchval(sql)
        return found


def test_what_waits_is_told_carried_once_and_sent_again_on_request(
    own_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", own_database_url)

    def said(*words: str) -> str:
        main(["relay", *words])
        return capsys.readouterr().out

    asyncio.run(happen(own_database_url, "team.created", "team.updated", "survey.created"))
    assert said("--lag").startswith("3 events wait")
    assert said("--once") == "3 events carried\n"
    assert said("--lag") == "0 events wait, the oldest for 0.0 s; 0 were put aside\n"

    first = ids.encode(EVENT, asyncio.run(asked(own_database_url, FIRST)))
    assert said("--replay", "here", "--after", first) == "2 events sent again\n"

    asyncio.run(asked(own_database_url, PUT_ASIDE))
    assert said("--lag") == "0 events wait, the oldest for 0.0 s; 1 were put aside\n"
    assert said("--replay", "here") == "1 events sent again\n"
    assert said("--replay", "here") == "0 events sent again\n"


def test_nothing_is_sent_again_of_a_tenant_or_event_that_is_not_there(
    own_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", own_database_url)
    asyncio.run(happen(own_database_url, "team.created"))
    unknown = ids.encode(EVENT, asyncio.run(asked(own_database_url, "SELECT uuidv7()")))

    assert main(["relay", "--replay", "nowhere"]) == 2
    assert main(["relay", "--replay", "here", "--after", unknown]) == 2
    assert capsys.readouterr().out.splitlines() == [
        "There is no tenant nowhere.",
        "There is no such event, or a relay is at work: try again.",
    ]
