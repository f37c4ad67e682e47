"""How do clients write initiatives? Proposals, changes, links, reports and steps."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import strawberry

from schema.ground import ids
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.patches import given
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.initiatives.types import Initiative, InitiativeUpdate
from service import initiatives
from service.ground.scopes import Scope
from service.initiatives import reads
from service.initiatives.tables import InitiativeHealth, InitiativeStatus
from service.insights.reads import INSIGHT
from service.touchpoints.reads import TOUCHPOINT

VERSION = "Refuse if the initiative has changed since this version."
COLUMNS = (
    "name",
    "hypothesis",
    "owner",
    "sponsor",
    "cost_minor",
    "currency",
    "goal",
    "target_metric",
    "planned_start",
    "planned_end",
)


@strawberry.input(description="A change that somebody wants; it answers an insight or names a goal.")
class InitiativeProposeInput:
    """An initiative to propose."""

    name: str = value("Its name.")
    hypothesis: str | None = value("What it is expected to do, and why.", default=None)
    owner: str | None = value("Who does it; whoever sends this where nobody is named.", default=None)
    sponsor: str | None = value(
        "Who stands behind it; an approval needs someone else than the owner.", default=None
    )
    cost_minor: int | None = value("What it costs, 0 or more, in the currency's smallest unit.", default=None)
    currency: str | None = value("The currency of the cost, as ISO 4217 writes it.", default=None)
    goal: str | None = value("The outcome it serves.", default=None)
    target_metric: str | None = value("The metric it is to move, by its id in the registry.", default=None)
    planned_start: date | None = value("The day the work is planned to begin.", default=None)
    planned_end: date | None = value("The day the work is planned to end.", default=None)
    insight_ids: list[strawberry.ID] | None = value("The insights it answers.", default=None)
    touchpoint_ids: list[strawberry.ID] | None = value("The touchpoints it changes.", default=None)


@strawberry.input(
    description="What is to be true of an initiative; fields that are absent keep what they are."
)
class InitiativeUpdateInput:
    """An initiative to change."""

    initiative_id: strawberry.ID = value("Which initiative.")
    name: strawberry.Maybe[str] = value("Its name.")
    hypothesis: strawberry.Maybe[str | None] = value("What it is expected to do; null clears it.")
    owner: strawberry.Maybe[str] = value("Who does it.")
    sponsor: strawberry.Maybe[str | None] = value("Who stands behind it; null clears it.")
    cost_minor: strawberry.Maybe[int | None] = value("What it costs, 0 or more; null clears it.")
    currency: strawberry.Maybe[str | None] = value("The currency of the cost; null clears it.")
    goal: strawberry.Maybe[str | None] = value("The outcome it serves; null clears it.")
    target_metric: strawberry.Maybe[str | None] = value("The metric it is to move; null clears it.")
    planned_start: strawberry.Maybe[date | None] = value("When work is planned to begin; null clears it.")
    planned_end: strawberry.Maybe[date | None] = value("When work is planned to end; null clears it.")
    learning_note: strawberry.Maybe[str | None] = value("What was learned; null clears it.")
    expected_version: int | None = value(VERSION, default=None)


@strawberry.input(description="What an initiative answers and changes from now on.")
class InitiativeLinkInput:
    """Links to add."""

    initiative_id: strawberry.ID = value("Which initiative.")
    insight_ids: list[strawberry.ID] | None = value("Insights it answers.", default=None)
    touchpoint_ids: list[strawberry.ID] | None = value("Touchpoints it changes.", default=None)


@strawberry.input(description="What an initiative answers and changes no longer.")
class InitiativeUnlinkInput:
    """Links to remove."""

    initiative_id: strawberry.ID = value("Which initiative.")
    insight_ids: list[strawberry.ID] | None = value("Insights it does not answer.", default=None)
    touchpoint_ids: list[strawberry.ID] | None = value("Touchpoints it does not change.", default=None)
    reason: str | None = value("Why not.", default=None)


@strawberry.input(description="A dated report of how the work goes.")
class InitiativeReportInput:
    """A report to add."""

    initiative_id: strawberry.ID = value("Which initiative.")
    health: InitiativeHealth = value("How the work goes; the latest report gives the initiative its health.")
    note: str = value("What there is to say.")
    reported_at: datetime | None = value("Of when it is; now where no moment is given.", default=None)


@strawberry.input(description="A step of an initiative.")
class InitiativeTransitionInput:
    """A step to take."""

    initiative_id: strawberry.ID = value("Which initiative.")
    to: InitiativeStatus = value("The state it goes to; `allowedTransitions` says which ones it can.")
    reason: str | None = value("Why; CANCELLED needs it.", default=None)
    shipped_at: datetime | None = value("When the change came into effect; SHIPPED needs it.", default=None)
    scope: str | None = value("For whom the change came into effect; SHIPPED needs it.", default=None)
    change_reference: str | None = value("What names the change elsewhere, for SHIPPED.", default=None)
    learning_note: str | None = value("What was learned; CLOSED needs it now or before.", default=None)
    expected_version: int | None = value(VERSION, default=None)


@strawberry.type(description="What a write of an initiative did.")
class InitiativePayload(Payload):
    """The answer to a write of an initiative."""

    initiative: Initiative | None = value("The initiative, as it is now.", default=None)


@strawberry.type(description="What a report did.")
class InitiativeReportPayload(Payload):
    """The answer to a report."""

    initiative: Initiative | None = value("The initiative, as it is now.", default=None)
    update: InitiativeUpdate | None = value("The report.", default=None)


@extend(Mutation)
class InitiativeMutations:
    """The writes of initiatives."""

    @mutation(
        Scope.INITIATIVES_WRITE, description="Propose a change that answers an insight or serves a goal."
    )
    async def initiative_propose(self, info: Info, input: InitiativeProposeInput) -> InitiativePayload:  # noqa: A002
        """Propose an initiative."""
        id_ = await initiatives.propose(
            info.context.session,
            {name: getattr(input, name) for name in COLUMNS},
            insight_ids=_insights(input.insight_ids),
            touchpoint_ids=_touchpoints(input.touchpoint_ids),
        )
        return _shown(id_)

    @mutation(Scope.INITIATIVES_WRITE, description="Change what an initiative says.")
    async def initiative_update(self, info: Info, input: InitiativeUpdateInput) -> InitiativePayload:  # noqa: A002
        """Change an initiative."""
        id_, version = decoded(input.initiative_id), input.expected_version
        values = given(input, (*COLUMNS, "learning_note"))
        await initiatives.change(info.context.session, id_, values, expected_version=version)
        return _shown(id_)

    @mutation(
        Scope.INITIATIVES_WRITE, description="Let an initiative answer insights and change touchpoints."
    )
    async def initiative_link(self, info: Info, input: InitiativeLinkInput) -> InitiativePayload:  # noqa: A002
        """Link an initiative."""
        id_ = decoded(input.initiative_id)
        insights, touchpoints = _insights(input.insight_ids), _touchpoints(input.touchpoint_ids)
        await initiatives.link(info.context.session, id_, insight_ids=insights, touchpoint_ids=touchpoints)
        return _shown(id_)

    @mutation(
        Scope.INITIATIVES_WRITE,
        description="Let an initiative answer insights and change touchpoints no longer.",
    )
    async def initiative_unlink(self, info: Info, input: InitiativeUnlinkInput) -> InitiativePayload:  # noqa: A002
        """Unlink an initiative."""
        id_ = decoded(input.initiative_id)
        await initiatives.unlink(
            info.context.session,
            id_,
            insight_ids=_insights(input.insight_ids),
            touchpoint_ids=_touchpoints(input.touchpoint_ids),
            reason=input.reason,
        )
        return _shown(id_)

    @mutation(Scope.INITIATIVES_WRITE, description="Report how the work goes.")
    async def initiative_report(self, info: Info, input: InitiativeReportInput) -> InitiativeReportPayload:  # noqa: A002
        """Report on an initiative."""
        id_ = decoded(input.initiative_id)
        update_id = await initiatives.report(
            info.context.session, id_, input.health, input.note, reported_at=input.reported_at
        )
        return InitiativeReportPayload(
            initiative=node(Initiative, id_), update=node(InitiativeUpdate, update_id)
        )

    @mutation(
        Scope.INITIATIVES_WRITE,
        description="Take a step with an initiative; verdicts are computed, not asked for.",
    )
    async def initiative_transition(self, info: Info, input: InitiativeTransitionInput) -> InitiativePayload:  # noqa: A002
        """Take a step."""
        id_ = decoded(input.initiative_id)
        details = initiatives.StepDetails(
            input.reason, input.shipped_at, input.scope, input.change_reference, input.learning_note
        )
        await initiatives.transition(
            info.context.session, id_, input.to, details, expected_version=input.expected_version
        )
        return _shown(id_)


def decoded(initiative_id: str) -> UUID:
    """Return the UUID of an initiative; raises Invalid for anything else."""
    return ids.decode(initiative_id, reads.INITIATIVE, "initiativeId")


def _shown(initiative_id: UUID) -> InitiativePayload:
    return InitiativePayload(initiative=node(Initiative, initiative_id))


def _insights(sent: Sequence[str] | None) -> list[UUID]:
    return ids.decode_all(sent or (), INSIGHT, "insightIds")


def _touchpoints(sent: Sequence[str] | None) -> list[UUID]:
    return ids.decode_all(sent or (), TOUCHPOINT, "touchpointIds")
