"""What do roll-ups cost and save? `python -m tests.bench.rollups` fills two tenants and measures.

Reading: a year of CSAT with a break-down by touchpoint, at two volumes in turn; the larger may take 1.2 times
as long.
Writing: batches of 1,000 interactions with five ledger entries each, all opened within an hour or scattered
over sixty days, with roll-ups and without; at least 60 % of the rate must remain.
"""

import asyncio
import random
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from unittest.mock import patch
from uuid import UUID

import asyncpg
from sqlalchemy import make_url

from infra.database import Database, opened
from infra.migrations import steps
from infra.roll_ups import fold, recount
from schema import graph as chapters
from schema.execution import Graph, Request
from service.customers import CustomerRef
from service.customers.tables import Customer
from service.ground.actor import Actor, ActorKind
from service.ground.batches import ErrorPolicy
from service.ground.counting import COUNTED
from service.ground.scopes import EVERY
from service.ground.session import Session
from service.interactions import PastEntry, PastMatter, import_all
from service.interactions.tables import ContactReason, LedgerType, Party, ReasonKind, Team
from service.touchpoints.tables import Channel, Medium, Touchpoint
from tests.bench import database as bench_database

DATABASE = "bench_rollups"
VOLUMES = (1_000_000, 10_000_000)
NODES = 10
BATCHES = 12
ROUNDS = 15
SPREADS = (1 / 24, 60)
"""Over so many days the matters of a batch are opened."""
ALLOWED_RATIO, ALLOWED_RATE = 1.2, 0.6
YEAR = """{ metric(input: { metric: CSAT, from: "2025-01-01T00:00:00Z", to: "2026-01-01T00:00:00Z",
  breakdown: TOUCHPOINT }) { value sampleSize groups { key value sampleSize } } }"""
FILLING = """INSERT INTO feedback (tenant_id, id, source, key, source_kind, kind, touchpoint_id, score,
  scale_min, scale_max, direction, weight, submitted_at, recorded_at, recorded_by)
SELECT $1, uuidv7(), 'bench', n::text, 'SURVEY', 'CSAT', ($2::uuid[])[1 + n % cardinality($2::uuid[])],
  1 + (n * 7919) % 5, 1, 5, 'HIGHER_IS_BETTER', 1,
  timestamptz '2025-01-01Z' + (n * 31536000.0 / $3) * interval '1 second', now(), 'bench'
FROM generate_series($4::bigint, $5::bigint) AS n"""
STEP = 250_000


def main(words: Sequence[str] | None = None) -> int:
    """Measures, prints, and returns 1 where a promise is broken."""
    parser = ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a hundredth of the volume: shows that it runs")
    arguments = parser.parse_args(words)
    volumes = [volume // 100 if arguments.quick else volume for volume in VOLUMES]
    with bench_database.server() as url:
        return asyncio.run(_measure(url, volumes, judged=not arguments.quick))


async def _measure(url: str, volumes: Sequence[int], *, judged: bool) -> int:
    own = await _fresh(url)
    await steps.upgrade(own)
    async with opened(own, role=None, largest=2, statement_timeout_seconds=3600) as database:
        graph = Graph(chapters.build(), database, str)
        filled = [await _filled(database, volume) for volume in volumes]
        read = await _read(graph, filled)
        ratio = read[-1] / read[0]
        for volume, seconds in zip(volumes, read, strict=True):
            sys.stdout.write(f"a year of {volume:,} answers: {1000 * seconds:.1f} ms\n")
        rates = {days: await _rate_kept(database, days) for days in SPREADS}
        sys.stdout.write(f"ratio {ratio:.2f} (at most {ALLOWED_RATIO})\n")
        for days, rate in rates.items():
            sys.stdout.write(
                f"writing over {24 * days:.0f} hours keeps {100 * rate:.0f} % of its rate "
                f"(at least {100 * ALLOWED_RATE:.0f} %)\n"
            )
    return int(judged and (ratio > ALLOWED_RATIO or min(rates.values()) < ALLOWED_RATE))


async def _fresh(server_url: str) -> str:
    """Return the URL of an empty database."""
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0")
    finally:
        await connection.close()
    return make_url(server_url).set(database=DATABASE).render_as_string(hide_password=False)


async def _tenant(database: Database, key: str) -> Actor:
    id_: UUID = await database.add_tenant(key, key)
    return Actor(id_, key, "bench", ActorKind.INTEGRATION, EVERY)


async def _filled(database: Database, volume: int) -> Actor:
    """Fill a tenant with a year of answers, and return someone of it."""
    actor = await _tenant(database, f"rollups-{volume}")
    async with database.work(actor) as session:
        places = [
            session.add(Touchpoint(key=f"t{n}", name="T", channel=Channel.WEB, medium=Medium.DIGITAL)).id
            for n in range(NODES)
        ]
    for first in range(0, volume, STEP):
        last = min(first + STEP, volume) - 1
        await database.pool.execute(FILLING, actor.tenant_id, places, volume, first, last, timeout=3600)
    await database.pool.execute("ANALYZE", timeout=3600)
    await recount(database, actor)
    await database.pool.execute("ANALYZE", timeout=3600)
    await fold(database, actor)
    await database.pool.execute("VACUUM ANALYZE metric_tally", timeout=3600)
    return actor


async def _read(graph: Graph, actors: Sequence[Actor]) -> list[float]:
    """Return how long it takes to read the year of each; they take turns."""
    taken: list[list[float]] = [[] for _ in actors]
    for _ in range(ROUNDS):
        for actor, times in zip(actors, taken, strict=True):
            begun = time.perf_counter()
            await graph.answer(Request(YEAR), actor)
            times.append(time.perf_counter() - begun)
    return [median(times[2:]) for times in taken]


async def _rate_kept(database: Database, days: float) -> float:
    """Return which part of its rate writing keeps when roll-ups are written with it; both in turn."""
    actor = await _tenant(database, f"rollups-writing-{days:.2f}")
    async with database.work(actor) as session:
        _catalogue(session)
    kept, left_out = [], []
    for number in range(BATCHES):
        kept.append(await _batch(database, actor, f"kept-{number}", days))
        with patch.dict(COUNTED.owners, clear=True):  # whose rows are counted: nobody's
            left_out.append(await _batch(database, actor, f"left-out-{number}", days))
    return median(left_out) / median(kept)


def _catalogue(session: Session) -> None:
    for number in range(NODES):
        session.add(Customer(display_name="C", email=f"c{number}@example.org"))
        session.add(Team(key=f"t{number}", name="T"))
        reason = ContactReason(key=f"r{number}", name="R", kind=ReasonKind.QUESTION, valid_from=session.now)
        session.add(reason)


async def _batch(database: Database, actor: Actor, name: str, days: float) -> float:
    matters = [_matter(f"{name}-{number}", number % NODES, days) for number in range(1000)]
    begun = time.perf_counter()
    async with database.work(actor) as session:
        await import_all(session, matters, ErrorPolicy.REJECT_ALL)
    return time.perf_counter() - begun


def _matter(key: str, node: int, days: float) -> PastMatter:
    at = datetime.now(UTC) - timedelta(days=2 + random.uniform(0, days))  # noqa: S311 - no secret
    minutes = [at + timedelta(minutes=after) for after in (0, 5, 9, 200, 400)]
    told = (
        (LedgerType.OPENED, Party.CUSTOMER, None),
        (LedgerType.MESSAGE, Party.AGENT, None),
        (LedgerType.ASSIGNED, Party.SYSTEM, f"t{node}"),
        (LedgerType.RESOLVED, Party.AGENT, None),
        (LedgerType.CLOSED, Party.AGENT, None),
    )
    entries = [
        PastEntry(type_, moment, party=party, team_key=team)
        for (type_, party, team), moment in zip(told, minutes, strict=True)
    ]
    customer = CustomerRef(email=f"c{node}@example.org")
    return PastMatter("bench", key, customer, Channel.EMAIL, at, entries, reason_key=f"r{node}")


if __name__ == "__main__":
    sys.exit(main())
