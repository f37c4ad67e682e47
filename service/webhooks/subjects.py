"""What do events tell of? Each kind of thing that an event can name, as the node that stands for it."""

from collections.abc import Sequence
from uuid import UUID

from service import events
from service.access.reads import API_KEY
from service.customers.reads import ACCOUNT, CUSTOMER
from service.feedback.reads import FEEDBACK, SURVEY, SURVEY_INVITATION
from service.ground.problems import Invalid, LimitExceeded, Required
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

MOST_TYPES = 100
TEST = "webhook.test"
"""The type of a message that only shows that messages arrive."""

THINGS: dict[str, Entity] = {
    "customer": CUSTOMER,
    "consent": CUSTOMER,
    "account": ACCOUNT,
    "journey": JOURNEY,
    "journey_instance": INSTANCE,
    "touchpoint": TOUCHPOINT,
    "touchpoint_event": TOUCHPOINT_EVENT,
    "interaction": INTERACTION,
    "clock": CLOCK,
    "sla_policy": SLA_POLICY,
    "business_calendar": BUSINESS_CALENDAR,
    "team": TEAM,
    "contact_reason": CONTACT_REASON,
    "survey": SURVEY,
    "survey_invitation": SURVEY_INVITATION,
    "feedback": FEEDBACK,
    "insight": INSIGHT,
    "suggestion": SUGGESTION,
    "elevation": ELEVATION,
    "evidence": EVIDENCE,
    "theme": THEME,
    "initiative": INITIATIVE,
    "measurement_plan": MEASUREMENT_PLAN,
    "evaluation": IMPACT_EVALUATION,
    "recovery": RECOVERY,
    "recovery_rule": RECOVERY_RULE,
    "follow_up": FOLLOW_UP,
    "feedback_loop": FEEDBACK_LOOP,
    "huddle": HUDDLE,
    "api_key": API_KEY,
}
"""By what stands before the dot of an event's type, in the order of the story."""


def checked(types: Sequence[str], *field: str) -> tuple[str, ...]:
    """Return event types sorted and once each; raises Required, LimitExceeded, or Invalid for an unknown."""
    if not types:
        raise Required(*field)
    if len(types) > MOST_TYPES:
        raise LimitExceeded(*field, limit=MOST_TYPES, things="event types", found=len(types))
    for number, type_ in enumerate(types):
        thing, _, verb = type_.partition(".")
        if thing not in THINGS or (verb != "*" and type_ not in events.TYPES):
            known = ", ".join(THINGS)
            reason = f"A type is like feedback.submitted, or feedback.* for all of a thing. Things: {known}."
            raise Invalid(*field, str(number), reason=reason)
    return tuple(sorted(set(types)))


def needs(types: Sequence[str]) -> frozenset[Scope]:
    """Return the scopes without which nobody may hear of events of these types."""
    tables = [table_of(THINGS[type_.partition(".")[0]].model).name for type_ in types]
    return frozenset(scope for scope in map(reading, tables) if scope is not None)


def matches(wanted: Sequence[str], type_: str) -> bool:
    """Tell whether an event's type is among the wanted ones."""
    return type_ in wanted or f"{type_.partition('.')[0]}.*" in wanted


def public_id(type_: str, subject_id: UUID) -> str | None:
    """Return the id of the node that an event tells of; None where it tells of no node."""
    entity = THINGS.get(type_.partition(".")[0])
    return f"{entity.prefix}_{subject_id}" if entity else None
