"""What happens to an unexpected error? It goes to the log under its trace's id, and never to the client.

Where no trace is followed it gets an id of its own. What PostgreSQL repeats of rows and arguments stays out.
"""

import logging
import secrets
from collections.abc import Iterator

import asyncpg

from infra.telemetry.places import current

LOG = logging.getLogger("cxgraph")
UNTOLD = "a value that PostgreSQL does not take; it is not told here"


def report(error: BaseException, trace: str | None = None) -> str:
    """Logs an error with its traceback and returns the trace id under which it can be found again."""
    trace = _failed(trace)
    for one in _chain(error):
        _silence(one)
    LOG.error("unexpected error, trace id %s", trace, exc_info=error)
    return trace


def mention(error: BaseException, trace: str | None = None) -> None:
    """Logs in one line that something away from here failed: while it does, many requests meet the same."""
    trace = _failed(trace)
    *_, first = _chain(error)
    LOG.warning("%s, because of %s; trace id %s", type(error).__name__, type(first).__name__, trace)


def _failed(trace: str | None) -> str:
    """Marks the work at hand as failed, and returns the id of its trace."""
    place = current()
    if place:
        place.failed = True
    return trace or (place.trace_id.hex() if place else secrets.token_hex(16))


def _silence(error: BaseException) -> None:
    """Takes from an error of the database the row in its detail, and the message that is about a value."""
    if isinstance(error, asyncpg.PostgresError):
        error.detail = None
        if isinstance(error, asyncpg.DataError):
            error.args = (UNTOLD,)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yields an error and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
