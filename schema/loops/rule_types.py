"""How do rules, terms, authority and links for replies look to a client?"""

from datetime import datetime

from schema.customers.types import Segment
from schema.feedback.types import Survey
from schema.ground.fields import column, entity, one, record
from schema.ground.roots import Node
from schema.ground.transitions import AllowedTransition, StateChange, allowed_transitions, history
from schema.interactions.clocks import BusinessCalendar
from schema.interactions.types import ContactReason, Team
from schema.touchpoints.types import Touchpoint
from service.loops import reads, rule_tables, tables
from service.loops.recovery_rules import RULES
from service.touchpoints.tables import Channel


@entity(
    reads.RECOVERY_RULE,
    description=(
        "One edition of a rule that opens recoveries. What it says never changes; a new edition says it "
        "anew. Active rules are tried by their place; the first that a signal meets opens the recovery. A "
        "tenant without an active rule has three: every detractor, every low satisfaction, every high effort."
    ),
)
class RecoveryRule(Node):
    """A rule."""

    key: str = column("The key of the rule, which its editions share.")
    edition: int = column("Which edition it is, from 1.")
    name: str = column("Its name.")
    status: rule_tables.RuleStatus = column("Whether it opens recoveries.")
    trigger: tables.RecoveryTrigger = column("What it looks at.")
    place: int = column("Its place among the rules: the smallest is tried first.")
    worst_part: float | None = column(
        "In which share of the scale, from its bad end, an answer lies, above 0 and at most 1; null: the "
        "usual one, which is a detractor, or the worst two fifths."
    )
    keywords: list[str] = column(
        "The words and phrases it listens for, whole and in whatever case; empty for other triggers.",
        reads.lines_of("keywords"),
    )
    channel: Channel | None = column("Only what came by this way; null: by any.")
    severity: int | None = column("The severity it gives, from 1 to 5; null: the worse the answer, the more.")
    owner: str | None = column("Who deals with what it opens.")
    acknowledge_within_seconds: int | None = column("How soon it is acknowledged; null: as the terms say.")
    recover_within_seconds: int | None = column("How soon it is remedied; null: as the terms say.")
    quiet_days: int = column(
        "How many days after a customer's last recovery it opens none for that customer; 0: it always does."
    )
    activated_at: datetime | None = column("When it took effect.")
    retired_at: datetime | None = column("When it ceased to.")
    version: int = column("Counts the changes of this edition's state, from 1.")
    survey: Survey | None = one("Only answers to this survey; null: to any.", reads.survey)
    touchpoint: Touchpoint | None = one("Only at this touchpoint; null: at any.", reads.touchpoint)
    contact_reason: ContactReason | None = one("Only about this; null: anything.", reads.contact_reason)
    segment: Segment | None = one("Only for customers in this segment; null: for all.", reads.segment)
    team: Team | None = one("Which team deals with what it opens.", reads.team)
    business_calendar: BusinessCalendar | None = one(
        "In whose open hours its times run; null: in those of the tenant's terms.", reads.business_calendar
    )
    allowed_transitions: list[AllowedTransition] = allowed_transitions(RULES)
    history: list[StateChange] = history()


@entity(
    reads.LOOP_POLICY,
    description="One edition of the terms on which loops are closed; the latest counts, none ever changes.",
)
class LoopPolicy(Node):
    """The terms."""

    edition: int = column("Which edition it is, from 1.")
    acknowledge_within_seconds: int = column("How soon a recovery is acknowledged; usually 24 hours.")
    recover_within_seconds: int = column("How soon a recovery is remedied; usually 72 hours.")
    answer_window_days: int = column(
        "How many days a customer has to say whether it is good now; usually 14. Then it is UNCONFIRMED."
    )
    same_reason_days: int = column(
        "For how many days after a remedy contact about the same reason reopens it; usually 7."
    )
    reply_window_days: int = column("How many days a follow-up waits for a reply; usually 14. Then NO_REPLY.")
    tell_within_days: int = column("Within how many days a customer is told what came of it; usually 14.")
    quiet_days: int = column("How many days lie between two messages to a customer; usually 7.")
    consent_basis: rule_tables.ConsentBasis = column("Who may be told; usually all but those who objected.")
    business_calendar: BusinessCalendar | None = one(
        "In whose open hours recoveries are due where no rule names a calendar; null: in plain hours.",
        reads.business_calendar,
    )
    set_by: str = column("Who set it.")
    set_at: datetime = column("When it was set.")


@entity(
    reads.AUTHORITY_LIMIT,
    description=(
        "How much one agent, or everybody in a role, may grant one customer for one recovery. An agent's own "
        "limit comes before those of roles. In a currency without any limit everybody may grant."
    ),
)
class AuthorityLimit(Node):
    """A limit."""

    holder_kind: rule_tables.HolderKind = column("Whether it is an agent's or a role's.")
    holder: str = column("The agent's subject, or the role's name.")
    currency: str = column("The currency's ISO 4217 code.")
    amount_minor: int = column("The most that may be granted, in the currency's minor unit.")
    version: int = column("Counts the changes of this limit, from 1.")


@record(
    rule_tables.ReplyLink,
    name="ReplyLink",
    description="A signed link by which a customer answers one question, once and without signing in.",
)
class ReplyLink:
    """A link; its secret part is shown only when it is made."""

    channel: Channel = column("The way by which it was sent.")
    asked_at: datetime = column("When it was made.")
    asked_by: str = column("Who made it.")
    expires_at: datetime = column("Until when it can be used.")
    answered_at: datetime | None = column("When the customer used it.")
    answer: str | None = column("What the customer answered by it: POSITIVE or NEGATIVE.")
