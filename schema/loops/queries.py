"""How are recoveries, follow-ups and loops found? Filters, orders and the fields where reading begins."""

from enum import Enum

import strawberry

from schema.ground.connections import Connection
from schema.ground.fields import Lookup, closed_set, connection, extend, lookup, value, where
from schema.ground.inputs import DateTimeRange, OrderDirection
from schema.ground.roots import Query
from schema.loops.types import FeedbackLoop, FollowUp, Huddle, Recovery
from service.loops import reads, tables


class RecoveryOrderField(Enum):
    """What recoveries can be sorted by."""

    OPENED_AT = "OPENED_AT"
    SEVERITY = "SEVERITY"
    DUE_AT = "DUE_AT"


closed_set(
    RecoveryOrderField,
    "What recoveries can be sorted by.",
    OPENED_AT="When they were opened.",
    SEVERITY="How much is at stake for the customer.",
    DUE_AT="By when the next thing is due; what is not due at all comes last.",
)


@strawberry.input(description="How recoveries are sorted.")
class RecoveryOrder:
    """A sort order."""

    field: RecoveryOrderField = value("What to sort by.")
    direction: OrderDirection = value("Which end comes first.", default=OrderDirection.DESC)


class FollowUpOrderField(Enum):
    """What follow-ups can be sorted by."""

    OWED_AT = "OWED_AT"
    DUE_AT = "DUE_AT"


closed_set(
    FollowUpOrderField,
    "What follow-ups can be sorted by.",
    OWED_AT="Since when they are owed.",
    DUE_AT="By when the customer should be told; what is not due at all comes last.",
)


@strawberry.input(description="How follow-ups are sorted.")
class FollowUpOrder:
    """A sort order."""

    field: FollowUpOrderField = value("What to sort by.")
    direction: OrderDirection = value("Which end comes first.", default=OrderDirection.DESC)


@strawberry.input(description="Which recoveries; all fields that are given must hold.")
class RecoveryFilter:
    """A filter of recoveries."""

    and_: list["RecoveryFilter"] | None = where("All of these hold.", name="and")
    or_: list["RecoveryFilter"] | None = where("At least one of these holds.", name="or")
    not_: "RecoveryFilter | None" = where("This does not hold.", name="not")
    ids: list[strawberry.ID] | None = where("One of these recoveries.", reads.by_id_of_recovery)
    status: list[tables.RecoveryStatus] | None = where("In one of these states.")
    open: bool | None = where("Whether it still has to be dealt with.", reads.still_open)
    overdue: bool | None = where("Whether what is due next should have been done by now.", reads.overdue)
    origin: list[tables.RecoveryOrigin] | None = where("Opened by one of these.")
    trigger: list[tables.RecoveryTrigger] | None = where("Called for by one of these.")
    severity: list[int] | None = where("Of one of these severities.")
    severity_at_least: int | None = where("At least as severe as this, from 1 to 5.", reads.at_least)
    customer: strawberry.ID | None = where("Of this customer.", reads.by_customer)
    contact_reason: strawberry.ID | None = where("About this contact reason.", reads.by_contact_reason)
    owner: str | None = where("Dealt with by this owner.")
    team: strawberry.ID | None = where("Dealt with by this team.", reads.by_team)
    opened_by_rule: strawberry.ID | None = where("Opened by this edition of a rule.", reads.by_rule)
    opened_at: DateTimeRange | None = where("Opened within.")


@strawberry.input(description="Which follow-ups; all fields that are given must hold.")
class FollowUpFilter:
    """A filter of follow-ups."""

    and_: list["FollowUpFilter"] | None = where("All of these hold.", name="and")
    or_: list["FollowUpFilter"] | None = where("At least one of these holds.", name="or")
    not_: "FollowUpFilter | None" = where("This does not hold.", name="not")
    ids: list[strawberry.ID] | None = where("One of these follow-ups.", reads.by_id_of_follow_up)
    status: list[tables.FollowUpStatus] | None = where("In one of these states.")
    settled: bool | None = where("Whether nothing is left to be done for it.", reads.settled)
    overdue: bool | None = where("Whether the customer should have been told by now.", reads.told_late)
    customer: strawberry.ID | None = where("Owed to this customer.", reads.by_customer)
    initiative: strawberry.ID | None = where("About this initiative.", reads.by_initiative)
    owed_at: DateTimeRange | None = where("Owed since a moment within.")


@strawberry.input(description="Which loops; all fields that are given must hold.")
class FeedbackLoopFilter:
    """A filter of loops."""

    and_: list["FeedbackLoopFilter"] | None = where("All of these hold.", name="and")
    or_: list["FeedbackLoopFilter"] | None = where("At least one of these holds.", name="or")
    not_: "FeedbackLoopFilter | None" = where("This does not hold.", name="not")
    ids: list[strawberry.ID] | None = where("One of these loops.", reads.by_id_of_loop)
    status: list[tables.LoopStatus] | None = where("In one of these states.")
    insight: strawberry.ID | None = where("Of this insight.", reads.by_insight)
    initiative: strawberry.ID | None = where("Of this initiative.", reads.by_initiative)
    opened_at: DateTimeRange | None = where("Opened within.")


@strawberry.input(description="Which huddles; all fields that are given must hold.")
class HuddleFilter:
    """A filter of huddles."""

    team: strawberry.ID | None = where("Of this team.", reads.by_team)
    held_at: DateTimeRange | None = where("Held within.")


@extend(FeedbackLoop)
class LoopFollowUps:
    """What a loop shows of those who are to be told."""

    follow_ups: Connection[FollowUp] = connection(
        "Who is owed an answer because of this insight.", reads.follow_ups_of_loop, filter_by=FollowUpFilter
    )


@extend(Query)
class LoopQueries:
    """Where reading the last chapter begins."""

    recovery: Recovery | None = lookup(
        "One recovery; null where there is none.",
        Lookup(tables.Recovery, id=reads.by_id_of_recovery),
        {"id": (strawberry.ID, "Its id.")},
    )
    recoveries: Connection[Recovery] = connection(
        "All recoveries.", reads.RECOVERIES, filter_by=RecoveryFilter, order_by=RecoveryOrder
    )
    follow_up: FollowUp | None = lookup(
        "One follow-up; null where there is none.",
        Lookup(tables.FollowUp, id=reads.by_id_of_follow_up),
        {"id": (strawberry.ID, "Its id.")},
    )
    follow_ups: Connection[FollowUp] = connection(
        "All follow-ups, the latest first.",
        reads.FOLLOW_UPS,
        filter_by=FollowUpFilter,
        order_by=FollowUpOrder,
    )
    feedback_loop: FeedbackLoop | None = lookup(
        "One loop; null where there is none.",
        Lookup(tables.FeedbackLoop, id=reads.by_id_of_loop),
        {"id": (strawberry.ID, "Its id.")},
    )
    feedback_loops: Connection[FeedbackLoop] = connection(
        "All loops, the latest first.", reads.FEEDBACK_LOOPS, filter_by=FeedbackLoopFilter
    )
    huddles: Connection[Huddle] = connection(
        "All huddles, the latest first.", reads.HUDDLES, filter_by=HuddleFilter
    )
