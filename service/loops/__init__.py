"""Is it closed? Recoveries, follow-ups, feedback loops and huddles."""

from service.loops import tables

__all__ = ["tables"]
