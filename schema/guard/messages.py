"""What may an error repeat of the request? In production nothing of what it said."""

import re

from graphql import GraphQLError

ECHO = re.compile(
    r"""(?:[,;]?\s*(?:but\ encountered\ error|found|got|received)\b:?.*   # … found: {"email": "a@b.c"}.
    |\svalue:\s.*                                                         # … non-integer value: "a@b.c"
    |:\s[{\["'].*)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
UNEXPECTED = re.compile(r"(Unexpected (?:character|Name|String|BlockString|Int|Float)\b).*", re.DOTALL)


def discreet(error: GraphQLError) -> GraphQLError:
    """Return an error without what the request said, as far as a message may have repeated it."""
    message = (
        UNEXPECTED.sub(r"\1.", error.message) if error.message.startswith("Syntax Error") else error.message
    )
    shortened = ECHO.sub("", message).rstrip(" .,;") + "."
    if shortened == error.message:
        return error
    return GraphQLError(
        shortened,
        error.nodes,
        error.source,
        error.positions,
        error.path,
        error.original_error,
        error.extensions,
    )
