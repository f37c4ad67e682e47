"""What becomes of a write whose connection is cut around COMMIT, and what does the client read?"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from infra.database import Database, opened
from infra.refusals import refusal
from infra.reports import report
from schema.execution import Graph, Request
from schema.graph import build
from service.ground.actor import Actor
from service.ground.doors import Unreachable
from tests.kill.proxy import Cut, Proxy, between

KEYED = """mutation { interactionLog(input: {channel: EMAIL, subject: "bag"})
  @idempotent(key: "crm-row-000000000042") { interaction { id } userErrors { code } } }"""
TWICE = """mutation { a: interactionLog(input: {channel: EMAIL}) { interaction { id } }
  b: interactionLog(input: {channel: EMAIL}) { interaction { id } } }"""
PLAIN = KEYED.replace('@idempotent(key: "crm-row-000000000042")', "")


@dataclass(frozen=True, slots=True)
class Line:
    """The graph over a connection that can be cut."""

    proxy: Proxy
    graph: Graph
    database: Database
    actor: Actor

    async def send(self, source: str) -> Mapping[str, Any]:
        body = (await self.graph.answer(Request(source), self.actor)).body
        found: Mapping[str, Any] = orjson.loads(body)
        return found

    async def kept(self) -> int:
        sql = "SELECT count(*) FROM interaction WHERE tenant_id = $1"
        found: int = await self.database.pool.fetchval(sql, self.actor.tenant_id)
        return found


@pytest.fixture
async def line(database_url: str, actor: Actor, database: Database) -> AsyncIterator[Line]:
    async with between(database_url) as (proxy, url), opened(url, largest=2) as cuttable:
        yield Line(proxy, Graph(build(), cuttable, report), database, actor)


def code_of(response: Mapping[str, Any]) -> str:
    found: str = response["errors"][0]["extensions"]["code"]
    return found


@pytest.mark.parametrize("cut", Cut)
async def test_a_write_with_a_key_is_done_once_wherever_its_commit_is_cut(line: Line, cut: Cut) -> None:
    line.proxy.planned = [cut]
    response = await line.send(KEYED)

    assert line.proxy.cuts == 1
    assert response["data"]["interactionLog"]["userErrors"] == []
    assert await line.kept() == 1
    assert await line.send(KEYED) == response


@pytest.mark.parametrize("cut", Cut)
async def test_a_write_whose_commit_is_always_cut_is_finished_by_the_clients_repetition(
    line: Line, cut: Cut
) -> None:
    line.proxy.planned = [cut] * 4
    response = await line.send(KEYED)
    if cut is Cut.BEFORE:
        assert code_of(response) == "UNKNOWN_OUTCOME"
    line.proxy.planned = []
    response = await line.send(KEYED)

    assert response["data"]["interactionLog"]["userErrors"] == []
    assert await line.kept() == 1


async def test_a_write_without_a_key_is_never_repeated_once_its_commit_was_on_its_way(line: Line) -> None:
    line.proxy.planned = [Cut.BEFORE]
    assert code_of(await line.send(PLAIN)) == "UNKNOWN_OUTCOME"
    assert await line.kept() == 0

    line.proxy.planned = [Cut.AFTER]
    assert code_of(await line.send(PLAIN)) == "UNKNOWN_OUTCOME"
    assert await line.kept() == 1


async def test_a_client_that_repeats_without_a_key_doubles(line: Line) -> None:
    line.proxy.planned = [Cut.AFTER]
    await line.send(PLAIN)
    await line.send(PLAIN)

    assert await line.kept() == 2


@pytest.mark.parametrize("source", [PLAIN, KEYED])
async def test_a_write_whose_connection_ended_before_is_repeated_with_and_without_a_key(
    line: Line, source: str
) -> None:
    await line.send("{ viewer { subject } customers { totalCount } }")
    line.proxy.cut_all()
    response = await line.send(source)

    assert response["data"]["interactionLog"]["userErrors"] == []
    assert await line.kept() == 1


async def test_a_write_that_finds_no_database_did_nothing_and_is_refused(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line.proxy, "_target", ("127.0.0.1", 1))
    line.proxy.cut_all()

    with pytest.raises(Unreachable):
        await line.send(PLAIN)
    both = await line.send(TWICE)
    assert [error["extensions"]["code"] for error in both["errors"]] == ["UNAVAILABLE", "UNAVAILABLE"]
    assert await line.kept() == 0


def test_a_database_that_is_away_is_told_in_one_line_for_each_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    away = Unreachable()
    away.__cause__ = ConnectionRefusedError(111, "Connection refused")
    status, body, _ = refusal(away, {})
    (line,) = caplog.records

    assert (status, orjson.loads(body)["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
    assert line.getMessage().startswith("Unreachable, because of ConnectionRefusedError; trace id ")
    assert line.exc_info is None
