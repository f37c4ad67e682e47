"""Does the feed of changes show everything that happened, once, in the order in which it was sent?"""

from collections.abc import AsyncIterator

import pytest

from infra.database import Database
from infra.outbox import Outbox
from infra.relay import Relay
from service import events
from service.ground.actor import Actor
from service.ground.keys import uuid7
from tests.ground import Answering
from tests.infra.relaying import Forgetful, carry_all, outboxes, silent, tell

PAGE = """query($after: String, $types: [String!]) { changes(first: 2, after: $after, types: $types) {
    nodes { type subject { __typename } } pageInfo { endCursor hasNextPage } } }"""


@pytest.fixture
async def relay(database_url: str) -> AsyncIterator[Relay]:
    async with outboxes(database_url) as outbox:
        yield Relay(Outbox(outbox._database), Forgetful(), silent)


async def test_the_feed_goes_on_from_where_one_was_and_misses_nothing(
    database: Database, actor: Actor, relay: Relay, ask: Answering
) -> None:
    async with database.work(actor) as slow:
        slow.emit("team.created", uuid7())
        await slow.flush()
        await tell(database, actor, "survey.created", "survey.updated", "team.updated")
        await carry_all(relay)
        first = (await ask(PAGE))["changes"]
    unseen = (await ask(PAGE, after=first["pageInfo"]["endCursor"]))["changes"]
    await carry_all(relay)
    second = (await ask(PAGE, after=first["pageInfo"]["endCursor"]))["changes"]

    assert [one["type"] for one in first["nodes"]] == ["survey.created", "survey.updated"]
    assert [one["type"] for one in unseen["nodes"]] == ["team.updated"]
    assert [one["type"] for one in second["nodes"]] == ["team.updated", "team.created"]
    assert [one["subject"] for one in second["nodes"]] == [None, None]


async def test_the_feed_can_be_narrowed_to_types(
    database: Database, actor: Actor, relay: Relay, ask: Answering
) -> None:
    await tell(database, actor, "survey.created", "team.updated", "survey.updated")
    await carry_all(relay)

    found = (await ask(PAGE, types=["survey.updated", "survey.created"]))["changes"]

    assert [one["type"] for one in found["nodes"]] == ["survey.created", "survey.updated"]


async def test_every_type_of_event_is_shown_with_the_scope_it_needs(ask: Answering) -> None:
    found = (await ask("{ eventTypes { type scope } }"))["eventTypes"]

    assert {one["type"] for one in found} == events.TYPES
    assert {"type": "feedback.submitted", "scope": "feedback:read"} in found
