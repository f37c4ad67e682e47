"""How does what analyses found look to a client? Runs, suggestions, friction and drivers, with statistics."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from schema.feedback.types import Feedback
from schema.ground.connections import Connection
from schema.ground.fields import closed_set, column, connection, entity, listed, nested, one, record
from schema.ground.roots import Node
from schema.ground.transitions import AllowedTransition, StateChange, allowed_transitions, history
from schema.insights.types import Insight, Theme
from schema.interactions.types import ContactReason, Interaction
from schema.touchpoints.types import Touchpoint
from service.ground.reads import Nested
from service.ground.reads import column as stored
from service.insights import finding_reads as reads
from service.insights import finding_tables as tables
from service.insights import machine

closed_set(
    tables.AnalysisKind,
    "What an analysis looks for.",
    DETECTION="What more customers speak of than usual.",
    FRICTION="What hurts how many customers a month.",
    DRIVERS="What moves the scores.",
    THEMES="What the words of many customers have in common.",
    SENTIMENT="How words sound.",
    CHURN="Who may leave.",
)
closed_set(
    tables.SuggestionStatus,
    "What a person has made of a suggestion.",
    OPEN="It waits for a decision.",
    ACCEPTED="It became an insight, its signals the evidence.",
    DISMISSED="It was dismissed; the reason is kept, and the same is not suggested until it changes.",
)
closed_set(
    tables.GapMeasure,
    "In which measure those who meet something differ from the others.",
    CSAT="The share of satisfied answers.",
    NPS="The Net Promoter Score.",
    FRICTION="The share of customers hurt, where too few gave a score.",
)
closed_set(
    tables.DriverMetric,
    "The score that something moves.",
    NPS="The Net Promoter Score, -100 to 100.",
    CSAT="The share of satisfied answers, in percent.",
)
closed_set(
    tables.Course,
    "Which way something goes.",
    RISING="Up: the whole interval lies above 1.",
    STEADY="The interval holds no change, too.",
    FALLING="Down: the whole interval lies below 1.",
)

SuggestionEvidence = Annotated[
    Interaction | Feedback,
    strawberry.union("SuggestionEvidence", description="What a customer got in touch about, or said."),
]


@entity(reads.ANALYSIS_RUN, description="One run of an analysis; never changed.")
class AnalysisRun(Node):
    """A run."""

    kind: tables.AnalysisKind = column("What it looked for.")
    model: str = column("The method.")
    model_version: str = column("The version of the method.")
    parameters: JSON = column("The numbers the method was given, by name.")
    read_count: int = column("How many things it looked at.")
    found_count: int = column("How many of them it found something of.")
    note: str | None = column("What was left out, and why; null where nothing was.")
    until: datetime = column("The end of the time it looked at.")
    ran_at: datetime = column("When it ran.")
    suggestions: Connection["Suggestion"] = connection(
        "What it suggested, or renewed last, latest first.", reads.suggestions_of_run
    )
    drivers: Connection["Driver"] = connection(
        "The drivers it measured, those that pull down most first.", reads.drivers_of_run
    )


@record(tables.SuggestionSignal, name="SuggestionSignal", description="A signal that a suggestion rests on.")
class SuggestionSignal:
    """A signal of a suggestion."""

    signal: SuggestionEvidence | None = one("What it is: an interaction, or feedback.", reads.SIGNAL)
    occurred_at: datetime = column("When the customer said it.")


@strawberry.type(description="Why a count is surprising: what was expected, and how it was computed.")
class SuggestionStatistics:
    """The statistics of a suggestion."""

    observed: int = column("How often it was spoken of in the period.")
    expected: float = column("How often it should have been: the usual count, times growth, times season.")
    usual: float = column("The mean count of the periods before.")
    growth: float = column("By how much everything else grew meanwhile; 1 where it did not.")
    season: float = column("By how much its share rose at this time last year; 1 where it did not.")
    dispersion: float = column("How much wider than pure chance the counts of all series scatter; from 1.")
    probability: float = column("The chance of at least so many, 0 to 1, by a negative binomial.")
    surprise: float = column("The negative decimal logarithm of that chance.")
    baseline_periods: int = column("How many periods of seven days told what is usual.")
    customers: int = column("How many different customers spoke of it; unknown ones count for nothing.")


@entity(
    reads.SUGGESTION,
    description="Something that detection holds for new; a person decides what becomes of it.",
)
class Suggestion(Node):
    """A suggestion."""

    status: tables.SuggestionStatus = column("What a person has made of it.")
    title: str = column("What rose, in a line.")
    why: str = column("Why it is suggested, in sentences.")
    period_start: datetime = column("When the seven days began that it speaks of.")
    period_end: datetime = column("When they ended.")
    statistics: SuggestionStatistics = nested("The numbers behind it.", Nested())
    calmed_at: datetime | None = column(
        "When a later run found it no longer surprising; null while it lasts."
    )
    decided_by: str | None = column("Who decided; null while it waits.")
    decided_at: datetime | None = column("When it was decided; null while it waits.")
    decision_reason: str | None = column("Why it was dismissed; null where it was not.")
    version: int = column("Counts the changes of this suggestion, from 1.")
    created_at: datetime = column("When it was first suggested.")
    updated_at: datetime = column("When it last changed.")
    contact_reason: ContactReason | None = one(
        "The contact reason that rose; null where a theme did.", reads.reason_of_finding
    )
    theme: Theme | None = one("The theme that rose; null where a reason did.", reads.theme_of_finding)
    run: AnalysisRun = one("The run that found it last.", reads.run_of_finding)
    insight: Insight | None = one("The insight it became.", reads.insight_of_suggestion)
    signals: list[SuggestionSignal] = listed(
        "Up to 100 of the signals it rests on, latest first; they become the evidence.",
        reads.signals_of_suggestion,
    )
    allowed_transitions: list[AllowedTransition] = allowed_transitions(machine.SUGGESTION)
    history: list[StateChange] = history()


@record(tables.FrictionPeriod, name="FrictionPeriod", description="What one period of 30 days held.")
class FrictionPeriod:
    """A period."""

    starts_at: datetime = column("When it began.")
    ends_at: datetime = column("When it ended.")
    contacts: int = column("All contacts, answers and events.")
    customers: int = column("The different customers hurt.")


@strawberry.type(description="By how much worse off those are who meet a place, with its interval.")
class FrictionGap:
    """A gap."""

    measure: tables.GapMeasure = column("What it is measured in.", stored("gap_measure"))
    points: float = column(
        "Points of 100 by which they are worse off than the others; below 0 they are better off.",
        stored("gap"),
    )
    low: float = column("The lower end of the 95 % interval.", stored("gap_low"))
    high: float = column("The upper end of the 95 % interval.", stored("gap_high"))


@entity(
    reads.FRICTION_POINT,
    description="How many customers a contact reason or touchpoint hurts a month, and which way that goes.",
)
class FrictionPoint(Node):
    """A friction point."""

    period_start: datetime = column("When the 30 days began.")
    period_end: datetime = column("When they ended.")
    contacts: int = column("All contacts, answers and events there.")
    customers_met: int = column("The different customers who met it; unknown ones count for nothing.")
    customers: int = column(
        "The different customers it hurt: a reopened, abandoned, late or repeated contact, a low answer, "
        "a standard that was missed."
    )
    friction_rate: float | None = column(
        "The share of those who met it that it hurt, 0 to 1; null where nobody is known."
    )
    friction_rate_low: float | None = column("The lower end of its 95 % interval.")
    friction_rate_high: float | None = column("The upper end of its 95 % interval.")
    previous_customers: int = column("The different customers it hurt in the 30 days before.")
    trend: float = column("The customers hurt as a multiple of the 30 days before; 1 where nothing changed.")
    trend_low: float = column("The lower end of its 95 % interval, widened by how much months scatter.")
    trend_high: float = column("The upper end of its 95 % interval.")
    course: tables.Course = column("Which way it goes, as far as the interval tells.")
    gap: FrictionGap | None = nested(
        "How bad it is for those it happens to; null where too few are known.",
        Nested(lambda row: row.c.gap.is_not(None)),
    )
    priority: float = column("Customers, times the gap where it is above 0, times the trend.")
    measured_at: datetime = column("When it was measured.")
    contact_reason: ContactReason | None = one(
        "The contact reason; null for a touchpoint.", reads.reason_of_finding
    )
    touchpoint: Touchpoint | None = one(
        "The touchpoint; null for a contact reason.", reads.touchpoint_of_finding
    )
    run: AnalysisRun = one("The run that measured it.", reads.run_of_finding)
    periods: list[FrictionPeriod] = listed(
        "The last thirteen periods of 30 days, earliest first.", reads.periods_of_friction
    )


@entity(
    reads.DRIVER,
    description="How much something moves a score: the score of all, less that of those who did not meet it.",
)
class Driver(Node):
    """A driver."""

    metric: tables.DriverMetric = column("The score it moves.")
    answers: int = column("The answers of those who met it.")
    other_answers: int = column("The answers of all others.")
    score: float = column("The score of those who met it, in points.")
    other_score: float = column("The score of the others, in points.")
    impact: float = column("Points by which it moves the score of all; below 0 it pulls it down.")
    impact_low: float = column("The lower end of the 95 % interval, by bootstrap.")
    impact_high: float = column("The upper end of the 95 % interval, by bootstrap.")
    current: bool = column("Whether no later run has measured anew.")
    measured_at: datetime = column("When it was measured.")
    contact_reason: ContactReason | None = one(
        "The contact reason; null where it is something else.", reads.reason_of_finding
    )
    touchpoint: Touchpoint | None = one(
        "The touchpoint; null where it is something else.", reads.touchpoint_of_finding
    )
    theme: Theme | None = one("The theme; null where it is something else.", reads.theme_of_finding)
    run: AnalysisRun = one("The run that measured it.", reads.run_of_finding)
