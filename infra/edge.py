"""What does every answer look like from outside? Errors as JSON, and headers that protect."""

import re
from collections.abc import Mapping
from typing import Final

import orjson

from infra.reports import report

More = tuple[tuple[bytes, bytes], ...]
"""Headers beyond those of every answer."""

PROTECTION: Final[More] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
)
STRICT_TRANSPORT: Final[More] = ((b"strict-transport-security", b"max-age=63072000; includeSubDomains"),)
SHARED: Final[More] = tuple(
    (name, b"cross-origin" if name == b"cross-origin-resource-policy" else value)
    for name, value in PROTECTION
)
"""The same for answers that pages of other origins may read."""

TRACE_PARENT: Final = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
NO_TRACE: Final = b"0" * 32


def error(message: str, code: str, **extensions: object) -> bytes:
    """Returns an error as a GraphQL client reads it."""
    return orjson.dumps({"errors": [{"message": message, "extensions": {"code": code, **extensions}}]})


def late() -> tuple[int, bytes, More]:
    """Returns the answer to a read that took longer than it may."""
    return 504, error("The answer took longer than the request allows.", "DEADLINE_EXCEEDED"), ()


def masked(unexpected: BaseException, headers: Mapping[bytes, bytes]) -> bytes:
    """Reports what nobody expected, and returns the error that says no more than where to find it."""
    trace = report(unexpected, trace_of(headers))
    return error("Something went wrong here, not with the request.", "INTERNAL", traceId=trace)


def trace_of(headers: Mapping[bytes, bytes]) -> str | None:
    """Returns the trace id that the caller's `traceparent` names, None where it names none."""
    match = TRACE_PARENT.fullmatch(headers.get(b"traceparent", b""))
    return match[1].decode() if match and match[1] != NO_TRACE else None
