"""How do metrics look to a client? The twin of `service.metrics`."""

from schema.metrics import neighbours, queries, standings, types, values

__all__ = ["neighbours", "queries", "standings", "types", "values"]
