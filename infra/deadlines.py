"""How long may a write take? As long as its request allows, said to PostgreSQL in the write's transaction.

A read that is late is cancelled. A write is not: it ends by itself, or PostgreSQL ends it before it is kept.
"""

import asyncio
from contextvars import ContextVar

_DEADLINE: ContextVar[float | None] = ContextVar("deadline", default=None)
"""When the request must be done, on the event loop's clock; None where the client said nothing."""


def allow(seconds: float) -> None:
    """Lets what this request writes take so long, from now on."""
    _DEADLINE.set(asyncio.get_running_loop().time() + seconds)


def is_limited() -> bool:
    """Whether the client set a time."""
    return _DEADLINE.get() is not None


def statement_limit() -> tuple[str, ...]:
    """Returns what gives a transaction's statements the time that is left; nothing for the usual time."""
    deadline = _DEADLINE.get()
    if deadline is None:
        return ()
    left = max(1, round((deadline - asyncio.get_running_loop().time()) * 1000))
    return (f"SET LOCAL statement_timeout = {left}",)
