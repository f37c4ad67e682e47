"""Do reads that wait for each other each get their own answer?"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from infra.database import Database
from infra.reads import MOST_TOGETHER, Reads, alone, together
from service.ground.actor import Actor
from service.ground.keys import uuid7
from tests.ground import Answering

SQL = "SELECT CAST(concat($1::UUID, ' ', coalesce($2::TEXT, 'nothing'), $1::UUID) AS bpchar) AS answer"
TENANT = uuid7()


def lanes(database: Database, number: int, seen: list[str]) -> Reads:
    """Return lanes to the real database; the statements they run are kept."""

    async def run(sql: str, arguments: Sequence[object]) -> list[bytes]:
        seen.append(sql)
        async with database.pool.acquire() as connection:
            return [row[0] for row in await connection.fetch(sql, *arguments)]

    return Reads(run, number)


async def until(database: Database, *, asleep: int) -> None:
    """Wait until so many statements sleep."""
    sleeping = "query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()"
    counted = f"SELECT count(*) FROM pg_stat_activity WHERE {sleeping}"  # noqa: S608 - a constant
    async with asyncio.timeout(10):
        while await database.pool.fetchval(counted) != asleep:  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.01)


async def test_reads_that_come_or_wait_together_leave_so_and_get_their_own_answers(
    database: Database,
) -> None:
    seen: list[str] = []
    reads = lanes(database, 1, seen)
    asked = [(uuid7(), str(n) if n % 3 else None) for n in range(MOST_TOGETHER + 8)]
    answers = await asyncio.gather(*(reads.ask(TENANT, SQL, one) for one in asked))
    expected = [f"{id_} {text or 'nothing'}{id_}".encode() for id_, text in asked]
    assert list(answers) == expected
    assert seen == [together(SQL), together(SQL)]
    assert await reads.ask(TENANT, SQL, asked[1]) == expected[1]
    assert seen[2:] == [alone(SQL)]


async def test_a_read_that_fails_fails_alone(database: Database) -> None:
    division = "SELECT CAST(100 / $1::INTEGER AS bpchar) AS answer"
    reads = lanes(database, 1, [])
    tasks = [reads.ask(TENANT, division, [number]) for number in (1, 2, 0, 4)]
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [answers[0], answers[1], answers[3]] == [b"100", b"50", b"25"]
    assert isinstance(answers[2], Exception)


async def test_a_lane_is_free_again_after_a_failure(database: Database) -> None:
    reads = lanes(database, 1, [])
    with pytest.raises(Exception, match="division by zero"):
        await reads.ask(TENANT, "SELECT CAST(1 / $1::INTEGER AS bpchar)", [0])
    assert await reads.ask(TENANT, "SELECT CAST($1::INTEGER AS bpchar)", [7]) == b"7"


async def test_who_stops_waiting_does_not_hold_up_the_others(database: Database) -> None:
    reads = lanes(database, 1, [])
    first, gone, last = (reads.ask(TENANT, SQL, (uuid7(), name)) for name in ("first", "gone", "last"))
    gone.cancel()
    assert b"first" in await first
    assert b"last" in await last


async def test_another_lane_is_opened_for_who_waits_too_long_and_for_nobody_who_came_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[object] = []
    ends = [asyncio.Event() for _ in range(3)]

    async def run(_: str, arguments: Sequence[object]) -> list[bytes]:
        begun.append(arguments[0])
        await ends[len(begun) - 1].wait()
        return [b"answer"]

    impatient: list[Callable[[], None]] = []
    later = lambda _, hurry, *given: impatient.append(partial(hurry, *given))  # noqa: E731 - a stand-in
    monkeypatch.setattr(asyncio.get_running_loop(), "call_later", later)
    reads = Reads(run, 2)
    first, second, third = uuid7(), uuid7(), uuid7()
    asked = [reads.ask(TENANT, SQL, (first, None))]
    await _turns()
    asked.append(reads.ask(TENANT, SQL, (second, None)))
    ends[0].set()
    await _turns()
    asked.append(reads.ask(TENANT, SQL, (third, None)))
    of_second, of_third = impatient
    assert begun == [first, second]

    of_second()
    await _turns()
    assert begun == [first, second]
    of_third()
    await _turns()
    assert begun == [first, second, third]

    for end in ends:
        end.set()
    assert await asyncio.gather(*asked) == [b"answer"] * 3


async def _turns() -> None:
    """Let everything happen that can happen by itself."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_statement_goes_on_as_long_as_somebody_waits_for_one_of_its_answers(
    database: Database,
) -> None:
    reads = lanes(database, 1, [])
    slow = "SELECT CAST(concat($1::INTEGER, pg_sleep(60)) AS bpchar) AS answer"
    first, second = reads.ask(TENANT, slow, [1]), reads.ask(TENANT, slow, [2])
    await until(database, asleep=1)

    first.cancel()
    await asyncio.sleep(0.05)
    await until(database, asleep=1)

    second.cancel()
    await until(database, asleep=0)
    assert await reads.ask(TENANT, SQL, (uuid7(), "next"))


def test_arrays_and_unknown_types_do_not_leave_together() -> None:
    assert together("SELECT $1::UUID[]") is None
    assert together("SELECT $1::POINT") is None
    assert together("SELECT $1") is None
    assert together("SELECT 1") is None


async def test_many_requests_at_once_are_answered_as_one_by_one(
    ask: Answering, actor: Actor, database: Database
) -> None:
    create = "mutation($e: String!) { customerUpsert(input: {match: {email: $e}}) { customer { id } } }"
    addresses = [f"{number}@x.org" for number in range(40)]
    for address in addresses:
        await ask(create, e=address)
    page = (
        "query($e: String!) { customer(ref: {email: $e}) { email } customers(first: 2) { nodes { email } } }"
    )
    together_ = await asyncio.gather(*(ask(page, e=address) for address in addresses))
    assert together_ == [await ask(page, e=address) for address in addresses]
    assert [answer["customer"]["email"] for answer in together_] == addresses
