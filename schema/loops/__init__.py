"""How does closing the loop look to a client? The twin of `service.loops`."""

from schema.loops import (
    follow_up_mutations,
    mutations,
    neighbours,
    queries,
    recovery_mutations,
    reply_mutations,
    rule_mutations,
    rule_queries,
    rule_types,
    timeline,
    types,
)

__all__ = [
    "follow_up_mutations",
    "mutations",
    "neighbours",
    "queries",
    "recovery_mutations",
    "reply_mutations",
    "rule_mutations",
    "rule_queries",
    "rule_types",
    "timeline",
    "types",
]
