"""How do insights look to a client? The twin of `service.insights`."""

from schema.insights import elevations, mutations, neighbours, queries, types

__all__ = ["elevations", "mutations", "neighbours", "queries", "types"]
