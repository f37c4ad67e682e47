"""What does telemetry cost? The point read of one service that is followed, beside one that is not.

`python -m tests.bench.followed` measures both in short turns, because between long ones the machine changes
more than they differ. It fails where the followed one, which keeps a tenth of its traces and sends them to a
receiver, answers less than 95 % of what the other does.
"""

import asyncio
import math
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from tests.bench import database
from tests.bench.cores import apart
from tests.bench.load import Measured, bodies_file, drive
from tests.bench.operations import OPERATIONS
from tests.bench.peers import service
from tests.bench.processes import Server, free_port
from tests.bench.series import Population

SHARE = 0.1
LEAST = 0.95
"""What the followed service answers at least, of what the other does."""
CONNECTIONS = 16
NORMAL_95 = 1.96


@contextmanager
def receiver() -> Iterator[str]:
    """Run who takes what is told and forgets it, in a process of its own."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-m", "tests.bench.forgetful", str(port)]) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def measured(servers: list[Server], path: Path, rounds: int, seconds: int) -> dict[str, list[Measured]]:
    """Return what each server did, all in turn."""
    found: dict[str, list[Measured]] = {server.name: [] for server in servers}
    for server in servers:
        drive(server, path, connections=CONNECTIONS, seconds=1)
    for number in range(rounds):
        # Who comes first changes, so that nobody always has the warm or the quiet half.
        for server in servers if number % 2 else reversed(servers):
            found[server.name].append(drive(server, path, connections=CONNECTIONS, seconds=seconds))
    return found


def told(found: dict[str, list[Measured]]) -> tuple[str, float]:
    """Return a table, and the share of the throughput that is left when followed: the middle of all pairs."""
    if any(one.failed for all_ in found.values() for one in all_):
        sys.exit("some requests were refused: what was measured is not the point read")
    rates = {name: [one.requests_per_second for one in all_] for name, all_ in found.items()}
    shares = sorted(ours / theirs for ours, theirs in zip(rates["followed"], rates["plain"], strict=True))
    # The true middle lies between these two with 95 %, by the normal approximation of the sign test.
    far = NORMAL_95 * math.sqrt(len(shares)) / 2
    low, high = math.floor(len(shares) / 2 - far), math.ceil(len(shares) / 2 + far)
    share, low_share, high_share = median(shares), shares[max(low, 0)], shares[min(high, len(shares)) - 1]
    table = [
        f"point read, {CONNECTIONS} connections, {SHARE:.0%} of the traces kept, {len(shares)} pairs",
        "",
        "| service | requests a second |",
        "|---|--:|",
        *(f"| {name} | {median(all_):,.0f} |" for name, all_ in rates.items()),
        "",
        f"{share:.1%} is left when followed (95 %: {low_share:.1%} to {high_share:.1%})",
    ]
    return "\n".join(table), share


def main() -> int:
    """Measure, and return the process's exit status."""
    parser = ArgumentParser(prog="python -m tests.bench.followed", description=__doc__)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="one second each: shows that it runs, no more")
    arguments, _ = parser.parse_known_args()
    rounds, seconds = (1, 1) if arguments.quick else (arguments.rounds, arguments.seconds)
    population = Population(arguments.customers, 7)
    with apart() as cores, database.server() as server_url, ExitStack() as stack:
        url, _made = asyncio.run(database.prepare(server_url, population))
        endpoint = stack.enter_context(receiver())
        followed = {"CXGRAPH_TELEMETRY_ENDPOINT": endpoint, "CXGRAPH_TRACE_SHARE": str(SHARE)}
        servers = [
            stack.enter_context(service(url, cores, "plain")),
            stack.enter_context(service(url, cores, "followed", **followed)),
        ]
        point = OPERATIONS[0]
        path = stack.enter_context(bodies_file(point.bodies(point.ours, population)))
        table, share = told(measured(servers, path, rounds, seconds))
    sys.stdout.write(table + "\n")
    return 0 if share >= LEAST or arguments.quick else 1


if __name__ == "__main__":
    sys.exit(main())
