"""How does a client name a node? By its type's prefix and its UUID, in one canonical spelling."""

import re
from collections.abc import Sequence
from uuid import UUID

from service.ground.keys import spelled
from service.ground.problems import Invalid
from service.ground.reads import Entity

CANONICAL = re.compile(r"([a-z]{3})_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\Z")


def encode(entity: Entity, id_: UUID) -> str:
    """Return the public id of a node."""
    return f"{entity.prefix}_{id_}"


def split(text: str) -> tuple[str, UUID] | None:
    """Return the prefix and the UUID of a public id, None if it is not spelled as one."""
    match = CANONICAL.match(text)
    return (match[1], spelled(match[2])) if match else None


def decode(text: str, entity: Entity, *field: str | int) -> UUID:
    """Return the UUID of a node of one type; raises Invalid, placed at `field`, for anything else."""
    parts = split(text)
    if parts is None or parts[0] != entity.prefix:
        raise Invalid(
            *field, reason=f"This is not the id of a {entity.name}; such ids start with {entity.prefix}_."
        )
    return parts[1]


def decode_optional(text: str | None, entity: Entity, *field: str | int) -> UUID | None:
    """Return the UUID of a node of one type, None for None."""
    return None if text is None else decode(text, entity, *field)


def decode_all(texts: Sequence[str], entity: Entity, *field: str | int) -> list[UUID]:
    """Return the UUIDs of several nodes of one type."""
    return [decode(text, entity, *field, n) for n, text in enumerate(texts)]
