"""How do customers look to a client? The twin of `service.customers`."""

from schema.customers import consents, mutations, queries, types

__all__ = ["consents", "mutations", "queries", "types"]
