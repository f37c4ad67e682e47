"""Who is let in, who waits, who is sent away, and what is called off?"""

import asyncio

import pytest

from infra.admission import Gate, Overloaded, Priority, Ticket

LONG = 60.0


def gate(places: int = 8, waiting: int = 4, patience_seconds: float = LONG) -> Gate:
    return Gate(places, waiting, patience_seconds)


async def full(a_gate: Gate) -> list[Ticket]:
    """Takes every place that a gate has."""
    return [await a_gate.enter(Priority.MUTATION, LONG) for _ in range(a_gate.places)]


async def waiting(a_gate: Gate, *priorities: Priority) -> "list[asyncio.Task[Ticket]]":
    """Lets requests wait, in this order."""
    tasks = [asyncio.create_task(a_gate.enter(priority, LONG)) for priority in priorities]
    await asyncio.sleep(0)
    return tasks


async def test_requests_enter_at_once_as_long_as_there_are_places() -> None:
    tickets = await full(gate())

    assert len(tickets) == 8


async def test_those_are_counted_that_entered_without_a_task() -> None:
    a_gate = gate()
    await a_gate.enter(Priority.QUERY, LONG)
    first, _ = (a_gate.enter_at_once(str, Priority.QUERY, LONG) for _ in range(2))
    assert a_gate.served_at_once() == 2

    a_gate.leave(first)
    assert a_gate.served_at_once() == 1


async def test_a_place_goes_to_a_mutation_before_a_query_and_to_bulk_last() -> None:
    a_gate = gate()
    inside = await full(a_gate)
    bulk, query, mutation = await waiting(a_gate, Priority.BULK, Priority.QUERY, Priority.MUTATION)

    a_gate.leave(inside.pop())
    await asyncio.sleep(0)
    assert (mutation.done(), query.done(), bulk.done()) == (True, False, False)

    for _ in range(2):
        a_gate.leave(inside.pop())
    await asyncio.sleep(0)
    assert (query.done(), bulk.done()) == (True, False)

    for _ in range(4):
        a_gate.leave(inside.pop())
    await asyncio.sleep(0)
    assert bulk.done()


async def test_some_places_are_never_taken_by_queries_nor_half_by_bulk() -> None:
    a_gate = gate()
    for _ in range(4):
        await a_gate.enter(Priority.BULK, LONG)
    (bulk,) = await waiting(a_gate, Priority.BULK)
    for _ in range(3):
        await a_gate.enter(Priority.QUERY, LONG)
    (query,) = await waiting(a_gate, Priority.QUERY)

    await a_gate.enter(Priority.MUTATION, LONG)

    assert not bulk.done()
    assert not query.done()
    bulk.cancel()
    query.cancel()


async def test_who_would_wait_behind_too_many_is_sent_away_at_once() -> None:
    a_gate = gate(waiting=2)
    await full(a_gate)
    tasks = await waiting(a_gate, Priority.QUERY, Priority.QUERY)

    with pytest.raises(Overloaded):
        await a_gate.enter(Priority.QUERY, LONG)

    for task in tasks:
        task.cancel()


async def test_who_waited_long_enough_is_sent_away_and_takes_no_place() -> None:
    a_gate = gate(patience_seconds=0.01)
    inside = await full(a_gate)

    with pytest.raises(Overloaded):
        await a_gate.enter(Priority.QUERY, LONG)

    for ticket in inside:
        a_gate.leave(ticket)
    assert len(await full(a_gate)) == 8


async def test_who_goes_away_while_waiting_leaves_the_place_to_the_next() -> None:
    a_gate = gate()
    inside = await full(a_gate)
    first, second = await waiting(a_gate, Priority.MUTATION, Priority.MUTATION)

    a_gate.leave(inside.pop())
    first.cancel()
    await asyncio.sleep(0.01)

    assert second.done()
    assert not second.cancelled()


async def reading(a_gate: Gate, priority: Priority, seconds: float, seen: list[Ticket]) -> str:
    """Serves a request that takes for ever, unless it is called off."""
    ticket = await a_gate.enter(priority, seconds)
    seen.append(ticket)
    try:
        await asyncio.sleep(0.3 if priority is Priority.MUTATION else LONG)
    except asyncio.CancelledError:
        if not ticket.called_off():
            raise
        return "late" if ticket.late else "gone"
    finally:
        a_gate.leave(ticket)
    return "done"


async def test_a_read_is_called_off_when_its_time_is_over() -> None:
    assert await asyncio.create_task(reading(gate(), Priority.QUERY, 0.01, [])) == "late"


async def test_a_write_is_not_called_off_however_long_it_takes() -> None:
    assert await asyncio.create_task(reading(gate(), Priority.MUTATION, 0.01, [])) == "done"


@pytest.mark.parametrize(("priority", "outcome"), [(Priority.QUERY, "gone"), (Priority.MUTATION, "done")])
async def test_only_a_read_is_called_off_when_its_client_goes(priority: Priority, outcome: str) -> None:
    seen: list[Ticket] = []
    task = asyncio.create_task(reading(gate(), priority, LONG, seen))
    await asyncio.sleep(0)

    seen[0].client_gone()

    assert await task == outcome


async def test_a_request_that_is_done_can_no_longer_be_called_off() -> None:
    a_gate = gate()
    ticket = await a_gate.enter(Priority.QUERY, LONG)
    a_gate.leave(ticket)

    ticket.client_gone()

    assert not ticket.gone
