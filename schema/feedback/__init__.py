"""How does feedback look to a client? The twin of `service.feedback`."""

from schema.feedback import mutations, neighbours, queries, types

__all__ = ["mutations", "neighbours", "queries", "types"]
