"""How do customers look to a client? The twin of `service.customers`."""

from schema.customers import mutations, queries, types

__all__ = ["mutations", "queries", "types"]
