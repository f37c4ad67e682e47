"""Which fields did a client name? Absent ones keep what is stored, null clears it."""

from collections.abc import Mapping, Sequence

import strawberry


def given(sent: object, names: Sequence[str]) -> Mapping[str, object]:
    """Return the values of an input's `Maybe` fields that were named, by column."""
    found: dict[str, object] = {}
    for name in names:
        maybe = getattr(sent, name)
        if isinstance(maybe, strawberry.Some):
            found[name] = maybe.value
    return found
