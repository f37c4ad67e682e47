"""What happens on `python -m tests.bench`? A database is filled, servers start, all are measured in turn."""

import asyncio
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import ExitStack
from types import FrameType
from typing import NoReturn

import asyncpg
import orjson

from tests.bench import database, limit, machine, peers, report
from tests.bench.cores import apart
from tests.bench.node import installed
from tests.bench.operations import OPERATIONS, Operation
from tests.bench.processes import Server
from tests.bench.rounds import LIMIT, Plan, measure
from tests.bench.series import Population

CONNECTIONS = (1, 16, 64)
SAMPLE = 7
"""The number of the thing whose answers are compared before anything is measured."""


def main(words: Sequence[str] | None = None) -> int:
    """Measures, and returns the process's exit status."""
    arguments = _parser().parse_args(words)
    if arguments.peers and not installed():
        sys.stderr.write("The peers are not installed: `make bench-peers` does that.\n")
        return 2
    chosen = [operation for operation in OPERATIONS if operation.name in arguments.only]
    with apart() as cores, database.server() as server_url, ExitStack() as stack:
        population = Population(arguments.customers, arguments.seed)
        url, made = asyncio.run(database.prepare(server_url, population))
        sys.stderr.write(
            f"{'filled' if made else 'found'} a database for {arguments.customers:,} customers\n"
        )
        servers = [stack.enter_context(peers.service(url, cores))]
        if arguments.peers:
            servers.append(stack.enter_context(peers.postgraphile(url, cores)))
        rounds, seconds = (1, 1) if arguments.quick else (arguments.rounds, arguments.seconds)
        plan = Plan(population, url, rounds, seconds, tuple(arguments.connections))
        check(plan, chosen, servers)
        results = measure(plan, chosen, servers, lambda: asyncio.run(database.settle(url)))
        tables = report.rendered(
            report.medians(results),
            chosen,
            {server.name: server.peak_megabytes() for server in servers},
            machine.conditions(plan, pinned=bool(cores), with_peers=arguments.peers),
        )
    sys.stdout.write(tables + "\n")
    if arguments.write and not arguments.quick and len(chosen) == len(OPERATIONS):
        report.PAGE.write_text(report.written(report.PAGE.read_text(), tables))
    return 0


def check(plan: Plan, operations: Sequence[Operation], servers: Sequence[Server]) -> None:
    """Raises Different unless all contenders answer every operation alike."""
    for operation in operations:
        ours = peers.asked(servers[0], operation.ours, plan.population, SAMPLE)
        written = limit.statement(operation, plan.population)
        if written is not None:
            body = asyncio.run(_answer(plan.url, written.replace(":n", str(SAMPLE))))
            peers.check_equal(operation, ours, orjson.loads(body)["data"], LIMIT)
        for server in servers[1:]:
            if operation.peer is not None:
                theirs = peers.asked(server, operation.peer, plan.population, SAMPLE)
                peers.check_equal(operation, ours, theirs, server.name)


async def _answer(url: str, statement: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        body: str = await connection.fetchval(statement)
        return body
    finally:
        await connection.close()


def _parser() -> ArgumentParser:
    names = [operation.name for operation in OPERATIONS]
    parser = ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--peers", action="store_true", help="measure PostGraphile too")
    parser.add_argument("--customers", type=int, default=50_000, help="scales all tables (default: 50000)")
    parser.add_argument("--seed", type=int, default=7, help="draws the rows and the order of the requests")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured")
    parser.add_argument("--seconds", type=int, default=5, help="how long one measurement takes")
    parser.add_argument("--connections", type=int, nargs="+", default=CONNECTIONS, help="default: 1 16 64")
    parser.add_argument(
        "--only", nargs="+", choices=names, default=names, help="only these; leaves the page alone"
    )
    parser.add_argument("--quick", action="store_true", help="one second each: shows that it runs, no more")
    parser.add_argument(
        "--no-write", dest="write", action="store_false", help="leave docs/performance.md alone"
    )
    return parser


def _leave(number: int, _: FrameType | None) -> NoReturn:
    # Without this such a signal ends Python on the spot, and the servers stay.
    raise SystemExit(128 + number)


if __name__ == "__main__":
    for request in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(request, _leave)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
