"""How do initiatives look to a client? The twin of `service.initiatives`."""

from schema.initiatives import closed_sets, effects, evaluating, mutations, neighbours, queries, types

__all__ = ["closed_sets", "effects", "evaluating", "mutations", "neighbours", "queries", "types"]
