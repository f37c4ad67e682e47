"""How do matters look to a client? The twin of `service.interactions`."""

from schema.interactions import catalogue, imports, mutations, queries, types

__all__ = ["catalogue", "imports", "mutations", "queries", "types"]
