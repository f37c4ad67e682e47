"""How do clients write teams and contact reasons? Upserts by key, one by one or a thousand at once."""

from datetime import datetime

import strawberry

from schema.ground.batches import BatchInput, BatchPayload, BatchRow, errors_of, summary_of
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.patches import given
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.interactions.types import ContactReason, Team
from service import interactions
from service.ground.batches import Outcome
from service.ground.scopes import Scope
from service.interactions.tables import ReasonKind


@strawberry.input(description="What is to be true of a team.")
class TeamUpsertInput:
    """A team to create or change."""

    key: str = value("Its key; created if no team has it.")
    name: strawberry.Maybe[str] = value("Its name; a new team needs one.")
    expected_version: int | None = value("Refuse if the team has changed since this version.", default=None)


@strawberry.input(description="Up to 1,000 teams to create or change.")
class TeamBatchUpsertInput(BatchInput):
    """A batch of teams."""

    teams: list[TeamUpsertInput] = value("The teams, written in this order.")


@strawberry.input(description="What is to be true of a contact reason; absent fields stay as they are.")
class ContactReasonUpsertInput:
    """A contact reason to create or change."""

    key: str = value("Its key; created if no reason has it.")
    parent_key: strawberry.Maybe[str | None] = value("The key of the reason it is beneath; null: of none.")
    name: strawberry.Maybe[str] = value("Its name; a new reason needs one.")
    kind: strawberry.Maybe[ReasonKind] = value("What kind of contact it stands for; a new reason needs one.")
    area: strawberry.Maybe[str | None] = value("The part of the business it belongs to; null clears it.")
    policy: strawberry.Maybe[str | None] = value(
        "The rule by which such matters are handled; null clears it."
    )
    valid_from: strawberry.Maybe[datetime] = value("From when on it can be chosen; by default from now.")
    retired_at: strawberry.Maybe[datetime | None] = value("From when on it cannot; null: it can.")
    expected_version: int | None = value("Refuse if the reason has changed since this version.", default=None)


@strawberry.input(description="Up to 1,000 contact reasons to create or change.")
class ContactReasonBatchUpsertInput(BatchInput):
    """A batch of contact reasons."""

    contact_reasons: list[ContactReasonUpsertInput] = value(
        "The reasons, written in this order: parents first."
    )


@strawberry.type(description="What an upsert of a team did.")
class TeamUpsertPayload(Payload):
    """The answer to an upsert."""

    team: Team | None = value("The team, as it is now.", default=None)
    outcome: Outcome | None = value("Whether it was created, changed, or already like this.", default=None)


@strawberry.type(description="What became of one team of a batch.")
class TeamUpsertRow(BatchRow):
    """One row's result."""

    team: Team | None = value("The team; null where nothing is kept.", default=None)


@strawberry.type(description="What a batch of teams did.")
class TeamBatchUpsertPayload(BatchPayload):
    """The answer to a batch."""

    results: list[TeamUpsertRow] = strawberry.field(description="One a row, in order.", default_factory=list)


@strawberry.type(description="What an upsert of a contact reason did.")
class ContactReasonUpsertPayload(Payload):
    """The answer to an upsert."""

    contact_reason: ContactReason | None = value("The reason, as it is now.", default=None)
    outcome: Outcome | None = value("Whether it was created, changed, or already like this.", default=None)


@strawberry.type(description="What became of one contact reason of a batch.")
class ContactReasonUpsertRow(BatchRow):
    """One row's result."""

    contact_reason: ContactReason | None = value("The reason; null where nothing is kept.", default=None)


@strawberry.type(description="What a batch of contact reasons did.")
class ContactReasonBatchUpsertPayload(BatchPayload):
    """The answer to a batch."""

    results: list[ContactReasonUpsertRow] = strawberry.field(
        description="One a row, in order.", default_factory=list
    )


def _team(sent: TeamUpsertInput) -> interactions.TeamPatch:
    return interactions.TeamPatch(sent.key, given(sent, ("name",)), sent.expected_version)


def _reason(sent: ContactReasonUpsertInput) -> interactions.ReasonPatch:
    columns = ("name", "kind", "area", "policy", "valid_from", "retired_at")
    return interactions.ReasonPatch(
        key=sent.key,
        values=given(sent, columns),
        parent_key=sent.parent_key.value if sent.parent_key else None,
        moves=sent.parent_key is not None,
        expected_version=sent.expected_version,
    )


@extend(Mutation)
class CatalogueMutations:
    """The writes of teams and contact reasons."""

    @mutation(Scope.INTERACTIONS_DESIGN, description="Create or change a team.")
    async def team_upsert(self, info: Info, input: TeamUpsertInput) -> TeamUpsertPayload:  # noqa: A002
        """Upsert one team."""
        id_, outcome = await interactions.team_upsert(info.context.session, _team(input))
        return TeamUpsertPayload(team=node(Team, id_), outcome=outcome)

    @mutation(
        Scope.INTERACTIONS_DESIGN, description="Create or change up to 1,000 teams, with a result for each."
    )
    async def team_batch_upsert(
        self,
        info: Info,
        input: TeamBatchUpsertInput,  # noqa: A002
    ) -> TeamBatchUpsertPayload:
        """Upsert many teams."""
        patches = [_team(sent) for sent in input.teams]
        session = info.context.session
        results = await interactions.team_upsert_all(
            session, patches, input.error_policy, dry_run=input.dry_run
        )
        rows = [
            TeamUpsertRow(index=r.index, outcome=r.outcome, user_errors=errors_of(r), team=node(Team, r.id))
            for r in results
        ]
        return TeamBatchUpsertPayload(results=rows, summary=summary_of(results))

    @mutation(
        Scope.INTERACTIONS_DESIGN,
        description="Create or change a contact reason; what it was before is kept.",
    )
    async def contact_reason_upsert(
        self,
        info: Info,
        input: ContactReasonUpsertInput,  # noqa: A002
    ) -> ContactReasonUpsertPayload:
        """Upsert one contact reason."""
        id_, outcome = await interactions.reason_upsert(info.context.session, _reason(input))
        return ContactReasonUpsertPayload(contact_reason=node(ContactReason, id_), outcome=outcome)

    @mutation(
        Scope.INTERACTIONS_DESIGN,
        description="Create or change up to 1,000 contact reasons, with a result for each.",
    )
    async def contact_reason_batch_upsert(
        self,
        info: Info,
        input: ContactReasonBatchUpsertInput,  # noqa: A002
    ) -> ContactReasonBatchUpsertPayload:
        """Upsert many contact reasons."""
        patches = [_reason(sent) for sent in input.contact_reasons]
        session = info.context.session
        results = await interactions.reason_upsert_all(
            session, patches, input.error_policy, dry_run=input.dry_run
        )
        rows = [
            ContactReasonUpsertRow(
                index=r.index,
                outcome=r.outcome,
                user_errors=errors_of(r),
                contact_reason=node(ContactReason, r.id),
            )
            for r in results
        ]
        return ContactReasonBatchUpsertPayload(results=rows, summary=summary_of(results))
