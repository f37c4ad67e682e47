"""How do clients say how customers are won back? They write rules, try them, set terms and authority."""

from datetime import datetime

import strawberry

from schema.customers.types import Customer
from schema.feedback.types import Feedback
from schema.ground import ids
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.patches import given
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.interactions.types import Interaction
from schema.loops.rule_types import AuthorityLimit, LoopPolicy, RecoveryRule
from schema.loops.types import Recovery
from service import loops
from service.ground.batches import Outcome
from service.ground.scopes import Scope
from service.loops import reads, rule_tables, tables
from service.loops.trials import Match, Trial
from service.touchpoints.tables import Channel

VALUES = (
    "place",
    "worst_part",
    "channel",
    "severity",
    "owner",
    "acknowledge_within_seconds",
    "recover_within_seconds",
    "quiet_days",
)
KEYS = {
    "surveyKey": "survey_key",
    "touchpointKey": "touchpoint_key",
    "contactReasonKey": "contact_reason_key",
    "segmentKey": "segment_key",
    "teamKey": "team_key",
    "businessCalendarKey": "business_calendar_key",
}
EXPECTED = "Refuse if the rule has changed since this version."


@strawberry.input(description="What the next edition of a rule says; conditions that are absent always hold.")
class RecoveryRuleSaveInput:
    """A rule."""

    key: str = value("The rule's key; an edition is added where it is known.")
    name: str = value("Its name.")
    trigger: tables.RecoveryTrigger = value("What it looks at; FOLLOW_UP_DISPUTED needs no rule.")
    place: int = value("Its place among the rules: the smallest is tried first.", default=100)
    worst_part: float | None = value(
        "In which share of the scale, from its bad end, an answer lies, above 0 and at most 1.", default=None
    )
    keywords: list[str] | None = value("The words and phrases; for KEYWORD only, at most 100.", default=None)
    survey_key: str | None = value("Only answers to this survey.", default=None)
    touchpoint_key: str | None = value("Only at this touchpoint.", default=None)
    contact_reason_key: str | None = value("Only about this.", default=None)
    segment_key: str | None = value("Only for customers in this segment.", default=None)
    channel: Channel | None = value("Only what came by this way.", default=None)
    severity: int | None = value("The severity it gives, from 1 to 5.", default=None)
    owner: str | None = value("Who deals with what it opens.", default=None)
    team_key: str | None = value("Which team deals with what it opens.", default=None)
    business_calendar_key: str | None = value(
        "In whose open hours its times run; null: in those of the tenant's terms.", default=None
    )
    acknowledge_within_seconds: int | None = value("How soon it is acknowledged, in seconds.", default=None)
    recover_within_seconds: int | None = value("How soon it is remedied, in seconds.", default=None)
    quiet_days: int = value(
        "How many days after a customer's last recovery it opens none for that customer.", default=0
    )


@strawberry.input(description="The edition of a rule that is to take effect.")
class RecoveryRuleActivateInput:
    """An activation."""

    recovery_rule_id: strawberry.ID = value("The edition; the active one of the same rule is retired.")
    expected_version: int | None = value(EXPECTED, default=None)


@strawberry.input(description="The edition of a rule that is to open nothing any more.")
class RecoveryRuleRetireInput:
    """A retirement."""

    recovery_rule_id: strawberry.ID = value("The edition.")
    reason: str | None = value("Why, for its history.", default=None)
    expected_version: int | None = value(EXPECTED, default=None)


@strawberry.input(description="Which rule is held against which period; nothing is changed.")
class RecoveryRuleTryInput:
    """A trial."""

    recovery_rule_id: strawberry.ID = value("The edition, in whatever state.")
    since: datetime = value("From this moment on.")
    until: datetime = value("Before this moment; at most 366 days after the first, with 50,000 signals.")


@strawberry.input(description="Which terms are to hold from now on; what is absent stays.")
class LoopPolicySetInput:
    """New terms."""

    acknowledge_within_seconds: strawberry.Maybe[int] = value("How soon a recovery is acknowledged.")
    recover_within_seconds: strawberry.Maybe[int] = value("How soon a recovery is remedied.")
    answer_window_days: strawberry.Maybe[int] = value("Days to say whether it is good now, 1 to 366.")
    same_reason_days: strawberry.Maybe[int] = value("Days in which the same reason reopens, 1 to 366.")
    reply_window_days: strawberry.Maybe[int] = value("Days that a follow-up waits for a reply, 1 to 366.")
    tell_within_days: strawberry.Maybe[int] = value("Days within which customers are told, 1 to 366.")
    quiet_days: strawberry.Maybe[int] = value("Days between two messages to a customer, 0 to 366.")
    consent_basis: strawberry.Maybe[rule_tables.ConsentBasis] = value("Who may be told.")
    business_calendar_key: strawberry.Maybe[str | None] = value(
        "In whose open hours recoveries are due where no rule names a calendar; null: in plain hours."
    )


@strawberry.input(description="How much somebody may grant one customer for one recovery.")
class AuthorityLimitSetInput:
    """A limit."""

    holder_kind: rule_tables.HolderKind = value("Whether it is an agent's or a role's.")
    holder: str = value("The agent's subject, or the role's name.")
    currency: str = value("The currency's ISO 4217 code.")
    amount_minor: int = value("The most that may be granted, in the currency's minor unit; from 0.")
    expected_version: int | None = value("Refuse if the limit has changed since this version.", default=None)


@strawberry.type(description="What a write did to a rule.")
class RecoveryRulePayload(Payload):
    """The answer to a write."""

    recovery_rule: RecoveryRule | None = value("The edition, as it is now.", default=None)


@strawberry.type(description="One signal that the rule would have answered.")
class RecoveryRuleMatch:
    """A signal of the past."""

    occurred_at: datetime = value("When it happened.")
    severity: int = value("The severity that the rule would have given.")
    customer: Customer | None = value("Whose signal it is.", default=None)
    feedback: Feedback | None = value("The answer; null where it is none.", default=None)
    interaction: Interaction | None = value("The matter that it is about, if any.", default=None)
    recovery: Recovery | None = value("The recovery that there is for it already; null: none.", default=None)


@strawberry.type(description="What a rule would have opened, had it alone been active; nothing was changed.")
class RecoveryRuleTryPayload(Payload):
    """The answer to a trial."""

    examined: int | None = value("How many signals of the period it looked at.", default=None)
    would_open: int | None = value(
        "How many recoveries it would have opened that there are not.", default=None
    )
    opened_already: int | None = value("How many of its signals have a recovery already.", default=None)
    left_alone: int | None = value(
        "How many it would have passed over, because of its pause or as the same matter again.", default=None
    )
    customers: int | None = value("How many different customers it would have concerned.", default=None)
    matches: list[RecoveryRuleMatch] = strawberry.field(
        description="The latest of them, at most 100.", default_factory=list
    )


@strawberry.type(description="What a change of the terms did.")
class LoopPolicySetPayload(Payload):
    """The answer to a change."""

    loop_policy: LoopPolicy | None = value("The terms, as they are now.", default=None)


@strawberry.type(description="What a change of a limit did.")
class AuthorityLimitSetPayload(Payload):
    """The answer to a change."""

    authority_limit: AuthorityLimit | None = value("The limit, as it is now.", default=None)
    outcome: Outcome | None = value("Whether it is new, changed, or already like this.", default=None)


def _match(found: Match) -> RecoveryRuleMatch:
    occasion = found.occasion
    return RecoveryRuleMatch(
        occurred_at=occasion.occurred_at,
        severity=found.severity,
        customer=node(Customer, occasion.customer_id),
        feedback=node(Feedback, occasion.feedback_id),
        interaction=node(Interaction, occasion.interaction_id),
        recovery=node(Recovery, found.recovery_id),
    )


def _tried(trial: Trial) -> RecoveryRuleTryPayload:
    return RecoveryRuleTryPayload(
        examined=trial.examined,
        would_open=trial.would_open,
        opened_already=trial.opened_already,
        left_alone=trial.left_alone,
        customers=trial.customers,
        matches=[_match(one) for one in trial.matches],
    )


def _text(sent: RecoveryRuleSaveInput) -> loops.RuleText:
    return loops.RuleText(
        sent.trigger,
        {name: getattr(sent, name) for name in VALUES},
        {field: getattr(sent, name) for field, name in KEYS.items()},
        tuple(sent.keywords or ()),
    )


@extend(Mutation)
class RuleMutations:
    """The writes of rules, terms and authority."""

    @mutation(
        Scope.LOOPS_DESIGN,
        description="Write the next edition of a rule, as a draft: try it, then activate it.",
    )
    async def recovery_rule_save(self, info: Info, input: RecoveryRuleSaveInput) -> RecoveryRulePayload:  # noqa: A002
        """Write an edition."""
        id_ = await loops.recovery_rules.save(info.context.session, input.key, input.name, _text(input))
        return RecoveryRulePayload(recovery_rule=node(RecoveryRule, id_))

    @mutation(
        Scope.LOOPS_DESIGN, description="Let an edition of a rule take effect; its active one is retired."
    )
    async def recovery_rule_activate(
        self,
        info: Info,
        input: RecoveryRuleActivateInput,  # noqa: A002
    ) -> RecoveryRulePayload:
        """Activate an edition."""
        id_ = ids.decode(input.recovery_rule_id, reads.RECOVERY_RULE, "recoveryRuleId")
        await loops.recovery_rules.activate(
            info.context.session, id_, expected_version=input.expected_version
        )
        return RecoveryRulePayload(recovery_rule=node(RecoveryRule, id_))

    @mutation(Scope.LOOPS_DESIGN, description="Let an edition of a rule open nothing any more.")
    async def recovery_rule_retire(
        self,
        info: Info,
        input: RecoveryRuleRetireInput,  # noqa: A002
    ) -> RecoveryRulePayload:
        """Retire an edition."""
        id_ = ids.decode(input.recovery_rule_id, reads.RECOVERY_RULE, "recoveryRuleId")
        await loops.recovery_rules.retire(
            info.context.session, id_, reason=input.reason, expected_version=input.expected_version
        )
        return RecoveryRulePayload(recovery_rule=node(RecoveryRule, id_))

    @mutation(
        Scope.LOOPS_DESIGN,
        description="Tell what a rule would have opened over a period that is over. Nothing is changed.",
    )
    async def recovery_rule_try(self, info: Info, input: RecoveryRuleTryInput) -> RecoveryRuleTryPayload:  # noqa: A002
        """Hold a rule against the past."""
        id_ = ids.decode(input.recovery_rule_id, reads.RECOVERY_RULE, "recoveryRuleId")
        session = info.context.session
        session.discard()
        return _tried(await loops.trials.of_edition(session, id_, input.since, input.until))

    @mutation(
        Scope.LOOPS_DESIGN, description="Let other terms hold from now on; earlier editions stay readable."
    )
    async def loop_policy_set(self, info: Info, input: LoopPolicySetInput) -> LoopPolicySetPayload:  # noqa: A002
        """Set the terms."""
        changes = dict(given(input, loops.terms.SETTABLE))
        id_ = await loops.terms.revise(info.context.session, changes)
        return LoopPolicySetPayload(loop_policy=node(LoopPolicy, id_))

    @mutation(Scope.LOOPS_DESIGN, description="Set how much an agent or a role may grant one customer.")
    async def authority_limit_set(
        self,
        info: Info,
        input: AuthorityLimitSetInput,  # noqa: A002
    ) -> AuthorityLimitSetPayload:
        """Set a limit."""
        id_, outcome = await loops.authority.set_limit(
            info.context.session,
            input.holder_kind,
            input.holder,
            input.currency,
            input.amount_minor,
            expected_version=input.expected_version,
        )
        return AuthorityLimitSetPayload(authority_limit=node(AuthorityLimit, id_), outcome=outcome)
