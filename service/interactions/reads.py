"""How are interactions read? Their entities, edges, orders and the conditions of their filters."""

from sqlalchemy import FromClause, and_

from service.customers.tables import Customer
from service.ground.reads import (
    Condition,
    Entity,
    Expression,
    Many,
    Meets,
    Order,
    Where,
    all_of,
    column,
    exists_in,
    to_many,
    to_one,
)
from service.interactions.tables import (
    ContactReason,
    ContactReasonEdition,
    Interaction,
    InteractionEvent,
    InteractionReason,
    LedgerType,
    Team,
)
from service.journeys.tables import JourneyInstance
from service.touchpoints.tables import Touchpoint

TEAM = Entity(Team, "tea")
CONTACT_REASON = Entity(ContactReason, "rsn")
INTERACTION = Entity(Interaction, "int")
INTERACTION_EVENT = Entity(InteractionEvent, "ive")

BY_KEY = {"KEY": Order(column("key"))}
INTERACTION_ORDERS = {"OPENED_AT": Order(column("opened_at")), "UPDATED_AT": Order(column("updated_at"))}
IN_PLACE = {"POSITION": Order(column("position"))}
OCCURRED_AT = {"OCCURRED_AT": Order(column("occurred_at"))}

TEAMS = all_of(Team, BY_KEY, descending=False)
CONTACT_REASONS = all_of(ContactReason, BY_KEY, descending=False)
INTERACTIONS = all_of(Interaction, INTERACTION_ORDERS)
INTERACTION_EVENTS = all_of(InteractionEvent, OCCURRED_AT)

parent_of_reason = to_one(ContactReason, "parent_id")
children_of_reason = to_many(ContactReason, "parent_id", BY_KEY, descending=False)
editions_of_reason = to_many(
    ContactReasonEdition, "contact_reason_id", {"VERSION": Order(column("version"))}, descending=False
)
parent_in_edition = to_one(ContactReason, "parent_id")

customer_of_interaction = to_one(Customer, "customer_id")
team_of_interaction = to_one(Team, "team_id")
reason_of_interaction = to_one(ContactReason, "contact_reason_id")
touchpoint_of_interaction = to_one(Touchpoint, "touchpoint_id")
instance_of_interaction = to_one(JourneyInstance, "journey_instance_id")
secondary_reasons_of_interaction = Many(
    ContactReason,
    lambda interaction, link: link.c.interaction_id == interaction.c.id,
    BY_KEY,
    through=InteractionReason,
    onward=lambda link, reason: link.c.contact_reason_id == reason.c.id,
    descending=False,
)
events_of_interaction = to_many(InteractionEvent, "interaction_id", IN_PLACE, descending=False)
messages_of_interaction = Many(
    InteractionEvent,
    lambda interaction, event: and_(
        event.c.interaction_id == interaction.c.id, event.c.type == LedgerType.MESSAGE.value
    ),
    IN_PLACE,
    descending=False,
)

interaction_of_event = to_one(Interaction, "interaction_id")
team_of_event = to_one(Team, "team_id")

interactions_of_customer = to_many(Interaction, "customer_id", INTERACTION_ORDERS)
interactions_of_team = to_many(Interaction, "team_id", INTERACTION_ORDERS)
interactions_of_reason = to_many(Interaction, "contact_reason_id", INTERACTION_ORDERS)
interactions_of_touchpoint = to_many(Interaction, "touchpoint_id", INTERACTION_ORDERS)
interactions_of_instance = to_many(Interaction, "journey_instance_id", INTERACTION_ORDERS)


def _team_has_key(interaction: FromClause, key: Expression) -> Condition:
    return exists_in(Team, lambda team: and_(team.c.id == interaction.c.team_id, team.c.key == key))


def _reason_has_key(interaction: FromClause, key: Expression) -> Condition:
    return exists_in(
        ContactReason,
        lambda reason: and_(reason.c.id == interaction.c.contact_reason_id, reason.c.key == key),
    )


def _parent_has_key(reason: FromClause, key: Expression) -> Condition:
    return exists_in(
        ContactReason, lambda parent: and_(parent.c.id == reason.c.parent_id, parent.c.key == key)
    )


def _is_resolved(interaction: FromClause, wanted: Expression) -> Condition:
    return interaction.c.resolved_at.is_not(None) == wanted


def _was_reopened(interaction: FromClause, wanted: Expression) -> Condition:
    return (interaction.c.reopen_count > 0) == wanted


def _is_retired(reason: FromClause, wanted: Expression) -> Condition:
    return reason.c.retired_at.is_not(None) == wanted


by_id = Where(column("id"), names=Interaction)
by_customer = Where(column("customer_id"), names=Customer)
by_team = Where(column("team_id"), names=Team)
by_team_key = Meets(_team_has_key)
by_reason = Where(column("contact_reason_id"), names=ContactReason)
by_reason_key = Meets(_reason_has_key)
by_touchpoint = Where(column("touchpoint_id"), names=Touchpoint)
by_instance = Where(column("journey_instance_id"), names=JourneyInstance)
by_interaction = Where(column("interaction_id"), names=Interaction)
resolved = Meets(_is_resolved)
reopened = Meets(_was_reopened)
reasons_by_parent_key = Meets(_parent_has_key)
retired = Meets(_is_retired)
