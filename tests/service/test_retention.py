"""How long does the database tell what somebody said? As long as the tenant says, and then it only counts."""

import pytest

from infra import tidying
from infra.database import Database
from service.ground import retention
from service.ground.actor import Actor
from service.ground.retention import RetentionKind
from tests.ground import Answering

LOG = """mutation Log($i: InteractionLogInput!) { interactionLog(input: $i) {
  interaction { id subject status events { nodes { body } } } userErrors { message } } }"""
READ = """query Read($id: ID!) {
  node(id: $id) { ... on Interaction { subject status events { nodes { body } } } } }"""


async def logged(ask: Answering, **matter: object) -> str:
    """Log a matter with words in it and return its id."""
    sent = {"channel": "EMAIL", "subject": "My bag", "message": "It is blue.", **matter}
    found: str = (await ask(LOG, i=sent))["interactionLog"]["interaction"]["id"]
    return found


async def test_words_older_than_the_rule_are_emptied_and_the_matter_still_counts(
    ask: Answering, database: Database, actor: Actor
) -> None:
    old = await logged(ask, openedAt="2024-01-01T00:00:00Z")
    new = await logged(ask)
    async with database.work(actor) as session:
        await retention.keep_for(session, RetentionKind.INTERACTIONS, 30)
    done = await tidying.work(database, actor.as_system())

    assert done["emptied"] >= 2
    emptied = (await ask(READ, id=old))["node"]
    assert emptied["subject"] == "[erased]"
    assert [entry["body"] for entry in emptied["events"]["nodes"]] == [None, "[erased]"]
    assert (await ask(READ, id=new))["node"]["subject"] == "My bag"
    assert (await ask("{ interactions { totalCount } }"))["interactions"]["totalCount"] == 2


async def test_what_was_emptied_is_not_touched_again(
    ask: Answering, database: Database, actor: Actor
) -> None:
    await logged(ask, openedAt="2024-01-01T00:00:00Z")
    async with database.work(actor) as session:
        await retention.keep_for(session, RetentionKind.INTERACTIONS, 30)
        assert await retention.apply(session) == 2  # the matter, and the one entry that has words
        assert await retention.apply(session) == 0


async def test_without_a_rule_words_stay(ask: Answering, database: Database, actor: Actor) -> None:
    old = await logged(ask, openedAt="2024-01-01T00:00:00Z")
    async with database.work(actor) as session:
        await retention.keep_for(session, RetentionKind.INTERACTIONS, 30)
        await retention.keep_for(session, RetentionKind.INTERACTIONS, None)
        assert await retention.apply(session) == 0

    assert (await ask(READ, id=old))["node"]["subject"] == "My bag"


@pytest.mark.parametrize("days", [0, 36501])
async def test_a_rule_has_a_day_to_a_century(ask: Answering, days: int) -> None:
    source = """mutation Set($i: RetentionSetInput!) {
      retentionSet(input: $i) { userErrors { code } } }"""
    told = await ask(source, i={"kind": "FEEDBACK", "days": days})

    assert [error["code"] for error in told["retentionSet"]["userErrors"]] == ["INVALID"]
