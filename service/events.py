"""What can happen? The closed registry of event types: each kind of thing, and what can happen to it.

A type reads like `feedback.submitted`. Consumers subscribe to types, so none may be emitted that is not here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from service.access.tables import ApiKey
from service.customers.tables import Account, Customer
from service.feedback.tables import Feedback, Survey
from service.ground.problems import Invalid
from service.ground.scopes import Scope
from service.ground.tables import TenantRow
from service.initiatives.tables import ImpactEvaluation, Initiative, MeasurementPlan
from service.insights.tables import Elevation, Evidence, Insight, Theme
from service.interactions.clocks.tables import BusinessCalendar, Clock, SlaPolicy
from service.interactions.tables import ContactReason, Interaction, Team
from service.journeys.tables import Journey, JourneyInstance
from service.loops.tables import FeedbackLoop, FollowUp, Huddle, Recovery
from service.touchpoints.tables import Touchpoint, TouchpointEvent


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind of thing that events tell of: the scope they need, its table, and what can happen to it.

    `model` is None where the event's subject is no thing of the graph.
    """

    scope: Scope
    model: type[TenantRow] | None
    verbs: tuple[str, ...]


def _thing(scope: Scope, model: type[TenantRow] | None, verbs: str) -> Thing:
    return Thing(scope, model, tuple(verbs.split()))


_INTERACTION = (
    "opened assigned updated message_added queued handed_over abandoned reopened rebuilt new open"
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
        Scope.CUSTOMERS_READ,
        Customer,
        "created updated merged unmerged erased exported consent_recorded",
    ),
    "consent": _thing(Scope.CUSTOMERS_READ, None, "granted withdrawn"),
    "account": _thing(Scope.CUSTOMERS_READ, Account, "created updated"),
    "journey": _thing(Scope.JOURNEYS_READ, Journey, "drafted redrafted draft published archived"),
    "journey_instance": _thing(Scope.JOURNEYS_READ, JourneyInstance, "active advanced completed abandoned"),
    "touchpoint": _thing(Scope.TOUCHPOINTS_READ, Touchpoint, "created updated placed"),
    "touchpoint_event": _thing(Scope.TOUCHPOINTS_READ, TouchpointEvent, "ingested reattributed"),
    "interaction": _thing(Scope.INTERACTIONS_READ, Interaction, _INTERACTION),
    "clock": _thing(Scope.INTERACTIONS_READ, Clock, "imminent breached breach_withdrawn"),
    "sla_policy": _thing(Scope.INTERACTIONS_READ, SlaPolicy, "created revised retired"),
    "business_calendar": _thing(Scope.INTERACTIONS_READ, BusinessCalendar, "created revised"),
    "webhook_endpoint": _thing(Scope.WEBHOOKS_READ, None, "registered updated paused resumed gone"),
    "tracker": _thing(Scope.WEBHOOKS_READ, None, "registered"),
    "team": _thing(Scope.INTERACTIONS_READ, Team, "created updated"),
    "contact_reason": _thing(Scope.INTERACTIONS_READ, ContactReason, "created updated"),
    "survey": _thing(Scope.FEEDBACK_READ, Survey, "created updated"),
    "survey_invitation": _thing(Scope.FEEDBACK_READ, None, "sent"),
    "feedback": _thing(Scope.FEEDBACK_READ, Feedback, "submitted coded"),
    "insight": _thing(Scope.INSIGHTS_READ, Insight, _INSIGHT),
    "suggestion": _thing(Scope.INSIGHTS_READ, None, "open accepted dismissed"),
    "analysis": _thing(Scope.INSIGHTS_READ, None, "ran"),
    "elevation": _thing(Scope.INSIGHTS_READ, Elevation, "proposed accepted declined merged returned"),
    "evidence": _thing(Scope.INSIGHTS_READ, Evidence, "linked unlinked attributed"),
    "theme": _thing(Scope.INSIGHTS_READ, Theme, "found assigned renamed withdrawn"),
    "initiative": _thing(Scope.INITIATIVES_READ, Initiative, _INITIATIVE),
    "measurement_plan": _thing(Scope.INITIATIVES_READ, MeasurementPlan, "drafted locked"),
    "evaluation": _thing(Scope.INITIATIVES_READ, ImpactEvaluation, "recorded annotated"),
    "recovery": _thing(Scope.LOOPS_READ, Recovery, _RECOVERY),
    "recovery_rule": _thing(Scope.LOOPS_READ, None, "draft active retired"),
    "follow_up": _thing(Scope.LOOPS_READ, FollowUp, _FOLLOW_UP),
    "reply_link": _thing(Scope.LOOPS_READ, None, "made answered"),
    "feedback_loop": _thing(Scope.LOOPS_READ, FeedbackLoop, "open updated closed"),
    "loop_policy": _thing(Scope.LOOPS_READ, None, "revised"),
    "authority_limit": _thing(Scope.LOOPS_READ, None, "set"),
    "huddle": _thing(Scope.LOOPS_READ, Huddle, "recorded"),
    "api_key": _thing(Scope.ACCESS_READ, ApiKey, "created revoked"),
}
"""Every kind of thing, in the order of the story."""

TYPES: frozenset[str] = frozenset(f"{name}.{verb}" for name, thing in THINGS.items() for verb in thing.verbs)
"""Every event type."""


def thing_of(type_: str) -> Thing:
    """Return the kind of thing that events of this type tell of."""
    return THINGS[type_.partition(".")[0]]


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
