"""How do customers look to a client? The twin of `service.customers`."""

from schema.customers import consents, mutations, privacy, queries, types

__all__ = ["consents", "mutations", "privacy", "queries", "types"]
