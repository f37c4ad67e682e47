"""What do clients say of an insight? Its claim, what it is pinned to and who answers for it."""

from collections.abc import Mapping

import strawberry

from schema.ground import ids
from schema.ground.fields import value
from schema.ground.patches import given
from service import insights
from service.ground.reads import Entity
from service.ground.session import Session
from service.insights.reads import THEME
from service.insights.tables import InsightKind, RootCauseMethod
from service.interactions.reads import CONTACT_REASON
from service.journeys.reads import STAGE
from service.touchpoints.reads import TOUCHPOINT

COLUMNS = ("title", "summary", "kind", "severity", "owner", "root_cause", "root_cause_method")
PINS: Mapping[str, tuple[Entity, str]] = {
    "journey_stage_id": (STAGE, "journeyStageId"),
    "touchpoint_id": (TOUCHPOINT, "touchpointId"),
    "contact_reason_id": (CONTACT_REASON, "contactReasonId"),
    "theme_id": (THEME, "themeId"),
}


@strawberry.input(description="A new insight.")
class InsightDraftInput:
    """A claim to begin with."""

    title: str = value("The claim in a line.")
    summary: str | None = value("The claim in full, with its numbers.", default=None)
    kind: InsightKind = value("What it is about.", default=InsightKind.PAIN)
    severity: int = value("How bad it is for those it happens to, from 1 to 5.", default=3)
    owner: str | None = value("The person or function that answers for it.", default=None)
    journey_stage_id: strawberry.ID | None = value("The stage of a journey it is pinned to.", default=None)
    touchpoint_id: strawberry.ID | None = value("The touchpoint it is pinned to.", default=None)
    touchpoint_key: str | None = value("The touchpoint it is pinned to, by its key.", default=None)
    contact_reason_id: strawberry.ID | None = value("The contact reason it is pinned to.", default=None)
    contact_reason_key: str | None = value("The contact reason it is pinned to, by its key.", default=None)
    theme_id: strawberry.ID | None = value("The theme it is pinned to.", default=None)


@strawberry.input(description="What is to be true of an insight; fields that are absent keep what they are.")
class InsightUpdateInput:
    """An insight to change."""

    insight_id: strawberry.ID = value("Which insight.")
    title: strawberry.Maybe[str] = value("The claim in a line.")
    summary: strawberry.Maybe[str | None] = value("The claim in full; null clears it.")
    kind: strawberry.Maybe[InsightKind] = value("What it is about.")
    severity: strawberry.Maybe[int] = value("How bad it is for those it happens to, from 1 to 5.")
    owner: strawberry.Maybe[str | None] = value("Who answers for it; null clears it.")
    root_cause: strawberry.Maybe[str | None] = value("Why it is so; null clears it.")
    root_cause_method: strawberry.Maybe[RootCauseMethod | None] = value(
        "How the root cause was found; null clears it."
    )
    journey_stage_id: strawberry.Maybe[strawberry.ID | None] = value(
        "The stage of a journey it is pinned to; null unpins it."
    )
    touchpoint_id: strawberry.Maybe[strawberry.ID | None] = value(
        "The touchpoint it is pinned to; null unpins it."
    )
    contact_reason_id: strawberry.Maybe[strawberry.ID | None] = value(
        "The contact reason it is pinned to; null unpins it."
    )
    theme_id: strawberry.Maybe[strawberry.ID | None] = value("The theme it is pinned to; null unpins it.")
    expected_version: int | None = value(
        "Refuse if the insight has changed since this version.", default=None
    )


async def drafted(session: Session, sent: InsightDraftInput) -> dict[str, object]:
    """Return the columns of a new insight; raises Invalid for an id of another type, NotFound for a key."""
    values: dict[str, object] = {
        name: getattr(sent, name) for name in ("title", "summary", "kind", "severity", "owner")
    }
    for name, (entity, field) in PINS.items():
        values[name] = ids.decode_optional(getattr(sent, name), entity, field)
    keys = {"touchpoint_key": sent.touchpoint_key, "contact_reason_key": sent.contact_reason_key}
    return values | await insights.pins(session, **keys)


def changed(sent: InsightUpdateInput) -> Mapping[str, object]:
    """Return the columns that an update names; raises Invalid for an id of another type."""
    values = dict(given(sent, COLUMNS))
    for name, id_ in given(sent, tuple(PINS)).items():
        entity, field = PINS[name]
        values[name] = ids.decode_optional(None if id_ is None else str(id_), entity, field)
    return values
