"""What can happen? The closed registry of event types: each kind of thing, and what can happen to it.

A type reads like `feedback.submitted`. Consumers subscribe to types, so none may be emitted that is not here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from service.access.reads import API_KEY
from service.customers.reads import ACCOUNT, CUSTOMER
from service.feedback.reads import FEEDBACK, SURVEY, SURVEY_INVITATION
from service.ground.problems import Invalid
from service.ground.reads import Entity
from service.ground.scopes import Scope, reading
from service.ground.tables import table_of
from service.initiatives.reads import IMPACT_EVALUATION, INITIATIVE, MEASUREMENT_PLAN
from service.insights.finding_reads import SUGGESTION
from service.insights.reads import ELEVATION, EVIDENCE, INSIGHT, THEME
from service.interactions.clocks.reads import BUSINESS_CALENDAR, CLOCK, SLA_POLICY
from service.interactions.reads import CONTACT_REASON, INTERACTION, TEAM
from service.journeys.reads import INSTANCE, JOURNEY
from service.loops.reads import FEEDBACK_LOOP, FOLLOW_UP, HUDDLE, RECOVERY, RECOVERY_RULE
from service.touchpoints.reads import TOUCHPOINT, TOUCHPOINT_EVENT


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind of thing that events tell of: the node that stands for it, and what can happen to it.

    Of what is no node of the graph, the scope that its events need is named instead.
    """

    of: Entity | Scope
    verbs: tuple[str, ...]

    @property
    def node(self) -> Entity | None:
        """The node that stands for it, None for none."""
        return self.of if isinstance(self.of, Entity) else None

    @property
    def scope(self) -> Scope:
        """What somebody needs who hears of it: the scope that reads its table."""
        if isinstance(self.of, Scope):
            return self.of
        scope = reading(table_of(self.of.model).name)
        if scope is None:
            message = f"everybody may read {self.of.name}: name the scope that its events need"
            raise LookupError(message)
        return scope


def _thing(of: Entity | Scope, verbs: str) -> Thing:
    return Thing(of, tuple(verbs.split()))


_INTERACTION = (
    "opened assigned updated message_added queued handed_over abandoned handled reopened rebuilt new open"
    " waiting_on_customer on_hold resolved closed"
)
_INSIGHT = (
    "draft evidenced validated prioritised addressing resolved regressed dormant rejected merged updated"
)
_INITIATIVE = (
    "proposed approved planned active paused shipped observing improved no_change worsened inconclusive"
    " closed cancelled updated linked unlinked reported overridden"
)
_RECOVERY = (
    "open acknowledged in_progress waiting_customer waiting_internal remedied recovered unconfirmed reopened"
    " dismissed duplicate diagnosed assigned overdue action_added action_decided"
)
_FOLLOW_UP = "owed ready sent confirmed disputed no_reply waived suppressed folded"

THINGS: dict[str, Thing] = {
    "customer": _thing(
        CUSTOMER,
        "created updated merged unmerged erased exported consent_recorded",
    ),
    "account": _thing(ACCOUNT, "created updated"),
    "journey": _thing(JOURNEY, "drafted redrafted draft published archived"),
    "journey_instance": _thing(INSTANCE, "active advanced completed abandoned"),
    "touchpoint": _thing(TOUCHPOINT, "created updated placed"),
    "touchpoint_event": _thing(TOUCHPOINT_EVENT, "ingested reattributed"),
    "interaction": _thing(INTERACTION, _INTERACTION),
    "clock": _thing(CLOCK, "imminent breached breach_withdrawn"),
    "sla_policy": _thing(SLA_POLICY, "created revised retired"),
    "business_calendar": _thing(BUSINESS_CALENDAR, "created revised"),
    "webhook_endpoint": _thing(Scope.WEBHOOKS_READ, "registered updated paused resumed gone"),
    "tracker": _thing(Scope.WEBHOOKS_READ, "registered"),
    "team": _thing(TEAM, "created updated"),
    "contact_reason": _thing(CONTACT_REASON, "created updated"),
    "survey": _thing(SURVEY, "created updated"),
    "survey_invitation": _thing(SURVEY_INVITATION, "sent"),
    "feedback": _thing(FEEDBACK, "submitted coded"),
    "insight": _thing(INSIGHT, _INSIGHT),
    "suggestion": _thing(SUGGESTION, "open accepted dismissed"),
    "analysis": _thing(Scope.INSIGHTS_READ, "ran"),
    "elevation": _thing(ELEVATION, "proposed accepted declined merged returned"),
    "evidence": _thing(EVIDENCE, "linked unlinked attributed"),
    "theme": _thing(THEME, "found assigned renamed withdrawn"),
    "initiative": _thing(INITIATIVE, _INITIATIVE),
    "measurement_plan": _thing(MEASUREMENT_PLAN, "drafted locked"),
    "evaluation": _thing(IMPACT_EVALUATION, "recorded annotated"),
    "recovery": _thing(RECOVERY, _RECOVERY),
    "recovery_rule": _thing(RECOVERY_RULE, "draft active retired"),
    "follow_up": _thing(FOLLOW_UP, _FOLLOW_UP),
    "reply_link": _thing(Scope.LOOPS_READ, "made answered"),
    "feedback_loop": _thing(FEEDBACK_LOOP, "open updated closed"),
    "loop_policy": _thing(Scope.LOOPS_READ, "revised"),
    "authority_limit": _thing(Scope.LOOPS_READ, "set"),
    "huddle": _thing(HUDDLE, "recorded"),
    "api_key": _thing(API_KEY, "created revoked"),
}
"""Every kind of thing, in the order of the story."""

TYPES: frozenset[str] = frozenset(f"{name}.{verb}" for name, thing in THINGS.items() for verb in thing.verbs)
"""Every event type."""


def thing_of(type_: str) -> Thing:
    """Return the kind of thing that events of this type tell of."""
    return THINGS[type_.partition(".")[0]]


def node_of(type_: str) -> Entity | None:
    """Return the node that stands for what events of this type tell of; None where there is none."""
    thing = THINGS.get(type_.partition(".")[0])
    return thing.node if thing else None


def of_things(*names: str) -> frozenset[str]:
    """Return every event type of these kinds of things."""
    return frozenset(f"{name}.{verb}" for name in names for verb in THINGS[name].verbs)


def check(types: Iterable[str], *field: str) -> frozenset[str]:
    """Return the types as a set; raises Invalid, placed at `field`, where one does not exist."""
    wanted = frozenset(types)
    if not wanted <= TYPES:
        unknown = ", ".join(sorted(wanted - TYPES))
        raise Invalid(*field, reason=f"There are no events of the type {unknown}.")
    return wanted
