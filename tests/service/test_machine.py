"""Does a machine take the steps it declares, refuse the others with reasons, and remember?"""

from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest

from infra.database import Database
from service import interactions
from service.ground.actor import Actor
from service.ground.events import OutboxEvent
from service.ground.machine import Machine, Requirement, StateChange, Step, event_name
from service.ground.problems import Blocked, InvalidTransition, StaleVersion
from service.ground.session import Session
from service.interactions.tables import Interaction, InteractionStatus
from service.touchpoints.tables import Channel

NEW, OPEN, WAITING, ON_HOLD, RESOLVED, CLOSED = InteractionStatus

SUBJECT = Requirement("SUBJECT", "It isn't without a subject.", lambda row: row.c.subject != "")
ASSIGNEE = Requirement("ASSIGNEE", "Somebody has it.", lambda row: row.c.assignee.is_not(None))
MACHINE = Machine(
    Interaction,
    (
        Step(NEW, OPEN),
        Step(OPEN, RESOLVED, (SUBJECT, ASSIGNEE)),
        Step(OPEN, ON_HOLD, by_system=True),
        Step(RESOLVED, OPEN),
    ),
)


@pytest.fixture
async def matter(database: Database, actor: Actor) -> UUID:
    """A new matter without a subject and without an agent."""
    async with database.work(actor) as session:
        return await interactions.log(session, interactions.Matter(Channel.CHAT))


async def move(session: Session, id_: UUID, target: StrEnum, **options: Any) -> Interaction:  # noqa: ANN401 - as `move` takes them
    """Take one step with the matter."""
    row = await session.get(Interaction, id_, locked=True)
    return await MACHINE.move(session, row, target, **options)


async def stored(database: Database, actor: Actor, id_: UUID) -> tuple[str, int, list[StateChange]]:
    """Return the state, the version and the steps of the matter."""
    async with database.work(actor) as session:
        row = await session.get(Interaction, id_)
        return row.status, row.version, await session.find(StateChange, subject_id=id_)


async def test_a_step_changes_the_state_and_is_remembered(
    database: Database, actor: Actor, matter: UUID
) -> None:
    async with database.work(actor) as session:
        row = await move(session, matter, OPEN, subject="Invoice", reason="Taken up.")
        assert (row.status, row.version, row.subject) == (OPEN, 2, "Invoice")
    status, version, (change,) = await stored(database, actor, matter)
    assert (status, version) == ("OPEN", 2)
    assert (change.source, change.target, change.actor, change.reason) == (
        "NEW",
        "OPEN",
        "someone",
        "Taken up.",
    )
    async with database.work(actor) as session:
        events = await session.find(OutboxEvent, subject_id=matter)
    assert [(event.type, event.payload) for event in events if event.type == "interaction.open"] == [
        ("interaction.open", {"source": "NEW", "reason": "Taken up."})
    ]


async def test_a_step_that_is_not_declared_names_those_that_are(
    database: Database, actor: Actor, matter: UUID
) -> None:
    with pytest.raises(InvalidTransition) as refused:
        async with database.work(actor) as session:
            await move(session, matter, CLOSED)
    assert refused.value.field == ("to",)
    assert refused.value.details == {
        "thing": "Interaction",
        "source": "NEW",
        "target": CLOSED,
        "allowed": "OPEN",
    }
    assert await stored(database, actor, matter) == ("NEW", 1, [])


async def test_a_blocked_step_names_each_condition_that_is_missing(
    database: Database, actor: Actor, matter: UUID
) -> None:
    async with database.work(actor) as session:
        await move(session, matter, OPEN)
    with pytest.raises(Blocked) as refused:
        async with database.work(actor) as session:
            await move(session, matter, RESOLVED)
    assert refused.value.reasons == ("It isn't without a subject.", "Somebody has it.")
    status, version, _ = await stored(database, actor, matter)
    assert (status, version) == ("OPEN", 2)


async def test_a_condition_that_cannot_be_told_is_missing_and_one_that_holds_is_not(
    database: Database, actor: Actor, matter: UUID
) -> None:
    async with database.work(actor) as session:
        await move(session, matter, OPEN, subject="Invoice")
        assert await MACHINE.missing(session, matter, [SUBJECT, ASSIGNEE]) == ["Somebody has it."]
        assert await MACHINE.missing(session, matter, [SUBJECT]) == []


async def test_a_step_on_an_old_version_is_refused(database: Database, actor: Actor, matter: UUID) -> None:
    with pytest.raises(StaleVersion):
        async with database.work(actor) as session:
            await move(session, matter, OPEN, expected_version=7)
    assert await stored(database, actor, matter) == ("NEW", 1, [])


async def test_a_thing_that_begins_has_no_source(database: Database, actor: Actor, matter: UUID) -> None:
    async with database.work(actor) as session:
        MACHINE.remember(session, matter, None, NEW)
    _, _, (change,) = await stored(database, actor, matter)
    assert (change.source, change.target) == (None, "NEW")


def test_a_type_is_written_in_events_word_by_word() -> None:
    assert event_name("FollowUp") == "follow_up"


def test_steps_leave_a_state_in_their_declared_order() -> None:
    assert [step.target for step in MACHINE.from_state(OPEN)] == [RESOLVED, ON_HOLD]
    assert MACHINE.from_state(CLOSED) == []


def test_a_step_that_only_rules_take_is_refused_to_a_request() -> None:
    MACHINE.check_request(OPEN, RESOLVED)
    with pytest.raises(InvalidTransition):
        MACHINE.check_request(OPEN, ON_HOLD)
