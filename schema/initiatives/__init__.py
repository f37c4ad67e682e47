"""How do initiatives look to a client? The twin of `service.initiatives`."""

from schema.initiatives import effects, mutations, neighbours, queries, types

__all__ = ["effects", "mutations", "neighbours", "queries", "types"]
