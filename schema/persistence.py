"""What if a write fails through no fault of its own? It is tried again, as a whole, where that is safe."""

import asyncio
from collections.abc import Awaitable, Callable
from random import uniform

from service.ground.doors import OutcomeUnknown, Unreachable
from service.ground.problems import Problem

PAUSES = (0.0, 0.05, 0.15)
"""The longest pause in seconds before each further attempt: others must get through first, or come back.

Together they leave time enough to say within 300 ms that the database is away.
"""


async def until_done(attempt: Callable[[], Awaitable[bytes]], *, keyed: bool) -> bytes:
    """Return what an attempt returns; the last one's failure stands.

    Nothing was kept of an attempt that met another write, or whose database went away before COMMIT: it is
    repeated. One whose COMMIT was on its way may have been kept: it is repeated under a key only, which
    then tells.
    """
    for pause in PAUSES:
        try:
            return await attempt()
        except Problem as problem:
            if not problem.passing:
                raise
        except Unreachable:
            pass
        except OutcomeUnknown:
            if not keyed:
                raise
        await asyncio.sleep(uniform(0, pause))  # noqa: S311 - spreads attempts, guards nothing
    return await attempt()
