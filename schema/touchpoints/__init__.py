"""How do touchpoints look to a client? The twin of `service.touchpoints`."""

from schema.touchpoints import mutations, queries, types

__all__ = ["mutations", "queries", "types"]
