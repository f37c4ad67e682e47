"""How do clients bring history in? Whole matters with their ledgers, a thousand at once."""

from datetime import datetime

import strawberry

from schema.customers.queries import CustomerRef
from schema.customers.references import customer_ref
from schema.ground.batches import BatchInput, BatchPayload, BatchRow, errors_of, summary_of
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.interactions.types import Interaction
from service import interactions
from service.ground.scopes import Scope
from service.interactions import tables
from service.touchpoints.tables import Channel


@strawberry.input(description="One entry of a past matter's ledger.")
class PastInteractionEventInput:
    """A past entry."""

    type: tables.LedgerType = value("What happened.")
    at: datetime = value("When it happened.")
    actor: str | None = value("Who did it, by name.", default=None)
    actor_kind: tables.Party = value("On which side whoever did it stood.", default=tables.Party.SYSTEM)
    team_key: str | None = value("The key of the team it gave the matter to.", default=None)
    status: tables.InteractionStatus | None = value("The status it led to.", default=None)
    body: str | None = value("What was written or said.", default=None)
    visibility: tables.Visibility = value("Who may read the body.", default=tables.Visibility.PUBLIC)
    handle_seconds: int | None = value(
        "For how many seconds it kept an agent busy: talk, hold, and work after it; 0 or more.", default=None
    )


@strawberry.input(description="A past matter with its ledger, from which its status and times follow.")
class PastInteractionInput:
    """A past matter."""

    source: str = value("The system that has it.")
    key: str = value("Its key in that system; a matter that is known already stays as it is.")
    customer: CustomerRef = value("Whose matter it was.")
    channel: Channel = value("The way by which it came.")
    subject: str | None = value("What it was about, in a line.", default=None)
    priority: tables.Priority = value("How soon it needed attention.", default=tables.Priority.NORMAL)
    contact_reason_key: str | None = value("The key of what it was mainly about.", default=None)
    secondary_reason_keys: list[str] | None = value("The keys of what else it was about.", default=None)
    team_key: str | None = value("The key of its team, if the ledger names none.", default=None)
    sla_met: bool | None = value("Whether it was served as promised.", default=None)
    origin: tables.Origin = value("Who made the first step.", default=tables.Origin.REACTIVE)
    opened_at: datetime = value("When it began; the ledger need not repeat it.")
    touchpoint_key: str | None = value("The key of the touchpoint where it arose.", default=None)
    events: list[PastInteractionEventInput] = value("Its ledger, in order.")


@strawberry.input(description="Up to 1,000 past matters with up to 10,000 ledger entries in all.")
class InteractionImportInput(BatchInput):
    """A batch of past matters."""

    interactions: list[PastInteractionInput] = value("The matters.")
    silent: bool = value("History comes in silently: it causes no events and nothing reacts.", default=True)


@strawberry.type(description="What became of one past matter of a batch.")
class InteractionImportRow(BatchRow):
    """One row's result."""

    interaction: Interaction | None = value("The matter; null where nothing is kept.", default=None)


@strawberry.type(description="What an import did.")
class InteractionImportPayload(BatchPayload):
    """The answer to an import."""

    results: list[InteractionImportRow] = strawberry.field(
        description="One a row, in order.", default_factory=list
    )


def _entry(sent: PastInteractionEventInput) -> interactions.PastEntry:
    return interactions.PastEntry(
        sent.type,
        sent.at,
        actor=sent.actor,
        party=sent.actor_kind,
        status=sent.status,
        team_key=sent.team_key,
        body=sent.body,
        visibility=sent.visibility,
        handle_seconds=sent.handle_seconds,
    )


def _matter(sent: PastInteractionInput, number: int) -> interactions.PastMatter:
    return interactions.PastMatter(
        source=sent.source,
        key=sent.key,
        customer=customer_ref(sent.customer, "interactions", number, "customer"),
        channel=sent.channel,
        opened_at=sent.opened_at,
        entries=[_entry(entry) for entry in sent.events],
        subject=sent.subject,
        priority=sent.priority,
        origin=sent.origin,
        reason_key=sent.contact_reason_key,
        secondary_keys=sent.secondary_reason_keys or (),
        team_key=sent.team_key,
        touchpoint_key=sent.touchpoint_key,
        sla_met=sent.sla_met,
    )


@extend(Mutation)
class ImportMutations:
    """The writes that bring history in."""

    @mutation(
        Scope.INTERACTIONS_WRITE,
        description="Bring in up to 1,000 past matters with ledgers and original times.",
    )
    async def interaction_import(
        self,
        info: Info,
        input: InteractionImportInput,  # noqa: A002
    ) -> InteractionImportPayload:
        """Import many matters."""
        matters = [_matter(sent, number) for number, sent in enumerate(input.interactions)]
        results = await interactions.import_all(
            info.context.session, matters, input.error_policy, dry_run=input.dry_run, silent=input.silent
        )
        rows = [
            InteractionImportRow(
                index=r.index,
                outcome=r.outcome,
                user_errors=errors_of(r),
                interaction=node(Interaction, r.id),
            )
            for r in results
        ]
        return InteractionImportPayload(results=rows, summary=summary_of(results))
