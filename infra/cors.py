"""Which pages of other origins may ask? Those whose origin a setting names, exactly; else none."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from infra.edge import PROTECTION, SHARED, More

ASKED: Final = (
    b"content-type, authorization, last-event-id, traceparent, x-request-timeout, x-cx-cost, x-cx-tenant,"
    b" x-cx-subject"
)
TOLD: Final = b"retry-after"
REMEMBERED_SECONDS: Final = b"600"


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins whose pages may ask."""

    allowed: frozenset[bytes] = frozenset()

    def headers(self, origin: bytes) -> More:
        """Returns what lets a page of this origin read an answer; nothing for an origin that may not."""
        if origin not in self.allowed:
            return ((b"vary", b"origin"),) if self.allowed else ()
        return (
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", TOLD),
            (b"vary", b"origin"),
        )

    def answering(self, media_type: bytes, origin: bytes | None) -> More:
        """Returns the headers of every answer of a type to a page of this origin, or to no page."""
        content = _content(media_type)
        if origin is None:
            return content
        return (content[0], *(SHARED if origin in self.allowed else PROTECTION), *self.headers(origin))

    def preflight(self, origin: bytes) -> More:
        """Returns what tells a browser, before it asks, what pages of this origin may send."""
        if origin not in self.allowed:
            return self.headers(origin)
        return (
            *self.headers(origin),
            (b"access-control-allow-methods", b"GET, POST"),
            (b"access-control-allow-headers", ASKED),
            (b"access-control-max-age", REMEMBERED_SECONDS),
        )


@cache
def _content(media_type: bytes) -> More:
    """Returns the headers of every answer of a type to whoever is no page of another origin."""
    return ((b"content-type", media_type + b"; charset=utf-8"), *PROTECTION)
