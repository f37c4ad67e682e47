"""What came out? Medians and ratios as tables, in `docs/performance.md` between two marks."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.load import Measured
from tests.bench.operations import Operation
from tests.bench.rounds import LIMIT, OURS, PEER, Result

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
NOTHING = "-"
SIGNIFICANT_FROM = 100


@dataclass(frozen=True, slots=True)
class Medians:
    """The middle values of one contender in one operation with one number of connections."""

    requests_per_second: float
    p50_ms: float | None
    p99_ms: float | None
    cpu_us: float | None
    failed: int


Key = tuple[str, int, str]
"""An operation, a number of connections, a contender."""


def medians(results: Iterable[Result]) -> dict[Key, Medians]:
    """Returns the middle of each contender's rounds; failures are added up, because none may be hidden."""
    groups: dict[Key, list[Measured]] = {}
    for result in results:
        key = (result.operation, result.connections, result.contender)
        groups.setdefault(key, []).append(result.measured)
    return {key: _middle(group) for key, group in groups.items()}


def _middle(group: Sequence[Measured]) -> Medians:
    return Medians(
        requests_per_second=median(one.requests_per_second for one in group),
        p50_ms=_median_of(one.p50_ms for one in group),
        p99_ms=_median_of(one.p99_ms for one in group),
        cpu_us=_median_of(one.cpu_us for one in group),
        failed=sum(one.failed for one in group),
    )


def _median_of(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def ratio(one: Medians | None, other: Medians | None) -> float | None:
    """Returns how many times as much the one does as the other; None where either is missing."""
    if one is None or other is None or not other.requests_per_second:
        return None
    return one.requests_per_second / other.requests_per_second


def rendered(
    found: Mapping[Key, Medians],
    operations: Sequence[Operation],
    memory: Mapping[str, float | None],
    conditions: str,
) -> str:
    """Returns the tables as Markdown."""
    parts = [conditions, _rates(found, operations), _costs(found, operations), _memory(memory)]
    failed = [
        f"{key[2]}, {key[0]}, {key[1]} connections: {one.failed}" for key, one in found.items() if one.failed
    ]
    if failed:
        parts.append("**Requests that failed:** " + "; ".join(failed))
    return "\n\n".join(parts)


def _has_peer(found: Mapping[Key, Medians]) -> bool:
    return any(contender == PEER for _, _, contender in found)


def _rates(found: Mapping[Key, Medians], operations: Sequence[Operation]) -> str:
    columns = ["operation", "connections", "limit", "service", "service ÷ limit"]
    if _has_peer(found):
        columns += [PEER, f"service ÷ {PEER}"]

    def cells(operation: Operation, connections: int) -> list[str]:
        limit, ours, peer = (found.get((operation.name, connections, who)) for who in (LIMIT, OURS, PEER))
        row = [_rate(limit, operation), _rate(ours, operation), _decimal(ratio(ours, limit))]
        return [*row, _rate(peer, operation), _decimal(ratio(ours, peer))] if _has_peer(found) else row

    return "Requests a second, of the batch rows a second:\n\n" + _table(columns, found, operations, cells)


def _costs(found: Mapping[Key, Medians], operations: Sequence[Operation]) -> str:
    columns = ["operation", "connections", "p50 ms", "p99 ms", "CPU µs a request"]
    if _has_peer(found):
        columns += [f"{PEER}: p50 ms", "p99 ms", "CPU µs a request"]

    def cells(operation: Operation, connections: int) -> list[str]:
        ours, peer = (found.get((operation.name, connections, who)) for who in (OURS, PEER))
        return [*_cost(ours), *_cost(peer)] if _has_peer(found) else _cost(ours)

    return "Latency, and CPU time of the server's process:\n\n" + _table(columns, found, operations, cells)


def _table(
    columns: Sequence[str],
    found: Mapping[Key, Medians],
    operations: Sequence[Operation],
    cells: Callable[[Operation, int], list[str]],
) -> str:
    lines = [_line(columns), _line(["---", *["--:"] * (len(columns) - 1)])]
    for operation in operations:
        numbers = sorted({connections for name, connections, _ in found if name == operation.name})
        for place, connections in enumerate(numbers):
            title = "" if place else operation.title
            lines.append(_line([title, str(connections), *cells(operation, connections)]))
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rate(one: Medians | None, operation: Operation) -> str:
    return _number(None if one is None else one.requests_per_second * operation.rows)


def _cost(one: Medians | None) -> list[str]:
    if one is None:
        return [NOTHING] * 3
    return [_decimal(one.p50_ms), _decimal(one.p99_ms), _number(one.cpu_us)]


def _number(value: float | None) -> str:
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if value >= SIGNIFICANT_FROM else f"{value:.1f}"


def _decimal(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}"


def _memory(memory: Mapping[str, float | None]) -> str:
    known = [f"{name} {megabytes:.0f} MB" for name, megabytes in memory.items() if megabytes is not None]
    return f"Memory of the server's process at its peak: {', '.join(known) or 'not told by this system'}."


def written(page: str, tables: str) -> str:
    """Returns the page with the tables between its marks; raises ValueError where it has none."""
    between = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    if not between.search(page):
        message = f"the page has no place between {BEGIN} and {END}"
        raise ValueError(message)
    return between.sub(lambda _: f"{BEGIN}\n\n{tables}\n\n{END}", page)
