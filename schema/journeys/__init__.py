"""How do journeys look to a client? The twin of `service.journeys`."""

from schema.journeys import mutations, queries, types

__all__ = ["mutations", "queries", "types"]
