"""How is a thing named? By a UUIDv7: unique, and in the order of creation inside one process."""

import os
import time
from collections.abc import Callable
from uuid import UUID

from asyncpg.pgproto import pgproto

FROM_DRIVER: Callable[[str | bytes], UUID] = pgproto.UUID
"""The driver's own, which every row comes with: equal to the library's, and made ten times as fast."""
NANOSECONDS = 1_000_000
"""In one millisecond."""


def uuid7() -> UUID:
    """Return a new version 7 UUID (RFC 9562): 48 bits of milliseconds, 12 of their fraction, 62 random.

    The fraction counts quarters of a microsecond, less than one call takes, so that each id of a process is
    greater than the one before: events of one transaction keep their order (method 3 of section 6.2).
    """
    milliseconds, rest = divmod(time.time_ns(), NANOSECONDS)
    fraction = (rest << 12) // NANOSECONDS
    random = int.from_bytes(os.urandom(8)) >> 2
    whole = (milliseconds << 80) | (0x7 << 76) | (fraction << 64) | (0x2 << 62) | random
    return FROM_DRIVER(whole.to_bytes(16))


def spelled(text: str) -> UUID:
    """Return the UUID of a canonical spelling; raises ValueError for anything else."""
    return FROM_DRIVER(text)
