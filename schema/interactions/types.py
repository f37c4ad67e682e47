"""How do matters look to a client? The types of the fourth chapter."""

from datetime import datetime

from schema.customers.types import Customer
from schema.ground.connections import Connection
from schema.ground.fields import column, connection, entity, listed, one, record
from schema.ground.roots import Node
from schema.ground.transitions import AllowedTransition, StateChange, allowed_transitions, history
from schema.interactions import words  # noqa: F401 - the closed sets must have their descriptions first
from schema.journeys.types import JourneyInstance
from schema.touchpoints.types import Touchpoint
from service.interactions import reads, tables
from service.interactions.machine import MACHINE
from service.touchpoints.tables import Channel


@entity(reads.TEAM, description="A group of agents that matters are assigned to.")
class Team(Node):
    """A team."""

    key: str = column("Its key, unique in the tenant.")
    name: str = column("Its name.")
    version: int = column("Counts the changes of this team, from 1.")
    created_at: datetime = column("When it was first recorded.")
    updated_at: datetime = column("When it last changed.")


@record(
    tables.ContactReasonEdition,
    name="ContactReasonEdition",
    description="How a contact reason was worded in one of its versions.",
)
class ContactReasonEdition:
    """A wording."""

    version: int = column("The version of the reason that began with this wording.")
    name: str = column("Its name then.")
    kind: tables.ReasonKind = column("What kind of contact it stood for then.")
    area: str | None = column("The part of the business it belonged to then.")
    policy: str | None = column("The rule it was handled by then.")
    parent: "ContactReason | None" = one("The reason it was beneath then.", reads.parent_in_edition)
    retired_at: datetime | None = column("From when on it was no longer to be chosen, as of then.")
    actor: str = column("Who worded it so.")
    recorded_at: datetime = column("When it was worded so.")


@entity(reads.CONTACT_REASON, description="Why customers get in touch: one node of the tree of reasons.")
class ContactReason(Node):
    """A contact reason."""

    key: str = column("Its key, unique in the tenant; it never changes.")
    name: str = column("Its name.")
    kind: tables.ReasonKind = column("What kind of contact it stands for.")
    area: str | None = column("The part of the business it belongs to.")
    policy: str | None = column("The rule by which such matters are handled.")
    valid_from: datetime = column("From when on it can be chosen.")
    retired_at: datetime | None = column("From when on it is no longer to be chosen; null while it is.")
    version: int = column("Counts the changes of this reason, from 1.")
    created_at: datetime = column("When it was first recorded.")
    updated_at: datetime = column("When it last changed.")
    parent: "ContactReason | None" = one("The reason it is beneath.", reads.parent_of_reason)
    children: Connection["ContactReason"] = connection(
        "The reasons directly beneath it, by key.", reads.children_of_reason
    )
    editions: list[ContactReasonEdition] = listed(
        "How it has been worded, version by version.", reads.editions_of_reason
    )


@entity(reads.INTERACTION, description="One matter between a customer and the service organisation.")
class Interaction(Node):
    """A matter, from its opening to its resolution, over any number of messages."""

    source: str = column("The system that has it; `direct` where it was logged here without a key.")
    key: str = column("Its key in that system; no other matter of the source has it.")
    channel: Channel = column("The way by which it came.")
    subject: str | None = column("What it is about, in a line.")
    status: tables.InteractionStatus = column("Where it stands, as its ledger tells it.")
    priority: tables.Priority = column("How soon it needs attention.")
    origin: tables.Origin = column("Who made the first step.")
    assignee: str | None = column("The agent who has it now.")
    sla_met: bool | None = column("Whether it was served as promised; null where that is not known.")
    reopen_count: int = column("How often it was reopened.")
    opened_at: datetime = column("When it began.")
    first_responded_at: datetime | None = column(
        "When a person first answered the customer; null so far. The organisation's own first step is no "
        "answer, and a reopening leaves it as it is."
    )
    resolved_at: datetime | None = column("When it was last resolved; null while it is not.")
    closed_at: datetime | None = column("When it was closed, resolved or not; null while it is not.")
    last_event_at: datetime = column("When the latest entry of its ledger happened.")
    version: int = column("Counts the changes of this matter, from 1.")
    created_at: datetime = column("When it was first recorded.")
    updated_at: datetime = column("When it last changed.")
    customer: Customer | None = one(
        "Whose matter it is; null where nobody knows.", reads.customer_of_interaction
    )
    team: Team | None = one("The team that has it now.", reads.team_of_interaction)
    contact_reason: ContactReason | None = one("What it is mainly about.", reads.reason_of_interaction)
    secondary_reasons: list[ContactReason] = listed(
        "What else it is about, by key.", reads.secondary_reasons_of_interaction
    )
    touchpoint: Touchpoint | None = one("Where it arose.", reads.touchpoint_of_interaction)
    journey_instance: JourneyInstance | None = one(
        "The way through a journey in which it arose.", reads.instance_of_interaction
    )
    allowed_transitions: list[AllowedTransition] = allowed_transitions(MACHINE)
    history: list[StateChange] = history()


@entity(reads.INTERACTION_EVENT, description="One entry of a matter's ledger; never changed afterwards.")
class InteractionEvent(Node):
    """A ledger entry."""

    position: int = column("Its place in the ledger of its matter, from 1.")
    type: tables.LedgerType = column("What happened.")
    occurred_at: datetime = column("When it happened.")
    recorded_at: datetime = column("When it was written down here.")
    actor: str | None = column("Who did it, by name; null where that is the customer, or unknown.")
    actor_kind: tables.Party = column("On which side whoever did it stands.")
    status: tables.InteractionStatus | None = column("The status it led to; null where it does not name one.")
    assignee: str | None = column("The agent it gave the matter to.")
    body: str | None = column("What was written or said.")
    visibility: tables.Visibility = column("Who may read the body.")
    handle_seconds: int | None = column(
        "For how many seconds it kept an agent busy: talk, hold, and work after it; null where nobody said."
    )
    interaction: Interaction = one("The matter.", reads.interaction_of_event)
    team: Team | None = one("The team it gave the matter to.", reads.team_of_event)
