"""Is what is answered at once answered as it would be on the long way, and everything else left to that?"""

import asyncio
import secrets

import orjson
import pytest

from infra.database import Database, Overdue
from service.ground.doors import Unreachable
from service.ground.problems import Invalid
from tests.http.talk import (
    ASK,
    BY_ID,
    NEWER,
    NOBODY,
    ORIGIN,
    PERSISTED,
    QUERY,
    VIEWER,
    WRITE,
    Fields,
    Talk,
    request,
    talking,
    until,
)

KEYED = WRITE.replace(" { outcome", ' @idempotent(key: "short") { outcome')
UNFIT = """mutation($id: ID!) { interactionLog(input: {channel: CHAT, customer: {id: $id}}) {
  interaction { id } userErrors { code message } } }"""

AT_ONCE: dict[str, tuple[object, Fields]] = {
    "a query": (ASK, ()),
    "one by its operation's name": ({**ASK, "operationName": "Short"}, ()),
    "one that takes the newer media type": (ASK, (f"accept: {NEWER}",)),
    "one of a page of another origin": (ASK, (f"origin: {ORIGIN}",)),
    "one of a page that may not ask": (ASK, ("origin: https://other.example",)),
    "one that is named by its hash": ({"extensions": PERSISTED}, ()),
    "one with a trace": (ASK, (f"traceparent: 00-{'ab' * 16}-{'cd' * 8}-01",)),
    "what is not there": ({"query": BY_ID, "variables": {"id": NOBODY}}, ()),
    "a mutation": ({"query": WRITE}, ()),
    "one with a key": ({"query": KEYED}, ()),
    "one that is refused": ({"query": UNFIT, "variables": {"id": NOBODY}}, ()),
    "one that may not be asked": ({"query": WRITE}, VIEWER),
    "one that is none": ({"query": "mutation {"}, (f"accept: {NEWER}",)),
    "a query that speaks of one": ({"query": f"{QUERY} # no mutation", "variables": {"first": 2}}, ()),
}
THE_LONG_WAY: dict[str, tuple[object, Fields]] = {
    "what Python answers": ({"query": "{ __typename }"}, ()),
    "the schema": ({"query": "{ __schema { queryType { name } } }"}, ()),
    "an id of something else": ({"query": BY_ID, "variables": {"id": "ins_1"}}, ()),
    "a variable of another type": ({**ASK, "variables": {"first": "two"}}, ()),
    "variables that are no object": ({**ASK, "variables": [1]}, ()),
    "a document that is none": ({"query": "{"}, ()),
    "an operation that is not there": ({**ASK, "operationName": "Other"}, ()),
    "a batch": ([ASK], ()),
    "who may not read": (ASK, ("x-cx-roles: integration",)),
    "who is not known": (ASK, ("authorization: Bearer nobody",)),
    "the cost": (ASK, ("x-cx-cost: 1",)),
    "a time": (ASK, ("x-request-timeout: 5",)),
    "another media type": (ASK, ("accept: text/html",)),
    "another content type": (ASK, ("content-type: text/plain",)),
    "a hash that nobody sent": (
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}},
        (),
    ),
    "a variable that speaks of mutations": ({**ASK, "variables": {"first": 2, "more": "mutation"}}, ()),
    "a mutation that spells itself otherwise": (
        b'{"query": "%s"}' % WRITE.replace("m", "\\u006d", 1).encode(),
        (),
    ),
    "what is large": ({**ASK, "variables": {"first": 2, "more": "x" * 20_000}}, ()),
}


@pytest.mark.parametrize("name", [*AT_ONCE, *THE_LONG_WAY])
async def test_a_request_is_answered_the_same_on_both_ways(
    database_url: str, database: Database, name: str
) -> None:
    body, fields = {**AT_ONCE, **THE_LONG_WAY}[name]
    async with talking(database_url, database) as talk:
        answer = await talk.ask(body, fields)
        assert talk.at_once == [name in AT_ONCE]
        talk.replica.application._short_way = None
        assert answer == await talk.ask(body, fields)


async def test_a_plan_is_told_on_the_long_way(database_url: str, database: Database) -> None:
    async with talking(database_url, database) as talk:
        assert b'"postgresql"' in await talk.ask({**ASK, "extensions": {"plan": True}})
        assert talk.at_once == [False]


async def test_a_document_that_is_new_takes_the_long_way_once(database_url: str, database: Database) -> None:
    new = {"query": f"{{ customers {{ totalCount }} }} # {secrets.token_hex(4)}"}
    async with talking(database_url, database) as talk:
        assert await talk.ask(new) == await talk.ask(new)
        assert talk.at_once == [False, True]


async def test_requests_that_are_sent_ahead_are_answered_in_their_order(
    database_url: str, database: Database
) -> None:
    asked = [ASK, {"query": WRITE}, ASK, {"query": "{ __typename }"}, ASK]
    async with talking(database_url, database) as talk:
        apart = [(await talk.ask(one)).partition(b"\r\n\r\n")[2] for one in asked]
        talk.writer.write(b"".join(request(one) for one in asked))
        together = [(await talk.hear()).partition(b"\r\n\r\n")[2] for _ in asked]

    assert together == apart


@pytest.mark.parametrize("pieces", [2, 5])
async def test_a_request_that_comes_in_pieces_takes_the_long_way(
    database_url: str, database: Database, pieces: int
) -> None:
    sent = request(ASK)
    size = len(sent) // pieces + 1
    async with talking(database_url, database) as talk:
        whole = await talk.ask(ASK)
        for start in range(0, len(sent), size):
            talk.writer.write(sent[start : start + size])
            await talk.writer.drain()
            await asyncio.sleep(0.05)
        assert await talk.hear() == whole
        assert talk.at_once[:1] == [True]
        assert True not in talk.at_once[1:]


@pytest.mark.parametrize(
    ("target", "fields"),
    [
        ("GET /graphql HTTP/1.1", ()),
        ("POST / HTTP/1.1", ()),
        ("POST /graphql HTTP/1.0", ()),
        ("POST /graphql HTTP/1.1", ("connection: close",)),
        ("POST /graphql HTTP/1.1", ("expect: 100-continue",)),
    ],
)
async def test_what_is_unusual_of_http_is_not_even_looked_at(
    database_url: str, database: Database, target: str, fields: Fields
) -> None:
    async with talking(database_url, database) as talk:
        talk.writer.write(request(ASK, fields, target))
        assert (await talk.reader.readline()).startswith(b"HTTP/1.1 ")
        assert talk.at_once == []


WRONG = {
    "500 INTERNAL": RuntimeError("canary"),
    "503 UNAVAILABLE": Unreachable(),
    "504 DEADLINE_EXCEEDED": Overdue(),
    "200 BAD_USER_INPUT": Invalid(reason="Out of range."),
}


@pytest.mark.parametrize("told", WRONG)
async def test_what_goes_wrong_meanwhile_is_told_as_on_the_long_way(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    status, code = told.split()

    async def run(*_: object) -> list[bytes]:
        raise WRONG[told]

    async with talking(database_url, database) as talk:
        monkeypatch.setattr(talk.replica.application._health.database._reads, "_run", run)  # type: ignore[union-attr]
        answers = [await talk.ask(ASK)]
        assert talk.at_once == [True]
        talk.replica.application._short_way = None
        answers.append(await talk.ask(ASK))

    assert [one.split()[1].decode() for one in answers] == [status] * 2
    bodies = [orjson.loads(one.partition(b"\r\n\r\n")[2]) for one in answers]
    assert [[one["extensions"]["code"] for one in body["errors"]] for body in bodies] == [[code]] * 2
    assert b"canary" not in answers[0]


async def test_a_read_that_takes_too_long_is_called_off(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with talking(database_url, database, statement_timeout_seconds=0.3) as talk:
        stopped = _stuck(talk, monkeypatch)
        answer = await talk.ask(ASK)
        assert stopped == [ASK["query"]]

    assert talk.at_once == [True]
    assert answer.startswith(b"HTTP/1.1 504 ")
    assert b"DEADLINE_EXCEEDED" in answer


async def test_a_client_that_goes_away_stops_its_read(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with talking(database_url, database) as talk:
        stopped = _stuck(talk, monkeypatch)
        talk.writer.write(request(ASK))
        await until(lambda: talk.at_once == [True])
        talk.writer.close()
        await until(lambda: bool(stopped))


async def test_what_is_refused_on_the_long_way_was_not_charged_before(
    database_url: str, database: Database
) -> None:
    left = "{ rateLimit { remaining } }"
    async with talking(database_url, database, points_per_second=0.000001, points_saved=10_000) as talk:
        await talk.ask({"query": left})
        accounts = [await talk.ask({"query": left})]
        await talk.ask(ASK)
        accounts.append(await talk.ask({"query": left}))
        talk.replica.application._short_way = None
        await talk.ask(ASK)
        accounts.append(await talk.ask({"query": left}))

    first, second, third = (
        orjson.loads(one.partition(b"\r\n\r\n")[2])["data"]["rateLimit"]["remaining"] for one in accounts
    )
    assert first - second == second - third > 0


async def test_who_has_no_points_left_is_told_so(database_url: str, database: Database) -> None:
    async with talking(database_url, database, points_per_second=0.000001, points_saved=3000) as talk:
        answer = b""
        while not answer.startswith(b"HTTP/1.1 429 "):
            answer = await talk.ask({**ASK, "variables": {"first": 50}})
            assert len(talk.at_once) < 1000

    assert talk.at_once[-2:] == [True, False]
    assert b"RATE_LIMITED" in answer


async def test_a_service_on_its_way_out_answers_nothing_at_once(
    database_url: str, database: Database
) -> None:
    async with talking(database_url, database) as talk:
        talk.replica.application.draining.begun = True
        answer = await talk.ask(ASK)

    assert talk.at_once == []
    assert b"connection: close" in answer


async def test_a_connection_that_rests_is_closed_in_the_end(database_url: str, database: Database) -> None:
    async with talking(database_url, database, idle_timeout_seconds=1) as talk:
        await talk.ask(ASK)
        assert talk.at_once == [True]
        async with asyncio.timeout(20):
            assert await talk.reader.read() == b""


def _stuck(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Let every read take for ever; return what was stopped."""
    stopped: list[object] = []

    async def run(*_: object) -> list[bytes]:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            stopped.append(ASK["query"])
            raise
        return []

    monkeypatch.setattr(talk.replica.application._health.database._reads, "_run", run)  # type: ignore[union-attr]
    return stopped
