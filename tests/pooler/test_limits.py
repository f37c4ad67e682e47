"""What does a client hear when the pooler ends what takes too long, has no connection left, or goes away?"""

import asyncio

import httpx
import pytest

from infra.database import opened
from infra.roles import RELAY, RoleRefused
from tests.infra.replicas import Replica
from tests.pooler.conftest import Stage, ask

NAMES = "{ customers(first: 5) { nodes { displayName } } }"
LOG = 'mutation { interactionLog(input: {channel: CHAT, subject: "Late"}) { userErrors { code } } }'
TEAM = 'mutation { teamUpsert(input: {key: "late", name: "Late"}) { team { name } userErrors { code } } }'
ONE_SECOND = {"query_timeout": 1}
SINGLE = {"default_pool_size": 1, "reserve_pool_size": 0, "query_wait_timeout": 1}


async def error(service: Replica, tenant: str, source: str) -> tuple[int, str]:
    """Return the status and the code of an answer that refuses."""
    answer = await ask(service, tenant, source)
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


async def test_a_read_that_the_pooler_ends_is_late_and_runs_on_nowhere(stage: Stage) -> None:
    tenant = await stage.tenant()
    with stage.pooler(**ONE_SECOND) as pooler:
        async with stage.service(pooler) as service:
            assert (await ask(service, tenant, NAMES)).status_code == 200
            async with stage.locked("customer"):
                refused = await error(service, tenant, NAMES)
                await stage.becomes("active", 0)
            again = await ask(service, tenant, NAMES)

    assert refused == (504, "DEADLINE_EXCEEDED")
    assert again.json() == {"data": {"customers": {"nodes": []}}}


async def test_a_write_that_the_pooler_ends_is_refused_not_repeated_and_keeps_nothing(stage: Stage) -> None:
    tenant = await stage.tenant()
    with stage.pooler(**ONE_SECOND) as pooler:
        async with stage.service(pooler) as service:
            async with stage.locked("team"):
                refused = (await ask(service, tenant, TEAM)).json()["data"]["teamUpsert"]
                await stage.becomes("active", 0)
            ended = pooler.log.read_text().count("closing because: query timeout")

    assert refused == {"team": None, "userErrors": [{"code": "LIMIT_EXCEEDED"}]}
    assert ended == 2  # the client's end of one connection, and the server's
    assert await stage.fetchval("SELECT count(*) FROM team WHERE key = 'late'") == 0


async def test_a_write_of_one_statement_that_the_pooler_ends_may_have_been_kept(stage: Stage) -> None:
    tenant = await stage.tenant()
    with stage.pooler(**ONE_SECOND) as pooler:
        async with stage.service(pooler) as service:
            await ask(service, tenant, LOG.replace("Late", "Early"))
            async with stage.locked("interaction"):
                refused = await error(service, tenant, LOG)
                await stage.becomes("active", 0)

    assert refused == (200, "UNKNOWN_OUTCOME")
    assert await stage.fetchval("SELECT count(*) FROM interaction WHERE subject = 'Late'") == 0


async def test_who_finds_no_connection_in_time_comes_again_later(stage: Stage) -> None:
    tenant = await stage.tenant()
    with stage.pooler(**SINGLE) as pooler:
        async with stage.service(pooler) as service, stage.locked("team"):
            waiting = asyncio.create_task(ask(service, tenant, TEAM))
            await stage.becomes("active", 1)
            refused = await error(service, tenant, NAMES)
            waiting.cancel()

    assert refused == (503, "UNAVAILABLE")


async def test_a_read_is_called_off_through_the_pooler_when_its_client_goes(stage: Stage) -> None:
    tenant = await stage.tenant()
    with stage.pooler() as pooler:
        async with stage.service(pooler) as service, stage.locked("customer"):
            with pytest.raises(httpx.ReadTimeout):
                async with httpx.AsyncClient(timeout=0.5, headers={"x-cx-tenant": tenant}) as impatient:
                    await impatient.post(service.url, json={"query": NAMES})
            await stage.becomes("active", 0)

        assert "query timeout" not in pooler.log.read_text()


async def test_a_pooler_that_was_away_is_used_again(stage: Stage) -> None:
    tenant = await stage.tenant()
    with stage.pooler() as pooler:
        async with stage.service(pooler) as service:
            assert (await ask(service, tenant, TEAM)).status_code == 200
            pooler.end()
            refused = await error(service, tenant, NAMES)
            with stage.pooler(listen_port=pooler.port):
                again = await ask(service, tenant, NAMES)

    assert refused == (503, "UNAVAILABLE")
    assert again.status_code == 200


async def test_a_role_that_the_pooler_ignores_is_not_taken_for_another(stage: Stage) -> None:
    with stage.pooler() as pooler, pytest.raises(RoleRefused, match="cxgraph_app in where cxgraph_relay was"):
        async with opened(pooler.url, role=RELAY):
            pytest.fail("the relay would see no tenant's events")
