"""How do customers look to a client? The twin of `service.customers`."""

from schema.customers import mutations, privacy, queries, types

__all__ = ["mutations", "privacy", "queries", "types"]
