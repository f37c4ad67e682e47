"""Which touchpoints are there? The catalogue is kept by key."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from service.ground.batches import Outcome
from service.ground.problems import Invalid, Required
from service.ground.session import Session, check_version
from service.touchpoints.tables import Channel, Medium, Touchpoint

NEEDED = ("name", "channel", "medium")


@dataclass(frozen=True, slots=True)
class TouchpointPatch:
    """What is to be true of a touchpoint afterwards; what is not named stays as it is."""

    key: str
    values: Mapping[str, object]
    expected_version: int | None = None


async def upsert(session: Session, patch: TouchpointPatch) -> tuple[UUID, Outcome]:
    """Create or change the touchpoint with this key.

    Raises Required for a new one without name, channel or medium, Invalid for half a threshold.
    """
    if not patch.key:
        raise Required("key")
    found = await session.find(Touchpoint, key=patch.key, locked=True)
    if not found:
        return _create(session, patch), Outcome.CREATED
    touchpoint = found[0]
    check_version(touchpoint, patch.expected_version)
    changes = {name: value for name, value in patch.values.items() if getattr(touchpoint, name) != value}
    if not changes:
        return touchpoint.id, Outcome.UNCHANGED
    for name, value in changes.items():
        setattr(touchpoint, name, value)
    _check(touchpoint)
    await session.change(touchpoint, **changes)
    session.emit("touchpoint.updated", touchpoint.id, changed=sorted(changes))
    return touchpoint.id, Outcome.UPDATED


def _create(session: Session, patch: TouchpointPatch) -> UUID:
    for name in NEEDED:
        if not patch.values.get(name):
            raise Required(name)
    touchpoint = Touchpoint(key=patch.key, name="", channel=Channel.OTHER, medium=Medium.DIGITAL)
    for name, value in patch.values.items():
        setattr(touchpoint, name, value)
    _check(touchpoint)
    session.add(touchpoint)
    session.emit("touchpoint.created", touchpoint.id)
    return touchpoint.id


def _check(touchpoint: Touchpoint) -> None:
    if not touchpoint.name:
        raise Required("name")
    if (touchpoint.standard_measure is None) != (touchpoint.standard_threshold is None):
        raise Invalid(
            "standardThreshold", reason="A threshold needs what it measures, and the other way round."
        )
