"""How large may a document be? One bound for each way in which documents grow."""

from dataclasses import dataclass
from typing import Final

from graphql import GraphQLError

CODE: Final = "LIMIT_EXCEEDED"


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one document; each is generous for a client and far below what hurts.

    The whole of what planning a document costs is bounded by `work`, see `schema.guard.cost`.
    """

    source: int = 50_000
    """Characters."""
    tokens: int = 2_000
    """Lexical tokens, counted while parsing: nothing larger is ever built."""
    comments: int = 200
    depth: int = 16
    """Fields inside of one another; the widest introspection of common tools has 15."""
    nesting: int = 32
    """Selection sets inside of one another, inline fragments and spreads included."""
    fields: int = 1_000
    """Fields after every fragment is laid out where it is spread."""
    root_fields: int = 20
    mutations: int = 10
    """Root fields of a mutation: each is a transaction."""
    repeats: int = 20
    """Fields of one name in one selection: validation compares each with each."""
    aliases: int = 30
    directives: int = 50
    fragments: int = 50
    operations: int = 10
    variables: int = 50
    """Variables that one operation defines."""
    value_depth: int = 16
    """Lists and objects inside of one another, in a literal or in a variable that shapes a statement."""
    value_parts: int = 1_000
    """Lists, objects and their items, in all literals or in the variables that shape a statement."""
    work: int = 600
    """Parts of a statement: a scalar is 1, an object 2, a connection 12."""
    cost: int = 50_000
    """Points, see docs/cost.md."""


UNLIMITED: Final = Limits(
    **dict.fromkeys(("source", "tokens", "comments", "fields", "root_fields", "mutations"), 10**9),
    **dict.fromkeys(("aliases", "repeats", "directives", "fragments", "operations", "variables"), 10**9),
    **dict.fromkeys(("value_parts", "work", "cost"), 10**12),
    depth=100,
    nesting=100,
    value_depth=100,
)
"""For what the product asks itself: bounds that only keep recursion finite."""


class Exceeded(GraphQLError):
    """The document passes one of its limits."""

    def __init__(self, limit: str, things: str, *, most: int, found: int | None = None) -> None:
        """Tell which limit, how much it allows, and what was found where counting went that far."""
        more = "" if found is None else f"; this one has {found}"
        numbers: dict[str, object] = {"limit": limit, "most": most}
        if found is not None:
            numbers["found"] = found
        super().__init__(
            f"A document has at most {most} {things}{more}.", extensions={"code": CODE, **numbers}
        )
