"""How are insights found? Filters, orders and the fields where reading them begins."""

from enum import Enum

import strawberry

from schema.ground.connections import Connection
from schema.ground.fields import Lookup, closed_set, connection, extend, lookup, value, where
from schema.ground.inputs import DateTimeRange, OrderDirection
from schema.ground.roots import Query
from schema.insights.types import Elevation, Insight, Theme
from service.insights import finding_reads, reads, tables


class InsightOrderField(Enum):
    """What insights can be sorted by."""

    UPDATED_AT = "UPDATED_AT"
    CREATED_AT = "CREATED_AT"
    PRIORITY = "PRIORITY"


class ElevationOrderField(Enum):
    """What elevations can be sorted by."""

    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"


closed_set(
    InsightOrderField,
    "What insights can be sorted by.",
    UPDATED_AT="When they last changed.",
    CREATED_AT="When they were first recorded.",
    PRIORITY="Their score; insights without one come below all others.",
)
closed_set(
    ElevationOrderField,
    "What elevations can be sorted by.",
    CREATED_AT="When they were proposed.",
    UPDATED_AT="When they last changed.",
)


@strawberry.input(description="How insights are sorted.")
class InsightOrder:
    """A sort order."""

    field: InsightOrderField = value("What to sort by.")
    direction: OrderDirection = value("Which end comes first.", default=OrderDirection.DESC)


@strawberry.input(description="How elevations are sorted.")
class ElevationOrder:
    """A sort order."""

    field: ElevationOrderField = value("What to sort by.")
    direction: OrderDirection = value("Which end comes first.", default=OrderDirection.DESC)


@strawberry.input(description="Which insights; all fields that are given must hold.")
class InsightFilter:
    """A filter of insights."""

    and_: list["InsightFilter"] | None = where("All of these hold.", name="and")
    or_: list["InsightFilter"] | None = where("At least one of these holds.", name="or")
    not_: "InsightFilter | None" = where("This does not hold.", name="not")
    ids: list[strawberry.ID] | None = where("One of these insights.", reads.insight_by_id)
    status: list[tables.InsightStatus] | None = where("In one of these states.")
    kind: list[tables.InsightKind] | None = where("Of one of these kinds.")
    severity: list[int] | None = where("Of one of these severities.")
    owner: str | None = where("Answered for by this person or function.")
    journey_stage: strawberry.ID | None = where("Pinned to this stage of a journey.", reads.by_stage)
    touchpoint: strawberry.ID | None = where("Pinned to this touchpoint.", reads.by_touchpoint)
    contact_reason: strawberry.ID | None = where("Pinned to this contact reason.", reads.by_reason)
    theme: strawberry.ID | None = where("Pinned to this theme.", reads.by_theme)
    created_at: DateTimeRange | None = where("First recorded within.")
    updated_at: DateTimeRange | None = where("Last changed within.")


@strawberry.input(description="Which elevations; all fields that are given must hold.")
class ElevationFilter:
    """A filter of elevations."""

    and_: list["ElevationFilter"] | None = where("All of these hold.", name="and")
    or_: list["ElevationFilter"] | None = where("At least one of these holds.", name="or")
    not_: "ElevationFilter | None" = where("This does not hold.", name="not")
    ids: list[strawberry.ID] | None = where("One of these elevations.", reads.elevation_by_id)
    status: list[tables.ElevationStatus] | None = where("In one of these states.")
    impact: list[tables.ElevationImpact] | None = where("With one of these impacts.")
    proposer: str | None = where("Proposed by this person.")
    created_at: DateTimeRange | None = where("Proposed within.")


@strawberry.input(description="Which themes; all fields that are given must hold.")
class ThemeFilter:
    """A filter of themes."""

    ids: list[strawberry.ID] | None = where("One of these themes.", finding_reads.theme_by_id)
    current: bool | None = where("Whether no later run has replaced it.", finding_reads.is_current)
    origin: list[tables.ThemeOrigin] | None = where("From one of these origins.")


@extend(Query)
class InsightQueries:
    """Where reading insights begins."""

    insight: Insight | None = lookup(
        "One insight; null where there is none.",
        Lookup(tables.Insight, id=reads.insight_by_id),
        {"id": (strawberry.ID, "Its id.")},
    )
    insights: Connection[Insight] = connection(
        "All insights.", reads.INSIGHTS, filter_by=InsightFilter, order_by=InsightOrder
    )
    elevation: Elevation | None = lookup(
        "One elevation; null where there is none.",
        Lookup(tables.Elevation, id=reads.elevation_by_id),
        {"id": (strawberry.ID, "Its id.")},
    )
    elevations: Connection[Elevation] = connection(
        "All elevations.", reads.ELEVATIONS, filter_by=ElevationFilter, order_by=ElevationOrder
    )
    themes: Connection[Theme] = connection("All themes, latest first.", reads.THEMES, filter_by=ThemeFilter)
