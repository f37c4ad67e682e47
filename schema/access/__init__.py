"""How do keys look to a client? The twin of `service.access`."""

from schema.access import mutations, queries, types

__all__ = ["mutations", "queries", "types"]
