"""How do metrics look to a client? The twin of `service.metrics`."""

from schema.metrics import queries, types

__all__ = ["queries", "types"]
