"""How is an SQL statement followed? By the connection that sends it: exactly one span each, COMMIT included.

What is told is the first word and the tables. The text itself is left out: it is long, and the one that opens
a transaction names the tenant. The hash of the document beside it leads to the text by `infra explain`.
"""

import asyncio
import re
import sys
import time
from collections.abc import Callable
from functools import lru_cache, partial, wraps
from typing import Any

import asyncpg
from sqlmodel import SQLModel

from infra.telemetry import meters, names
from infra.telemetry.meters import Distribution
from infra.telemetry.places import Place
from infra.telemetry.spans import constant, encoded, fresh_id, link, nanoseconds
from service.ground.origins import ORIGIN

DURATION = meters.histogram(names.SQL_DURATION)
ERRORS = meters.counter(names.SQL_ERRORS)
NAMED = re.compile(r'(?:\bFROM|\bJOIN|\bINTO|\bUPDATE)\s+(?:LATERAL\s+)?\(*\s*"?(\w+)', re.IGNORECASE)
WORD = re.compile(r"\s*([A-Za-z]+)")
MOST_TABLES = 6


def _told(send: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a method of a connection that sends a statement, made to tell of it."""

    @wraps(send)
    async def telling(self: Any, query: str, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as asyncpg's
        begun, done = time.perf_counter(), False
        try:
            found = await send(self, query, *args, **options)
            done = True
        finally:
            _tell(query, begun, None if done else sys.exc_info()[1])
        return found

    return telling


class ObservedConnection(asyncpg.Connection):  # type: ignore[misc]  # the driver ships no types
    """A connection that tells of each statement it sends."""

    __slots__ = ()

    execute = _told(asyncpg.Connection.execute)
    fetch = _told(asyncpg.Connection.fetch)
    fetchval = _told(asyncpg.Connection.fetchval)
    fetchrow = _told(asyncpg.Connection.fetchrow)
    fetchmany = _told(asyncpg.Connection.fetchmany)
    executemany = _told(asyncpg.Connection.executemany)


def _tell(query: str, begun: float, error: BaseException | None) -> None:
    ended = time.perf_counter()
    durations, word, _ = described(query)
    durations.add(ended - begun)
    if error is not None:
        ERRORS.add(1, word)
    place = ORIGIN.get()
    if isinstance(place, Place) and place.sampled:
        place.spans.keep(partial(_span, query, (begun, ended), place, sort_of(error)))


def _span(query: str, times: tuple[float, float], place: Place, error: str) -> tuple[bytes, ...]:
    _, word, summary = described(query)
    same = _same(word, summary, place.requests, error)
    links = [link(one.trace_id, one.span_id) for one in place.linked]
    span = encoded(place.trace_id, fresh_id(), place.span_id, nanoseconds(times), same)
    return (b"".join((span, *links)),)


@lru_cache(maxsize=1024)
def described(query: str) -> tuple[Distribution, str, str]:
    """Returns where a statement's times are counted, its first word, and that with its tables."""
    found = WORD.match(query)
    word = found[1].upper() if found else names.OTHER
    known = SQLModel.metadata.tables
    tables = [name for name in dict.fromkeys(NAMED.findall(query)) if name in known]
    return DURATION.of(word), word, " ".join((word, *tables[:MOST_TABLES]))


def sort_of(error: BaseException | None) -> str:
    """Returns the SQLSTATE of an error, or its sort; nothing where there was none."""
    if error is None:
        return ""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate)
    return "cancelled" if isinstance(error, asyncio.CancelledError) else type(error).__name__


@lru_cache(maxsize=1024)
def _same(word: str, summary: str, requests: int, error: str) -> bytes:
    facts: dict[str, str | int] = {
        "db.system.name": "postgresql",
        "db.operation.name": word,
        "db.query.summary": summary,
    }
    if requests > 1:
        facts["cxgraph.sql.requests"] = requests
    if error:
        facts["error.type"] = error
        facts |= {"db.response.status_code": error} if len(error) == 5 else {}  # noqa: PLR2004 - an SQLSTATE
    return constant(names.STATEMENT, facts, failed=bool(error))
