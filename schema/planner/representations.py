"""What do other graphs refer to? Representations of federation as prefixes and UUIDs of our nodes."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from schema.ground import ids
from service.ground.problems import Invalid, LimitExceeded

MOST_REPRESENTATIONS = 1000
"""A gateway asks at once for all things that one answer of another graph refers to."""

FIELD = "representations"


def referred(types: Mapping[str, str], representations: Sequence[object]) -> list[tuple[str, UUID]]:
    """Return each thing's prefix and UUID; `types` gives the types that can be referred to, by prefix."""
    found = len(representations)
    if found > MOST_REPRESENTATIONS:
        raise LimitExceeded(FIELD, limit=MOST_REPRESENTATIONS, things=FIELD, found=found)
    return [_one(types, representation, n) for n, representation in enumerate(representations)]


def _one(types: Mapping[str, str], representation: object, n: int) -> tuple[str, UUID]:
    sent = representation if isinstance(representation, Mapping) else {}
    name, id_ = sent.get("__typename"), sent.get("id")
    if name not in types.values():
        raise Invalid(FIELD, n, "__typename", reason="This is not the name of an entity of this graph.")
    parts = ids.split(id_) if isinstance(id_, str) else None
    if parts is None or types.get(parts[0]) != name:
        raise Invalid(FIELD, n, "id", reason=f"This is not the id of a {name}.")
    return parts
