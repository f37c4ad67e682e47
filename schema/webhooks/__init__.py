"""How do webhooks look to a client? The twin of `service.webhooks`."""

from schema.webhooks import mutations, queries, tracker_mutations, types

__all__ = ["mutations", "queries", "tracker_mutations", "types"]
