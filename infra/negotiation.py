"""Which media type may the answer have? The request's Accept header against the two of GraphQL over HTTP."""

from dataclasses import dataclass
from functools import lru_cache

JSON = b"application/json"
GRAPHQL_RESPONSE = b"application/graphql-response+json"
RANGES = {
    b"*/*": JSON,
    b"application/*": JSON,
    JSON: JSON,
    GRAPHQL_RESPONSE: GRAPHQL_RESPONSE,
}


@dataclass(frozen=True, slots=True)
class _Wish:
    media_type: bytes
    weight: float


@lru_cache(maxsize=256)
def answer_type(accept: bytes) -> bytes | None:
    """Returns the media type to answer with, None where the client accepts neither.

    The heavier wish wins; at equal weight the newer type, unless only a wildcard asked for it.
    """
    if not accept.strip():
        return JSON
    wishes = [wish for part in accept.split(b",") if (wish := _wish(part)) and wish.weight > 0]
    if not wishes:
        return None
    best = max(wishes, key=lambda wish: (wish.weight, wish.media_type == GRAPHQL_RESPONSE))
    return best.media_type


def _wish(part: bytes) -> _Wish | None:
    name, *parameters = (piece.strip() for piece in part.lower().split(b";"))
    media_type = RANGES.get(name)
    if media_type is None:
        return None
    charset = _parameter(parameters, b"charset")
    if charset and charset.strip(b'"') != b"utf-8":
        return None
    return _Wish(media_type, _weight(_parameter(parameters, b"q")))


def _parameter(parameters: list[bytes], name: bytes) -> bytes:
    for parameter in parameters:
        key, _, value = parameter.partition(b"=")
        if key.strip() == name:
            return value.strip()
    return b""


def _weight(text: bytes) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


@lru_cache(maxsize=256)
def is_json(content_type: bytes) -> bool:
    """Whether a request's Content-Type is exactly JSON in UTF-8."""
    name, *parameters = (piece.strip() for piece in content_type.lower().split(b";"))
    charset = _parameter(parameters, b"charset").strip(b'"')
    return name == JSON and charset in {b"", b"utf-8"}
