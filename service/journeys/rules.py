"""What makes a design of a journey sound? Its stages have names, can be told apart, and are few."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from service.ground.problems import Invalid, LimitExceeded, Required
from service.journeys.tables import StageKind

MOST_STAGES = 50


@dataclass(frozen=True, slots=True)
class StageDesign:
    """One stage as it is to be."""

    key: str
    name: str
    kind: StageKind
    target_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class JourneyDesign:
    """What is to be true of a journey's draft; what is not named stays as it is.

    `values` holds columns by name. `stages`, where given, are all of them, in order.
    """

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    stages: tuple[StageDesign, ...] | None = None
    expected_version: int | None = None


def check(design: JourneyDesign) -> None:
    """Refuse a design that no draft may have; raises Required, Invalid or LimitExceeded."""
    if not design.key:
        raise Required("key")
    if design.values.get("name", "named") in {None, ""}:
        raise Required("name")
    check_stages(design.stages or ())


def check_stages(stages: Sequence[StageDesign]) -> None:
    """Refuse stages that cannot be told apart; raises Required, Invalid or LimitExceeded at `stages`."""
    if len(stages) > MOST_STAGES:
        raise LimitExceeded("stages", limit=MOST_STAGES, things="stages", found=len(stages))
    seen: set[str] = set()
    for number, stage in enumerate(stages):
        if not stage.key or not stage.name:
            raise Required("stages", number, "key" if not stage.key else "name")
        if stage.key in seen:
            raise Invalid(
                "stages", number, "key", reason="Another stage of this journey already has this key."
            )
        if stage.target_seconds is not None and stage.target_seconds < 1:
            raise Invalid("stages", number, "targetSeconds", reason="A target is at least one second.")
        seen.add(stage.key)
