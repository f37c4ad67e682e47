"""The verb `relay`: carry events out of the outbox in a process of its own, or send some of them again."""

import asyncio
from argparse import ArgumentParser, Namespace
from contextlib import AsyncExitStack

from infra.database import opened
from infra.delivery import bus_of, relaying
from infra.draining import told_to_end
from infra.embedded import running
from infra.outbox import Outbox
from infra.relay import Relay
from infra.roles import RELAY as ROLE
from infra.settings import Settings
from infra.telemetry.following import following
from infra.verbs.verb import Verb
from infra.wakes import WRITTEN, Wakes
from schema.events.types import EVENT
from schema.ground import ids


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="carry what is there now, say how much, and end")
    parser.add_argument("--lag", action="store_true", help="say how much waits, and for how long, and end")
    parser.add_argument("--replay", metavar="TENANT", help="send again what was put aside, and end")
    parser.add_argument("--after", metavar="EVENT", help="with --replay: everything after this event instead")


def _run(settings: Settings, arguments: Namespace) -> int:
    with running(settings.state_dir, given_url=settings.database_url) as url:
        return asyncio.run(_work(settings, url, arguments))


async def _work(settings: Settings, url: str, arguments: Namespace) -> int:
    if arguments.lag:
        return await _show_lag(url)
    wakes = Wakes(settings.listen_database_url or url)
    async with AsyncExitStack() as stack:
        followed = stack.enter_context(following(settings))
        await stack.enter_async_context(wakes.open())
        bus = await stack.enter_async_context(bus_of(settings, wakes))
        relay = await stack.enter_async_context(relaying(url, bus, followed))
        wakes.on(WRITTEN, relay.wake)
        if arguments.replay:
            return await _replay(url, relay, arguments)
        if not arguments.once:
            with told_to_end(relay.end):
                await relay.run()
            return 0
        carried = 0
        while found := await relay.once():
            carried += found
        print(f"{carried} events carried")
        return 0


async def _show_lag(url: str) -> int:
    async with opened(url, role=ROLE, largest=1) as database:
        lag = await Outbox(database).lag()
    print(f"{lag.events} events wait, the oldest for {lag.oldest_seconds:.1f} s; {lag.dead} were put aside")
    return 0


async def _replay(url: str, relay: Relay, arguments: Namespace) -> int:
    async with opened(url, role=ROLE, largest=1) as database:
        tenant_id = (await database.tenants()).get(arguments.replay)
        if tenant_id is None:
            print(f"There is no tenant {arguments.replay}.")
            return 2
        if arguments.after is None:
            print(f"{await relay.replay(tenant_id)} events sent again")
            return 0
        event_id = ids.decode(arguments.after, EVENT)
        again = await Outbox(database).rewind(tenant_id, event_id)
    if again is None:
        print("There is no such event, or a relay is at work: try again.")
        return 2
    while await relay.once():
        continue
    print(f"{again} events sent again")
    return 0


RELAY = Verb("relay", "carry events from the outbox to the bus without serving", _run, _options)
