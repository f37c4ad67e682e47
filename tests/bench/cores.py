"""Which core does what? The measured server has one for itself; PostgreSQL and the load share the others."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


def can_pin() -> bool:
    """Whether this system lets processes be bound to cores and has more than one."""
    return hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1


@contextmanager
def apart() -> Iterator[frozenset[int]]:
    """Keeps this process, and all it starts, off one core, and yields that core for servers."""
    if not can_pin():
        yield frozenset()
        return
    every = os.sched_getaffinity(0)
    served = frozenset({min(every)})
    with bound_to(frozenset(every) - served):
        yield served


@contextmanager
def bound_to(cores: frozenset[int]) -> Iterator[None]:
    """Binds this process to cores for a while: what it starts meanwhile stays on them."""
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
