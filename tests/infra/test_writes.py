"""Do writes that wait for each other leave together, each with its own answer and its own refusal?"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from infra.connections import Connection
from infra.database import Database
from infra.lending import Lending
from infra.writes import MOST_WRITTEN, Write, Writes
from service.customers.tables import Segment
from service.ground.actor import Actor
from service.ground.doors import OutcomeUnknown
from service.ground.keys import uuid7
from service.ground.statements import Part, Rows, Shown, Written, insertions
from tests.ground import Answering
from tests.statements import Heard, Sent

LOG = """mutation($subject: String!, $key: String) {
  interactionLog(input: {channel: CHAT, subject: $subject, source: "crm", key: $key}) {
    interaction { subject } userErrors { code } } }"""
COUNTED = "SELECT count(*) FROM interaction WHERE tenant_id = $1"
SHOWN = Shown(
    "SELECT key FROM unnest($1::uuid[]) WITH ORDINALITY AS sent (id, place)"
    " JOIN segment ON segment.id = sent.id WHERE key <> $2::text ORDER BY place",
    "segment",
    parameters=2,
    ids=0,
)
SEGMENT = Written((Part(Segment, ("id", "key", "name"), Rows.ONE),), shown=SHOWN)
KEYS = "SELECT key FROM segment WHERE tenant_id = $1 ORDER BY key"


def asked(writes: Writes, actor: Actor, key: str, but: str = "") -> "asyncio.Future[list[Any]]":
    """Begin to write a segment, which is shown unless it has a certain key."""
    id_ = uuid7()
    write = Write(SEGMENT, ([id_], but, actor.tenant_id, id_, key, key), 1)
    return writes.ask(actor.tenant_id, insertions(SEGMENT), write)


async def together(writes: Writes, actor: Actor, keys: Sequence[str]) -> list[Any]:
    """Return what each of some writes got, that came at the same time."""
    answers: list[Any] = await asyncio.gather(
        *(asked(writes, actor, key) for key in keys), return_exceptions=True
    )
    return answers


def ids_in(sent: Sent) -> list[UUID]:
    """Return the ids of what a statement shows: its first array."""
    return next(value for value in sent.arguments if isinstance(value, list))


@pytest.fixture
def writes(database: Database) -> Writes:
    """Lanes of our own, to the service's connections."""
    return Writes(Lending(database.connections), 3)


async def test_writes_that_wait_leave_together_and_get_their_own_answers(
    ask: Answering, actor: Actor, database: Database, heard: Heard
) -> None:
    await ask(LOG, subject="before", key="before")  # what holds for every write is known from now on
    await heard.told()
    subjects = [str(number) for number in range(2 * MOST_WRITTEN + 4)]
    answers = await asyncio.gather(*(ask(LOG, subject=subject, key=subject) for subject in subjects))
    sent = await heard.told()

    assert [answer["interactionLog"]["interaction"]["subject"] for answer in answers] == subjects
    assert sorted(len(ids_in(one)) for one in sent) == [4, MOST_WRITTEN, MOST_WRITTEN]
    assert await database.pool.fetchval(COUNTED, actor.tenant_id) == 1 + len(subjects)


async def test_a_write_that_is_refused_is_refused_alone(
    ask: Answering, actor: Actor, database: Database
) -> None:
    await ask(LOG, subject="first", key="taken")
    keys = ["x", "y", "z", "a", "taken", "b", "a"]
    answers = await asyncio.gather(*(ask(LOG, subject="next", key=key) for key in keys))
    codes = [[error["code"] for error in answer["interactionLog"]["userErrors"]] for answer in answers]

    assert codes == [[], [], [], [], ["TAKEN"], [], ["TAKEN"]]
    assert await database.pool.fetchval(COUNTED, actor.tenant_id) == 1 + codes.count([])


async def test_what_shares_a_transaction_with_what_fails_is_kept_once(
    writes: Writes, actor: Actor, database: Database
) -> None:
    *kept, refused, last = await together(writes, actor, ["a", "b", "c", "d", "e", "d", "f"])

    assert [[row["key"] for row in rows] for rows in [*kept, last]] == [[key] for key in "abcdef"]
    assert isinstance(refused, asyncpg.UniqueViolationError)
    assert [row["key"] for row in await database.pool.fetch(KEYS, actor.tenant_id)] == list("abcdef")


async def test_what_one_statement_cannot_say_is_written_by_one_each(
    writes: Writes, actor: Actor, database: Database, heard: Heard
) -> None:
    await heard.told()
    each = [asked(writes, actor, key, but) for key, but in zip("abcdef", "xyxyxb", strict=True)]
    answers = await asyncio.gather(*each)

    assert [[row["key"] for row in rows] for rows in answers] == [[key] for key in "abcdef"]
    assert len(await heard.told()) == len(each)
    assert [row["key"] for row in await database.pool.fetch(KEYS, actor.tenant_id)] == list("abcdef")


async def test_of_a_lost_connection_all_that_used_it_know_nothing(
    writes: Writes, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(connection: Connection, *_: object) -> None:
        connection.terminate()
        raise asyncpg.ConnectionDoesNotExistError

    monkeypatch.setattr(asyncpg.pool.PoolConnectionProxy, "fetch", cut)
    answers = await together(writes, actor, [str(uuid7()) for _ in range(6)])

    assert [isinstance(one, OutcomeUnknown) for one in answers] == [True] * 6


async def test_who_stops_waiting_has_written_nothing(
    writes: Writes, actor: Actor, database: Database
) -> None:
    each = [asked(writes, actor, key) for key in "abcdef"]
    each[4].cancel()
    await asyncio.gather(*each, return_exceptions=True)

    assert [row["key"] for row in await database.pool.fetch(KEYS, actor.tenant_id)] == list("abcdf")
