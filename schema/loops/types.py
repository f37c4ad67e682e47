"""How do recoveries, follow-ups and loops look to a client? The types of the last chapter."""

from datetime import datetime

from schema.customers.types import Customer
from schema.feedback.types import Feedback
from schema.ground.fields import column, entity, listed, one, record
from schema.ground.roots import Node
from schema.ground.transitions import AllowedTransition, StateChange, allowed_transitions, history
from schema.initiatives.types import Initiative
from schema.insights.types import Elevation, Evidence, Insight
from schema.interactions.types import ContactReason, Interaction, Team
from schema.loops import closed_sets
from schema.loops.rule_types import RecoveryRule, ReplyLink
from schema.touchpoints.types import TouchpointEvent
from service.loops import gates, machine, reads, tables
from service.touchpoints.tables import Channel

__all__ = [
    "FeedbackLoop",
    "FollowUp",
    "Huddle",
    "HuddleDecision",
    "Recovery",
    "RecoveryAction",
    "closed_sets",
]


@entity(
    reads.RECOVERY_ACTION,
    description="Something that was done for a customer, or is proposed to be; only its decision changes.",
)
class RecoveryAction(Node):
    """An action."""

    kind: tables.ActionKind = column("What was done.")
    note: str | None = column("In the words of who did it.")
    decision: tables.ActionDecision = column("Whether it counts.")
    decided_by: str | None = column("Who granted or refused what was proposed.")
    decided_at: datetime | None = column("When that was.")
    decision_reason: str | None = column("Why it was granted or refused.")
    amount_minor: int | None = column(
        "What it cost, in the currency's minor unit; null where it was no money."
    )
    currency: str | None = column("The currency's ISO 4217 code.")
    actor: str = column("Who did it.")
    taken_at: datetime = column("When it was done.")


@entity(
    reads.RECOVERY,
    description=(
        "The inner loop: one customer for whom something went wrong. It ends as recovered only when that "
        "customer says so."
    ),
)
class Recovery(Node):
    """A recovery."""

    status: tables.RecoveryStatus = column("Where it stands.")
    origin: tables.RecoveryOrigin = column("Who saw the need.")
    trigger: tables.RecoveryTrigger | None = column("What called for it; null where a person did.")
    rule: RecoveryRule | None = one(
        "The edition of the rule that opened it; null for the standard rules and for persons.", reads.rule
    )
    severity: int = column("How much is at stake for the customer, from 1 (little) to 5 (most).")
    owner: str | None = column("Who deals with it.")
    team: Team | None = one("Which team deals with it.", reads.team)
    root_cause: str | None = column("Why it went wrong.")
    opened_at: datetime = column("When it was opened.")
    acknowledged_at: datetime | None = column("When the customer learned that it was heard.")
    acknowledge_due_at: datetime | None = column(
        "Until when it should be acknowledged; null for one of long ago."
    )
    remedied_at: datetime | None = column("When something was done that may put it right; the last time.")
    remedy_due_at: datetime | None = column(
        "Until when it should be remedied; while it waits for the customer the time stands still."
    )
    due_at: datetime | None = column(
        "Until when the next thing is due: acknowledging it, then remedying it; null while nothing is."
    )
    overdue: bool = column("Whether that should have been done by now.", reads.is_overdue)
    closed_at: datetime | None = column("When it ended; null while it is open.")
    answer: tables.Answer | None = column(
        "What the customer said of the last remedy; null where nothing yet."
    )
    answer_words: str | None = column("The customer's words.")
    answered_at: datetime | None = column("When the answer was recorded.")
    answer_recorded_by: str | None = column("Who recorded the answer.")
    version: int = column("Counts the changes of this recovery, from 1.")
    customer: Customer = one("Who is to be won back.", reads.customer)
    feedback: Feedback | None = one("The answer that opened it.", reads.feedback)
    interaction: Interaction | None = one("The interaction that it is about.", reads.interaction)
    touchpoint_event: TouchpointEvent | None = one("The event that opened it.", reads.touchpoint_event)
    follow_up: "FollowUp | None" = one("The follow-up that the customer disputed.", reads.disputed_follow_up)
    contact_reason: ContactReason | None = one("What it is about.", reads.contact_reason)
    duplicate_of: "Recovery | None" = one("The recovery that deals with it instead.", reads.duplicate_of)
    reply_links: list[ReplyLink] = listed(
        "The links by which the customer was asked, earliest first.", reads.links_of_recovery
    )
    actions: list[RecoveryAction] = listed("What was done so far, earliest first.", reads.actions_of_recovery)
    allowed_transitions: list[AllowedTransition] = allowed_transitions(machine.RECOVERIES)
    history: list[StateChange] = history()


@entity(
    reads.FOLLOW_UP,
    description=(
        "What a customer is owed whose words are evidence of an insight that an initiative answers: to be "
        "told what came of them. There is one for each customer and initiative."
    ),
)
class FollowUp(Node):
    """A follow-up."""

    status: tables.FollowUpStatus = column("Where it stands.")
    news: tables.News | None = column("What there is to tell; null while there is nothing.")
    draft: str = column(
        "What to say: the customer's own words, and what came of them. Composed anew whenever it is read.",
        reads.draft_of,
    )
    message: str | None = column("What the customer was told; null before.")
    channel: Channel | None = column("The way by which the customer was told.")
    owed_at: datetime = column("Since when it is owed.")
    due_at: datetime | None = column("Until when the customer should be told; null while there is nothing.")
    overdue: bool = column("Whether the customer should have been told by now.", reads.is_told_late)
    blocked_because: list[gates.SendBlock] = column(
        "Why the customer cannot be told now; empty where nothing is in the way, or it is settled.",
        gates.blocks_of,
    )
    sendable_from: datetime | None = column(
        "From when on earlier messages are in the way no more; null where none is now.", gates.sendable_from
    )
    reply_links: list[ReplyLink] = listed(
        "The links by which the customer was asked for a reply, earliest first.", reads.links_of_follow_up
    )
    sent_at: datetime | None = column("When the customer was told.")
    sent_by: str | None = column("Who told the customer.")
    answered_at: datetime | None = column("When the customer's reply was recorded.")
    answer_words: str | None = column("The customer's reply.")
    answer_recorded_by: str | None = column("Who recorded the reply.")
    suppressed_because: tables.Suppression | None = column("Why the customer must not be written to.")
    waived_by: str | None = column("Who decided not to tell the customer.")
    waived_because: str | None = column("Why the customer is not told.")
    version: int = column("Counts the changes of this follow-up, from 1.")
    customer: Customer = one("Who is owed.", reads.customer)
    initiative: Initiative = one("What came of it.", reads.initiative)
    evidence: Evidence | None = one("The words it answers.", reads.evidence)
    recovery: Recovery | None = one(
        "The recovery that was opened because the customer disputed it.", reads.recovery_of_follow_up
    )
    folded_into: "FollowUp | None" = one("The follow-up that tells the same person.", reads.folded_into)
    allowed_transitions: list[AllowedTransition] = allowed_transitions(machine.FOLLOW_UPS)
    history: list[StateChange] = history()


@entity(
    reads.FEEDBACK_LOOP,
    description=(
        "The outer loop: an insight and the initiative that is to remove its cause, open until the change "
        "has shipped, its effect is judged, and everybody who spoke up is told."
    ),
)
class FeedbackLoop(Node):
    """A loop."""

    name: str | None = column("Its name.")
    owner: str | None = column("Who sees to it that it closes.")
    status: tables.LoopStatus = column("Whether it is closed.")
    opened_at: datetime = column("When it was opened.")
    opened_by: str = column("Who opened it.")
    closed_at: datetime | None = column("When it was closed.")
    closed_by: str | None = column("Who closed it.")
    close_reason: str | None = column(
        "Why its sponsor closed it although something was missing; null where nothing was."
    )
    closed_despite: list[str] = column(
        "What was missing when its sponsor closed it, a sentence each; it is shown for ever.",
        reads.lines_of("closed_despite"),
    )
    version: int = column("Counts the changes of this loop, from 1.")
    insight: Insight = one("What was understood.", reads.insight)
    initiative: Initiative = one("What is done about it.", reads.initiative)
    allowed_transitions: list[AllowedTransition] = allowed_transitions(machine.LOOPS)
    history: list[StateChange] = history()


@record(tables.HuddleDecision, name="HuddleDecision", description="One decision of a huddle.")
class HuddleDecision:
    """A decision."""

    position: int = column("Its place, from 1.")
    kind: tables.HuddleDecisionKind = column("What was decided.")
    note: str = column("About what, in the team's words.")
    elevation: Elevation | None = one("What was raised.", reads.elevation)


@entity(reads.HUDDLE, description="A team's regular look at what its customers said; it never changes.")
class Huddle(Node):
    """A huddle."""

    held_at: datetime = column("When it was held.")
    attendees: str | None = column("Who was there.")
    notes: str | None = column("What was talked about.")
    recorded_by: str = column("Who recorded it.")
    team: Team = one("Whose huddle it was.", reads.team)
    decisions: list[HuddleDecision] = listed("What was decided, in order.", reads.decisions_of_huddle)
