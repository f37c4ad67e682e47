"""How do matters look to a client? The twin of `service.interactions`."""

from schema.interactions import (
    catalogue,
    clock_mutations,
    clock_queries,
    clocks,
    imports,
    mutations,
    queries,
    types,
)

__all__ = [
    "catalogue",
    "clock_mutations",
    "clock_queries",
    "clocks",
    "imports",
    "mutations",
    "queries",
    "types",
]
