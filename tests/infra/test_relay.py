"""Does every event leave the outbox, in order, whatever happens to who carries it?"""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from infra.bus import BusUnreachable
from infra.database import Database
from infra.outbox import CLAIM, Outbox, after
from infra.relay import MOST_ATTEMPTS, Relay
from service.customers.tables import Customer
from service.ground.actor import Actor, ActorKind
from service.ground.keys import uuid7
from service.ground.scopes import EVERY
from tests.conftest import _drop
from tests.databases import execute, sibling
from tests.ground import add_tenant, watched
from tests.infra.relaying import Forgetful, carry_all, outboxes, silent, tell

GATE = 18
LATE_CLAIM = CLAIM.replace("WHERE", f"WHERE pg_advisory_xact_lock({GATE}) IS NOT NULL AND", 1)
"""A claim that has looked at everything, and only takes hold once the gate opens."""
IS_WAITED_FOR = (
    f"SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = {GATE} AND NOT granted)"  # noqa: S608
)


@pytest.fixture(scope="module")
async def own_url(server_url: str, database_url: str) -> AsyncIterator[str]:
    """A database where nobody else lets anything happen."""
    template = database_url.rpartition("/")[2].partition("?")[0].rpartition("_")[0]
    name = f"{template}_relay_{secrets.token_hex(4)}"
    await execute(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield sibling(server_url, name)
    await _drop(server_url, name)


@pytest.fixture(scope="module")
async def own(own_url: str) -> AsyncIterator[Database]:
    async with watched(own_url) as database:
        yield database


@pytest.fixture
async def outbox(own_url: str) -> AsyncIterator[Outbox]:
    async with outboxes(own_url) as found:
        yield found


@pytest.fixture
async def here(own: Database) -> Actor:
    key = f"tenant-{secrets.token_hex(8)}"
    return Actor(await add_tenant(own, key), key, "someone", ActorKind.HUMAN, EVERY)


async def test_events_leave_in_the_order_in_which_they_happened(
    own: Database, outbox: Outbox, here: Actor
) -> None:
    bus = Forgetful()
    for n in range(7):
        await tell(own, here, f"team.{n}", f"team.{n}b")

    carried = await carry_all(Relay(outbox, bus, silent, batch=3))

    assert carried == 14
    assert [event.type for event in bus.published] == [f"team.{n}{x}" for n in range(7) for x in ("", "b")]
    assert [event.position for event in bus.published] == list(range(1, 15))


async def test_an_event_with_a_smaller_id_that_commits_later_is_not_missed(
    own: Database, outbox: Outbox, here: Actor
) -> None:
    bus = Forgetful()
    relay = Relay(outbox, bus, silent)
    async with own.work(here) as early:
        early.emit("team.created", uuid7())
        await early.flush()
        late = await tell(own, here, "team.updated")
        await carry_all(relay)
        seen = [event.type for event in bus.published]
    await carry_all(relay)

    assert seen == ["team.updated"]
    first, second = bus.published
    assert (first.subject_id, second.type) == (late, "team.created")
    assert second.id < first.id
    assert first.position < second.position
    read = await after(own, here.tenant_id, first.position)
    assert read == [second]


async def test_two_relays_share_the_work_and_send_nothing_twice(
    own: Database, outbox: Outbox, here: Actor
) -> None:
    bus = Forgetful()
    relays = [Relay(outbox, bus, silent, batch=5) for _ in range(3)]
    happened = [await tell(own, here, "team.updated") for _ in range(40)]

    await asyncio.gather(*(carry_all(relay) for relay in relays))
    await carry_all(relays[0])

    positions = [event.position for event in bus.published]
    assert [event.subject_id for event in bus.published] == happened
    assert positions == sorted(set(positions))


async def test_a_relay_that_looked_before_another_had_counted_leaves_positions_unused_and_keeps_the_order(
    own: Database, outbox: Outbox, here: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = Forgetful()
    early, late = (Relay(outbox, bus, silent, batch=5) for _ in range(2))
    happened = [await tell(own, here, "team.created")]
    await carry_all(early)
    happened += [await tell(own, here, "team.updated") for _ in range(7)]
    async with own.pool.acquire() as gate:
        await gate.execute(f"SELECT pg_advisory_lock({GATE})")
        with monkeypatch.context() as claiming:
            claiming.setattr("infra.outbox.CLAIM", LATE_CLAIM)
            looking = asyncio.create_task(late.once())
            while not await gate.fetchval(IS_WAITED_FOR):
                assert not looking.done(), "the claim did not stop at the gate"
                await asyncio.sleep(0.01)
        await early.once()
        await gate.execute(f"SELECT pg_advisory_unlock({GATE})")

    carried_late = await looking
    await carry_all(early)

    assert carried_late == 0
    assert [event.subject_id for event in bus.published] == happened
    assert [event.position for event in bus.published] == [1, *range(2, 7), 12, 13]


async def test_what_a_relay_left_when_it_died_is_sent_again_by_another_after_the_lease(
    own: Database, outbox: Outbox, here: Actor
) -> None:
    bus = Forgetful()
    await tell(own, here, "team.created")
    assert await outbox.claim(here.tenant_id, "who died") is not None
    relay = Relay(outbox, bus, silent)
    meanwhile = await carry_all(relay)
    await own.pool.execute(
        "UPDATE outbox_relay SET claimed_until = now() - interval '1 s' WHERE tenant_id = $1", here.tenant_id
    )

    carried = await carry_all(relay)

    assert (meanwhile, carried) == (0, 1)
    assert [event.type for event in bus.published] == ["team.created"]
    assert await outbox.sent(here.tenant_id, "who died", 99) is False


async def test_a_bus_that_is_away_loses_nothing(own: Database, outbox: Outbox, here: Actor) -> None:
    bus = Forgetful()
    bus.problem = BusUnreachable("away")
    await tell(own, here, "team.created")
    relay = Relay(outbox, bus, silent)
    with pytest.raises(BusUnreachable):
        await relay.once()
    waiting = await outbox.lag()
    bus.problem = None

    carried = await carry_all(relay)

    assert (waiting.events, carried) == (1, 1)
    assert (await outbox.lag()).events == 0


async def test_an_event_that_is_refused_again_and_again_is_put_aside_and_can_be_replayed(
    own: Database, outbox: Outbox, here: Actor
) -> None:
    bus = Forgetful()
    bus.refuses = "team.updated"
    await tell(own, here, "team.created", "team.updated", "survey.created")
    relay = Relay(outbox, bus, silent)
    for _ in range(MOST_ATTEMPTS):
        await relay.once()
    await carry_all(relay)
    passed = [event.type for event in bus.published]
    dead = (await outbox.lag()).dead
    bus.refuses = None

    replayed = await relay.replay(here.tenant_id)

    assert (passed, dead) == (["team.created", "survey.created"], 1)
    assert replayed == 1
    assert [event.type for event in bus.published] == ["team.created", "survey.created", "team.updated"]
    assert (await outbox.lag()).dead == 0


async def test_events_can_be_sent_again_from_where_one_says(
    own: Database, outbox: Outbox, here: Actor
) -> None:
    bus = Forgetful()
    relay = Relay(outbox, bus, silent)
    await tell(own, here, "team.created", "team.updated", "survey.created")
    await carry_all(relay)

    again = await outbox.rewind(here.tenant_id, bus.published[0].id)
    await carry_all(relay)

    assert again == 2
    types = ["team.created", "team.updated", "survey.created"]
    assert [event.type for event in bus.published] == [*types, *types[1:]]
    assert await outbox.rewind(here.tenant_id, uuid7()) is None


async def test_an_event_tells_whom_it_concerns(own: Database, outbox: Outbox, here: Actor) -> None:
    bus = Forgetful()
    async with own.work(here) as session:
        ada = session.add(Customer(display_name="Ada"))
        session.emit("customer.created", ada.id)
        session.emit("evidence.linked", uuid7(), customer=str(ada.id))
        session.emit("team.created", uuid7())

    await carry_all(Relay(outbox, bus, silent))

    assert [event.customer_id for event in bus.published] == [ada.id, ada.id, None]


async def test_a_commit_wakes_once_for_all_of_its_events_and_a_failure_never(
    own: Database, here: Actor
) -> None:
    woken: list[object] = []
    own.written.append(woken.append)
    await tell(own, here, "team.created", "team.updated")

    async def fail() -> None:
        async with own.work(here) as session:
            session.emit("team.created", uuid7())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with own.work(here) as session:
        session.emit("team.created", uuid7())
        session.discard()
    own.written.remove(woken.append)

    assert woken == [here.tenant_id]
