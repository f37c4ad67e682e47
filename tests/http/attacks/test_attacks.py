"""Does every attack get a short, typed refusal, at little cost, and does nobody else notice?

Processor time is bounded generously here, since other work shares the machine; `make attacks` measures it
alone and holds it against 100 ms.
"""

from collections.abc import AsyncIterator

import orjson
import pytest

from infra.database import Database
from tests.http.attacks.payloads import TENANT, Attack, asked, attacks
from tests.http.attacks.target import Target, target

ATTACKS = list(attacks())
MOST_CPU_SECONDS = 1.0
MOST_MEGABYTES = 20
WARM = "{ customers { nodes { id } } }"
SECRETS = (b"Traceback", b"asyncpg", b"postgresql://", b"/infra/", b"site-packages", b"Error(")


@pytest.fixture(scope="module")
async def attacked(database_url: str, database: Database) -> AsyncIterator[Target]:
    """A service that has answered a few ordinary requests already."""
    await database.add_tenant(TENANT, "Audits")
    with target(database_url) as running:
        for attack in ATTACKS[:5]:
            await running.send(attack)
        assert (await running.send(Attack("warm", asked(WARM)))).status == 200
        yield running


def test_there_are_at_least_a_hundred_and_fifty_attacks() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 150


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_an_attack_is_refused_cheaply_and_tells_nothing(attacked: Target, attack: Attack) -> None:
    before = attacked.cpu_seconds()

    reply = await attacked.send(attack)

    assert attacked.cpu_seconds() - before < MOST_CPU_SECONDS
    assert reply.status is not None or not attack.answered
    assert reply.status is None or reply.status < 500 or reply.status == 501
    assert not [secret for secret in SECRETS if secret in reply.raw]
    if attack.answered:
        found = orjson.loads(reply.body)
        assert "errors" in found or reply.status == 200
        assert len(reply.body) < 200_000 or "__schema" in attack.name or "schema" in attack.name


async def test_afterwards_the_service_answers_and_holds_little_more_memory(attacked: Target) -> None:
    before = attacked.megabytes()

    for attack in ATTACKS:
        await attacked.send(attack)

    assert attacked.megabytes() - before < MOST_MEGABYTES
    reply = await attacked.send(Attack("ordinary", asked(WARM)))
    assert list(orjson.loads(reply.body)) == ["data"]
    assert "unexpected error" not in attacked.log.read_text()
