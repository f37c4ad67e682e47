"""How is what analyses found reached? From the root, and from what it speaks of."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.feedback.types import Feedback
from schema.ground.connections import Connection
from schema.ground.fields import (
    Lookup,
    closed_set,
    column,
    connection,
    extend,
    listed,
    lookup,
    one,
    record,
    value,
    where,
)
from schema.ground.inputs import DateTimeRange, OrderDirection
from schema.ground.roots import Query
from schema.insights.findings import AnalysisRun, Driver, FrictionPoint, Suggestion
from schema.insights.types import Insight, Theme
from schema.interactions.types import ContactReason
from schema.touchpoints.types import Touchpoint
from service.feedback.tables import Judge
from service.insights import finding_reads as reads
from service.insights import finding_tables as tables
from service.insights.tables import FeedbackTheme


class SuggestionOrderField(Enum):
    """What suggestions can be sorted by."""

    CREATED_AT = "CREATED_AT"
    SURPRISE = "SURPRISE"


class FrictionOrderField(Enum):
    """What friction points can be sorted by."""

    CUSTOMERS = "CUSTOMERS"
    TREND = "TREND"
    PRIORITY = "PRIORITY"


closed_set(
    SuggestionOrderField,
    "What suggestions can be sorted by.",
    CREATED_AT="When they were first suggested.",
    SURPRISE="How surprising they are.",
)
closed_set(
    FrictionOrderField,
    "What friction points can be sorted by.",
    CUSTOMERS="How many customers they hurt a month.",
    TREND="How much that rose.",
    PRIORITY="Customers, times gap, times trend.",
)


@strawberry.input(description="How suggestions are sorted.")
class SuggestionOrder:
    """A sort order."""

    field: SuggestionOrderField = value("What to sort by.")
    direction: OrderDirection = value("Which end comes first.", default=OrderDirection.DESC)


@strawberry.input(description="How friction points are sorted.")
class FrictionPointOrder:
    """A sort order."""

    field: FrictionOrderField = value("What to sort by.")
    direction: OrderDirection = value("Which end comes first.", default=OrderDirection.DESC)


@strawberry.input(description="Which suggestions; all fields that are given must hold.")
class SuggestionFilter:
    """A filter of suggestions."""

    and_: list["SuggestionFilter"] | None = where("All of these hold.", name="and")
    or_: list["SuggestionFilter"] | None = where("At least one of these holds.", name="or")
    not_: "SuggestionFilter | None" = where("This does not hold.", name="not")
    ids: list[strawberry.ID] | None = where("One of these suggestions.", reads.suggestion_by_id)
    status: list[tables.SuggestionStatus] | None = where("In one of these states.")
    contact_reason: strawberry.ID | None = where("Of this contact reason.", reads.by_reason)
    theme: strawberry.ID | None = where("Of this theme.", reads.by_theme)
    created_at: DateTimeRange | None = where("First suggested within.")


@strawberry.input(description="Which friction points; all fields that are given must hold.")
class FrictionPointFilter:
    """A filter of friction points."""

    and_: list["FrictionPointFilter"] | None = where("All of these hold.", name="and")
    or_: list["FrictionPointFilter"] | None = where("At least one of these holds.", name="or")
    not_: "FrictionPointFilter | None" = where("This does not hold.", name="not")
    contact_reason: strawberry.ID | None = where("Of this contact reason.", reads.by_reason)
    touchpoint: strawberry.ID | None = where("Of this touchpoint.", reads.by_touchpoint)
    course: list[tables.Course] | None = where("Going one of these ways.")


@strawberry.input(description="Which drivers; all fields that are given must hold.")
class DriverFilter:
    """A filter of drivers."""

    metric: list[tables.DriverMetric] | None = where("Moving one of these scores.")
    current: bool | None = where("Whether no later run has measured anew.")
    run: strawberry.ID | None = where("Measured by this run.", reads.by_run)


@strawberry.input(description="Which runs; all fields that are given must hold.")
class AnalysisRunFilter:
    """A filter of runs."""

    kind: list[tables.AnalysisKind] | None = where("Looking for one of these.")


@extend(Query)
class FindingQueries:
    """Where reading what analyses found begins."""

    suggestion: Suggestion | None = lookup(
        "One suggestion; null where there is none.",
        Lookup(tables.Suggestion, id=reads.suggestion_by_id),
        {"id": (strawberry.ID, "Its id.")},
    )
    suggestions: Connection[Suggestion] = connection(
        "All suggestions, latest first.",
        reads.SUGGESTIONS,
        filter_by=SuggestionFilter,
        order_by=SuggestionOrder,
    )
    friction_points: Connection[FrictionPoint] = connection(
        "What hurts customers, most customers a month first.",
        reads.FRICTION_POINTS,
        filter_by=FrictionPointFilter,
        order_by=FrictionPointOrder,
    )
    drivers: Connection[Driver] = connection(
        "What moves the scores, what pulls down most first.", reads.DRIVERS, filter_by=DriverFilter
    )
    analysis_runs: Connection[AnalysisRun] = connection(
        "All runs of analyses, latest first.", reads.ANALYSIS_RUNS, filter_by=AnalysisRunFilter
    )


@extend(ContactReason)
class ContactReasonFindings:
    """What a contact reason shows of what was found about it."""

    friction: FrictionPoint | None = one(
        "How many customers it hurts a month; null where that was not measured.", reads.friction_of_reason
    )
    suggestions: Connection[Suggestion] = connection(
        "When it rose, latest first.", reads.suggestions_of_reason
    )
    drivers: Connection[Driver] = connection(
        "How it moves the scores, measured last first.", reads.drivers_of_reason
    )


@extend(Touchpoint)
class TouchpointFindings:
    """What a touchpoint shows of what was found about it."""

    friction: FrictionPoint | None = one(
        "How many customers it hurts a month; null where that was not measured.",
        reads.friction_of_touchpoint,
    )
    drivers: Connection[Driver] = connection(
        "How it moves the scores, measured last first.", reads.drivers_of_touchpoint
    )


@extend(Insight)
class InsightFindings:
    """What an insight shows of what it came from."""

    suggestions: Connection[Suggestion] = connection(
        "The suggestions it took in, latest first.", reads.suggestions_of_insight
    )


@extend(Theme)
class ThemeFindings:
    """What a theme shows of the run that found it, and of what was found about it."""

    analysis_run: AnalysisRun | None = one("The run that found it; null for others.", reads.run_of_theme)
    continues: Theme | None = one(
        "The theme of an earlier run that it continues, with its name and what people said of it.",
        reads.predecessor_of_theme,
    )
    suggestions: Connection[Suggestion] = connection(
        "When it rose, latest first.", reads.suggestions_of_theme
    )
    drivers: Connection[Driver] = connection(
        "How it moves the scores, measured last first.", reads.drivers_of_theme
    )


@record(FeedbackTheme, name="ThemeAssignment", description="Who says that feedback speaks of a theme.")
class ThemeAssignment:
    """An assignment."""

    theme: Theme = one("The theme.", reads.theme_of_finding)
    judge: Judge = column("What kind of judge says so.")
    judged_by: str = column("Which one: a name, or a model with its version; empty where nobody was named.")
    confidence: float | None = column("How sure it is, 0 to 1; null for a person.")
    linked_at: datetime = column("When it was said.")
    withdrawn_at: datetime | None = column("When a person took it back; null while it holds.")
    withdrawn_by: str | None = column("Who took it back; null while it holds.")
    withdraw_reason: str | None = column("Why it was taken back; null while it holds.")


@extend(Feedback)
class FeedbackFindings:
    """What feedback shows of the themes it was said to speak of."""

    theme_assignments: list[ThemeAssignment] = listed(
        "Every assignment to a theme, withdrawn ones too, said last first.", reads.assignments_of_feedback
    )
