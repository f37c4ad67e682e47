"""How do insights look to a client? Claims with their evidence, elevations of the front line, themes."""

from datetime import datetime
from typing import Annotated

import strawberry

from schema.customers.types import Customer
from schema.feedback.types import Feedback
from schema.ground.connections import Connection
from schema.ground.fields import closed_set, column, connection, entity, listed, nested, one, record
from schema.ground.roots import Node
from schema.ground.transitions import AllowedTransition, StateChange, allowed_transitions, history
from schema.interactions.types import ContactReason, Interaction
from schema.journeys.types import JourneyStage
from schema.touchpoints.types import Touchpoint, TouchpointEvent
from service.ground.reads import Nested
from service.ground.reads import column as stored
from service.insights import machine, reads, tables

closed_set(
    tables.InsightKind,
    "What an insight is about.",
    PAIN="Something that hurts customers.",
    NEED="Something customers need and do not get.",
    GAIN="Something customers gain, or would gain.",
)
closed_set(
    tables.InsightStatus,
    "How far an insight has come.",
    DRAFT="A claim that somebody made.",
    EVIDENCED="Enough signals of enough customers back it, or a sponsor said why to go on without.",
    VALIDATED="Its root cause is known, and how it was found.",
    PRIORITISED="It has a score, and nobody works on it yet.",
    ADDRESSING="An initiative works on it.",
    RESOLVED="An evaluation showed an improvement, and no customer waits too long to be told.",
    REGRESSED="It had been resolved and has come back.",
    MERGED="It turned out to be another insight.",
    REJECTED="It is not so, or not to be dealt with; the reason is in its history.",
    DORMANT="It is put aside for now; the reason is in its history.",
)
closed_set(
    tables.RootCauseMethod,
    "How a root cause was found.",
    FIVE_WHYS="By asking why until the cause was reached.",
    DATA_QUERY="By looking at the data.",
    INTERVIEW="By talking with those concerned.",
    OTHER="In another way; the root cause says how.",
)
closed_set(
    tables.ElevationStatus,
    "What has become of an elevation.",
    PROPOSED="It waits for a decision.",
    ACCEPTED="It went into an insight, its signals as evidence.",
    MERGED="It turned out to be another elevation.",
    RETURNED="Its proposer was asked a question.",
    DECLINED="It was declined; the reason is shown.",
)
closed_set(
    tables.ElevationImpact,
    "What it does to customers if nothing changes.",
    ATTRITION_RISK="They may leave.",
    COMPLAINT="They complain.",
    ESCALATION="They go to somebody's superior, or to the public.",
    ANNOYANCE="They are annoyed.",
    OPPORTUNITY="They are fine, and could be better served.",
    UNKNOWN="The proposer cannot tell.",
)
closed_set(
    tables.ThemeOrigin,
    "Where a theme comes from.",
    CODED="People coded the words by a scheme.",
    DISCOVERED="A run over the words found it.",
    MANUAL="Somebody named it.",
)

EvidenceSignal = Annotated[
    Interaction | Feedback | TouchpointEvent,
    strawberry.union("EvidenceSignal", description="What a customer said, or what happened to one."),
]


@entity(
    reads.THEME, description="Something that many customers say, as one run of coding or discovery named it."
)
class Theme(Node):
    """A theme."""

    key: str = column("Its key; other runs may have found a theme with the same key.")
    run: str = column("The run of coding or discovery that named it; empty where somebody did by hand.")
    name: str = column("Its name.")
    description: str | None = column("What it is about.")
    origin: tables.ThemeOrigin = column("Where it comes from.")
    found_name: str | None = column("The name that the run gave it; null where nobody renamed it.")
    renamed_by: str | None = column("Who renamed it; null where nobody did.")
    renamed_at: datetime | None = column("When it was renamed; null where it never was.")
    superseded_at: datetime | None = column("When a later run replaced it; null while it holds.")
    created_at: datetime = column("When it was first recorded.")
    feedback: Connection[Feedback] = connection(
        "What speaks of it, linked last first.", reads.feedback_of_theme
    )


@strawberry.type(
    description="How much an insight matters: a score, and the three factors it is the product of."
)
class InsightPriority:
    """A priority."""

    score: float = column("The product of the three factors.", stored("priority"))
    affected_customers: float = column(
        "Customers it affects in a month.", stored("priority_affected_customers")
    )
    gap: float = column(
        "How far their satisfaction lies from the others', in points of the metric it was read from.",
        stored("priority_gap"),
    )
    trend: float = column(
        "Contacts of the last period as a multiple of the period before; 1 where nothing changes.",
        stored("priority_trend"),
    )
    gap_low: float | None = column(
        "The lower end of the gap's interval; null where a person gave the gap.",
        stored("priority_gap_low"),
    )
    gap_high: float | None = column(
        "The upper end of the gap's interval; null where a person gave the gap.",
        stored("priority_gap_high"),
    )
    gap_measure: str | None = column(
        "What the gap was measured in, such as CSAT; null where a person gave it.",
        stored("priority_gap_measure"),
    )
    measured_at: datetime | None = column(
        "When the factors were measured; null where a person gave any of them.",
        stored("priority_measured_at"),
    )
    prioritised_at: datetime = column("When the factors were frozen.")


@entity(
    reads.INSIGHT, description="A claim about the experience, backed by what customers said and went through."
)
class Insight(Node):
    """An insight."""

    title: str = column("The claim in a line.")
    summary: str | None = column("The claim in full, with its numbers.")
    kind: tables.InsightKind = column("What it is about.")
    severity: int = column("How bad it is for those it happens to, from 1 to 5.")
    status: tables.InsightStatus = column("How far it has come.")
    owner: str | None = column("The person or function that answers for it.")
    sponsor_reason: str | None = column("Why a sponsor let it go on without enough evidence.")
    root_cause: str | None = column("Why it is so.")
    root_cause_method: tables.RootCauseMethod | None = column("How the root cause was found.")
    priority: InsightPriority | None = nested(
        "How much it matters; null before it is prioritised.", Nested(lambda row: row.c.priority.is_not(None))
    )
    signal_count: int = column("How many signals back it.", reads.signal_count)
    customer_count: int = column(
        "How many different customers those signals come from; unknown ones count for nothing.",
        reads.customer_count,
    )
    initiative_active_at: datetime | None = column(
        "Since when an initiative works on it; null where none does."
    )
    verified_at: datetime | None = column("When an evaluation showed an improvement; null before.")
    follow_up_due_at: datetime | None = column(
        "When the earliest answer that is still owed to a customer is due; null where none is."
    )
    regressed_at: datetime | None = column("When it came back last; null where it never did.")
    version: int = column("Counts the changes of this insight, from 1.")
    created_at: datetime = column("When it was first recorded.")
    updated_at: datetime = column("When it last changed.")
    journey_stage: JourneyStage | None = one(
        "The stage of a journey it is pinned to.", reads.stage_of_insight
    )
    touchpoint: Touchpoint | None = one("The touchpoint it is pinned to.", reads.touchpoint_of_insight)
    contact_reason: ContactReason | None = one("The contact reason it is pinned to.", reads.reason_of_insight)
    theme: Theme | None = one("The theme it is pinned to.", reads.theme_of_insight)
    merged_into: "Insight | None" = one("The insight this one turned out to be.", reads.survivor_of_insight)
    evidence: Connection["Evidence"] = connection(
        "What backs it, linked last first.", reads.evidence_of_insight
    )
    unlinked_evidence: Connection["Evidence"] = connection(
        "What was taken to back it and does not, unlinked last first.", reads.unlinked_evidence_of_insight
    )
    customers: Connection[Customer] = connection(
        "The customers whose signals back it.", reads.customers_of_insight
    )
    elevations: Connection["Elevation"] = connection(
        "The elevations that went into it, latest first.", reads.elevations_of_insight
    )
    allowed_transitions: list[AllowedTransition] = allowed_transitions(machine.INSIGHT)
    history: list[StateChange] = history()


@entity(reads.EVIDENCE, description="One signal that backs an insight; never changed, at most unlinked.")
class Evidence(Node):
    """A piece of evidence."""

    insight: Insight = one("The insight it backs.", reads.insight_of_evidence)
    signal: EvidenceSignal | None = one("What it is: an interaction, feedback or an event.", reads.SIGNAL)
    customer: Customer | None = one(
        "Whose signal it is; null where that is unknown.", reads.customer_of_evidence
    )
    quote: str | None = column(
        "The words as they were copied when it was linked; null where there were none."
    )
    importance: int = column("How much it matters to the customer, from 0, a remark, to 3, critical.")
    linked_by: str = column("Who linked it.")
    linked_at: datetime = column("When it was linked.")
    unlinked_by: str | None = column("Who unlinked it; null while it stands.")
    unlinked_at: datetime | None = column("When it was unlinked; null while it stands.")
    unlink_reason: str | None = column("Why it was unlinked; null while it stands.")


@record(tables.ElevationSignal, name="ElevationSignal", description="A signal that an elevation speaks of.")
class ElevationSignal:
    """A signal of an elevation."""

    signal: EvidenceSignal | None = one("What it is: an interaction, feedback or an event.", reads.SIGNAL)
    quote: str | None = column("The words as they were copied; null where there were none.")
    importance: int = column("How much it matters to the customer, from 0, a remark, to 3, critical.")
    added_at: datetime = column("When it was added.")


@entity(
    reads.ELEVATION, description="A request of the front line that something beyond its control be fixed."
)
class Elevation(Node):
    """An elevation."""

    title: str = column("What should be fixed, in a line.")
    description: str | None = column("What the front line sees.")
    impact: tables.ElevationImpact = column("What it does to customers if nothing changes.")
    frequency: str | None = column("How often it is met, in the proposer's words.")
    suggested_fix: str | None = column("What the proposer would do.")
    proposer: str = column("Who asks for it.")
    status: tables.ElevationStatus = column("What has become of it.")
    question: str | None = column("What its proposer was asked last.")
    answer: str | None = column("What the proposer answered to that.")
    decline_reason: str | None = column("Why it was declined.")
    version: int = column("Counts the changes of this elevation, from 1.")
    created_at: datetime = column("When it was proposed.")
    updated_at: datetime = column("When it last changed.")
    insight: Insight | None = one("The insight it went into.", reads.insight_of_elevation)
    merged_into: "Elevation | None" = one(
        "The elevation this one turned out to be.", reads.survivor_of_elevation
    )
    signals: list[ElevationSignal] = listed(
        "The signals it speaks of, as they came.", reads.signals_of_elevation
    )
    allowed_transitions: list[AllowedTransition] = allowed_transitions(machine.ELEVATION)
    history: list[StateChange] = history()
