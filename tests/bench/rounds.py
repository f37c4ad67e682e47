"""In which order is measured? Everyone in turn, round after round: nobody has the quiet minute alone."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.bench import limit
from tests.bench.load import Measured, bodies_file, drive
from tests.bench.operations import Document, Operation
from tests.bench.processes import Server
from tests.bench.series import Population

LIMIT = "limit"
OURS = "cxgraph"
PEER = "PostGraphile"


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often is measured, and with how many connections."""

    population: Population
    url: str
    rounds: int
    seconds: int
    connections: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """One measurement of one contender."""

    operation: str
    connections: int
    contender: str
    measured: Measured


@dataclass(frozen=True, slots=True)
class _Turn:
    """A contender's way to be measured in one operation."""

    contender: str
    run: Callable[[int, int], Measured]


def measure(
    plan: Plan, operations: Sequence[Operation], servers: Sequence[Server], settle: Callable[[], None]
) -> list[Result]:
    """Returns all measurements; reads come first, because writes change what is read."""
    found: list[Result] = []
    for writes in (False, True):
        chosen = [operation for operation in operations if operation.writes is writes]
        with ExitStack() as files:
            turns = {operation.name: list(_turns(plan, operation, servers, files)) for operation in chosen}
            for operation in chosen:
                _warm(turns[operation.name])
            for number in range(plan.rounds):
                for operation in chosen:
                    found += _round(plan, operation, turns[operation.name], settle)
                _say(
                    f"round {number + 1} of {plan.rounds} of the {'writes' if writes else 'reads'} is done\n"
                )
    return found


def _round(
    plan: Plan, operation: Operation, turns: Sequence[_Turn], settle: Callable[[], None]
) -> Iterator[Result]:
    for connections in plan.connections:
        for turn in turns:
            settle()
            measured = turn.run(connections, plan.seconds * operation.stretch)
            rate = f"{measured.requests_per_second:10.1f}/s"
            _say(f"{operation.name:12} {connections:3} {turn.contender:13} {rate}\n")
            yield Result(operation.name, connections, turn.contender, measured)


def _turns(plan: Plan, operation: Operation, servers: Sequence[Server], files: ExitStack) -> Iterator[_Turn]:
    def alone(connections: int, seconds: int) -> Measured:
        rate = limit.of(operation, plan.population, plan.url, connections=connections, seconds=seconds)
        return Measured(rate)

    yield _Turn(LIMIT, alone)
    for server in servers:
        document = operation.ours if server.name == OURS else operation.peer
        if document is not None:
            yield _driven(plan, operation, document, server, files)


def _driven(plan: Plan, operation: Operation, document: Document, server: Server, files: ExitStack) -> _Turn:
    path: Path = files.enter_context(bodies_file(operation.bodies(document, plan.population)))
    return _Turn(
        server.name,
        lambda connections, seconds: drive(server, path, connections=connections, seconds=seconds),
    )


def _warm(turns: Sequence[_Turn]) -> None:
    """Lets everybody prepare statements, compile code and read the rows once; nobody looks at the time."""
    for turn in turns:
        turn.run(16, 1)


def _say(line: str) -> None:
    sys.stderr.write(line)
    sys.stderr.flush()
