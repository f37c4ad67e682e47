"""How do clients write elevations? The front line proposes, somebody accepts, returns, declines or merges."""

from uuid import UUID

import strawberry

from schema.ground import ids
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.insights.inputs import InsightDraftInput, drafted
from schema.insights.signals import SignalInput, signals_of
from schema.insights.types import Elevation, Insight
from service.ground.problems import Invalid
from service.ground.scopes import Scope
from service.ground.session import Session
from service.insights import elevations, reads
from service.insights.tables import ElevationImpact

VERSION = "Refuse if the elevation has changed since this version."
COLUMNS = ("title", "description", "impact", "frequency", "suggested_fix", "proposer")


@strawberry.input(description="Something beyond the front line's control that should be fixed.")
class ElevationProposeInput:
    """An elevation to propose."""

    title: str = value("What should be fixed, in a line.")
    description: str | None = value("What the front line sees.", default=None)
    impact: ElevationImpact = value(
        "What it does to customers if nothing changes.", default=ElevationImpact.UNKNOWN
    )
    frequency: str | None = value("How often it is met, in the proposer's words.", default=None)
    suggested_fix: str | None = value("What the proposer would do.", default=None)
    proposer: str | None = value("Who asks for it; whoever sends this where nobody is named.", default=None)
    signals: list[SignalInput] = value("The signals it speaks of, 1 to 100.")


@strawberry.input(description="Which insight takes an elevation in.")
class ElevationAcceptInput:
    """An elevation to accept; without an insight a new one gets the elevation's title."""

    elevation_id: strawberry.ID = value("Which elevation.")
    insight_id: strawberry.ID | None = value(
        "The insight that takes it in, where there is one.", default=None
    )
    insight: InsightDraftInput | None = value("A new insight that takes it in.", default=None)
    expected_version: int | None = value(VERSION, default=None)


@strawberry.input(description="A question to an elevation's proposer.")
class ElevationReturnInput:
    """An elevation to return."""

    elevation_id: strawberry.ID = value("Which elevation.")
    question: str = value("What the proposer is asked.")
    expected_version: int | None = value(VERSION, default=None)


@strawberry.input(description="An answer to the question an elevation was returned with.")
class ElevationAnswerInput:
    """An elevation to propose again."""

    elevation_id: strawberry.ID = value("Which elevation.")
    answer: str = value("What the proposer answers.")
    signals: list[SignalInput] | None = value("Further signals, at most 100.", default=None)
    expected_version: int | None = value(VERSION, default=None)


@strawberry.input(description="A refusal of an elevation.")
class ElevationDeclineInput:
    """An elevation to decline."""

    elevation_id: strawberry.ID = value("Which elevation.")
    reason: str = value("Why nothing is done; the proposer sees it.")
    expected_version: int | None = value(VERSION, default=None)


@strawberry.input(description="Two elevations that are one.")
class ElevationMergeInput:
    """A merge."""

    source_id: strawberry.ID = value("The elevation that turned out to be another one.")
    target_id: strawberry.ID = value("The elevation that gets its signals.")
    reason: str | None = value("Why they are the same.", default=None)
    expected_version: int | None = value("Refuse if the source has changed since this version.", default=None)


@strawberry.type(description="What a write of an elevation did.")
class ElevationPayload(Payload):
    """The answer to a write of an elevation."""

    elevation: Elevation | None = value("The elevation, as it is now.", default=None)


@strawberry.type(description="What accepting an elevation did.")
class ElevationAcceptPayload(Payload):
    """The answer to an acceptance."""

    elevation: Elevation | None = value("The elevation, as it is now.", default=None)
    insight: Insight | None = value("The insight that took it in.", default=None)


@extend(Mutation)
class ElevationMutations:
    """The writes of elevations."""

    @mutation(
        Scope.INSIGHTS_WRITE,
        description="Ask that something be fixed which the front line cannot fix itself.",
    )
    async def elevation_propose(self, info: Info, input: ElevationProposeInput) -> ElevationPayload:  # noqa: A002
        """Propose an elevation."""
        values = {name: getattr(input, name) for name in COLUMNS}
        about = signals_of(input.signals, "signals")
        return _shown(await elevations.propose(info.context.session, values, about))

    @mutation(
        Scope.INSIGHTS_WRITE, description="Take an elevation into an insight; its signals become evidence."
    )
    async def elevation_accept(
        self,
        info: Info,
        input: ElevationAcceptInput,  # noqa: A002
    ) -> ElevationAcceptPayload:
        """Accept an elevation."""
        session = info.context.session
        id_ = _decoded(input.elevation_id)
        into = await _into(session, input)
        insight_id = await elevations.accept(session, id_, into, expected_version=input.expected_version)
        return ElevationAcceptPayload(elevation=node(Elevation, id_), insight=node(Insight, insight_id))

    @mutation(Scope.INSIGHTS_WRITE, description="Return an elevation to its proposer with a question.")
    async def elevation_return(self, info: Info, input: ElevationReturnInput) -> ElevationPayload:  # noqa: A002
        """Return an elevation."""
        id_, version = _decoded(input.elevation_id), input.expected_version
        await elevations.hand_back(info.context.session, id_, input.question, expected_version=version)
        return _shown(id_)

    @mutation(
        Scope.INSIGHTS_WRITE,
        description="Answer the question an elevation was returned with; it is proposed again.",
    )
    async def elevation_answer(self, info: Info, input: ElevationAnswerInput) -> ElevationPayload:  # noqa: A002
        """Answer a question."""
        id_, version = _decoded(input.elevation_id), input.expected_version
        about = signals_of(input.signals, "signals")
        session = info.context.session
        await elevations.answer(session, id_, input.answer, about=about, expected_version=version)
        return _shown(id_)

    @mutation(Scope.INSIGHTS_WRITE, description="Decline an elevation with a reason that its proposer sees.")
    async def elevation_decline(self, info: Info, input: ElevationDeclineInput) -> ElevationPayload:  # noqa: A002
        """Decline an elevation."""
        id_, version = _decoded(input.elevation_id), input.expected_version
        await elevations.decline(info.context.session, id_, input.reason, expected_version=version)
        return _shown(id_)

    @mutation(
        Scope.INSIGHTS_WRITE, description="Record that two elevations are one; answers the one that stays."
    )
    async def elevation_merge(self, info: Info, input: ElevationMergeInput) -> ElevationPayload:  # noqa: A002
        """Merge two elevations."""
        source = ids.decode(input.source_id, reads.ELEVATION, "sourceId")
        target = ids.decode(input.target_id, reads.ELEVATION, "targetId")
        await elevations.merge(
            info.context.session, source, target, reason=input.reason, expected_version=input.expected_version
        )
        return _shown(target)


def _decoded(elevation_id: str) -> UUID:
    return ids.decode(elevation_id, reads.ELEVATION, "elevationId")


def _shown(elevation_id: UUID) -> ElevationPayload:
    return ElevationPayload(elevation=node(Elevation, elevation_id))


async def _into(session: Session, sent: ElevationAcceptInput) -> elevations.Into:
    """Return the insight that takes an elevation in; raises Invalid where two are named."""
    if sent.insight_id is not None and sent.insight is not None:
        raise Invalid("insight", reason="Name an insight that exists or describe a new one, not both.")
    if sent.insight_id is not None:
        return ids.decode(sent.insight_id, reads.INSIGHT, "insightId")
    return await drafted(session, sent.insight) if sent.insight else {}
