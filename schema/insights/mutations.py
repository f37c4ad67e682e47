"""How do clients write insights? Drafts, changes, evidence, priorities, steps and merges."""

import strawberry

from schema.ground import ids
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.insights.inputs import InsightDraftInput, InsightUpdateInput, changed, drafted
from schema.insights.signals import SignalInput, signals_of
from schema.insights.types import Evidence, Insight
from service import insights
from service.ground.scopes import Scope
from service.insights import reads
from service.insights.factors import Given
from service.insights.tables import InsightStatus


@strawberry.input(description="Signals that back an insight.")
class EvidenceLinkInput:
    """Evidence to link."""

    insight_id: strawberry.ID = value("Which insight.")
    signals: list[SignalInput] = value(
        "The signals, 1 to 100; those that are linked already stay as they are."
    )


@strawberry.input(description="Evidence that does not back its insight.")
class EvidenceUnlinkInput:
    """Evidence to unlink."""

    evidence_id: strawberry.ID = value("Which evidence; it is kept, and shown as unlinked.")
    reason: str = value("Why it does not back the insight.")


@strawberry.input(
    description="The three factors of an insight's priority. One that is absent is taken, as it is now, from "
    "what was measured at the contact reason or touchpoint the insight is pinned to."
)
class InsightPrioritiseInput:
    """A priority to freeze."""

    insight_id: strawberry.ID = value("Which insight.")
    affected_customers: float | None = value("Customers it affects in a month, 0 or more.", default=None)
    gap: float | None = value(
        "How far their satisfaction lies from the others', in points of the metric it comes from, 0 or more.",
        default=None,
    )
    trend: float | None = value(
        "Contacts of the last period as a multiple of the period before, 0 or more; 1 where nothing changes.",
        default=None,
    )
    reason: str | None = value("What was decided, and why.", default=None)
    expected_version: int | None = value(
        "Refuse if the insight has changed since this version.", default=None
    )


@strawberry.input(description="A step of an insight.")
class InsightTransitionInput:
    """A step to take."""

    insight_id: strawberry.ID = value("Which insight.")
    to: InsightStatus = value("The state it goes to; `allowedTransitions` says which ones it can.")
    reason: str | None = value("Why; REJECTED and DORMANT need it.", default=None)
    sponsor_reason: str | None = value(
        "Why a sponsor lets it go on without enough evidence; it stays on the insight.", default=None
    )
    expected_version: int | None = value(
        "Refuse if the insight has changed since this version.", default=None
    )


@strawberry.input(description="Two insights that are one.")
class InsightMergeInput:
    """A merge."""

    source_id: strawberry.ID = value("The insight that turned out to be another one.")
    target_id: strawberry.ID = value("The insight that its evidence, elevations and initiatives go to.")
    reason: str = value("Why they are the same.")


@strawberry.type(description="What a write of an insight did.")
class InsightPayload(Payload):
    """The answer to a write of an insight."""

    insight: Insight | None = value("The insight, as it is now.", default=None)


@strawberry.type(description="What linking evidence did.")
class EvidenceLinkPayload(Payload):
    """The answer to linking."""

    insight: Insight | None = value("The insight, as it is now.", default=None)
    evidence: list[Evidence] = strawberry.field(
        description="The evidence, in the order of the signals; a signal named twice is shown once.",
        default_factory=list,
    )


@strawberry.type(description="What unlinking evidence did.")
class EvidenceUnlinkPayload(Payload):
    """The answer to unlinking."""

    evidence: Evidence | None = value("The evidence, as it is kept.", default=None)


@extend(Mutation)
class InsightMutations:
    """The writes of insights."""

    @mutation(Scope.INSIGHTS_WRITE, description="Begin an insight: a claim, as yet without evidence.")
    async def insight_draft(self, info: Info, input: InsightDraftInput) -> InsightPayload:  # noqa: A002
        """Draft an insight."""
        session = info.context.session
        id_ = insights.draft(session, await drafted(session, input))
        return InsightPayload(insight=node(Insight, id_))

    @mutation(
        Scope.INSIGHTS_WRITE,
        description="Change what an insight says, what it is pinned to and who answers for it.",
    )
    async def insight_update(self, info: Info, input: InsightUpdateInput) -> InsightPayload:  # noqa: A002
        """Change an insight."""
        id_ = ids.decode(input.insight_id, reads.INSIGHT, "insightId")
        version = input.expected_version
        await insights.change(info.context.session, id_, changed(input), expected_version=version)
        return InsightPayload(insight=node(Insight, id_))

    @mutation(
        Scope.INSIGHTS_WRITE, description="Let signals back an insight; the customers' words are copied."
    )
    async def evidence_link(self, info: Info, input: EvidenceLinkInput) -> EvidenceLinkPayload:  # noqa: A002
        """Link evidence."""
        id_ = ids.decode(input.insight_id, reads.INSIGHT, "insightId")
        linked = await insights.evidence.link(info.context.session, id_, signals_of(input.signals, "signals"))
        evidence = [one for one in (node(Evidence, evidence_id) for evidence_id in linked) if one]
        return EvidenceLinkPayload(insight=node(Insight, id_), evidence=evidence)

    @mutation(
        Scope.INSIGHTS_WRITE,
        description="Let a signal back its insight no longer; it is kept with the reason.",
    )
    async def evidence_unlink(self, info: Info, input: EvidenceUnlinkInput) -> EvidenceUnlinkPayload:  # noqa: A002
        """Unlink evidence."""
        id_ = ids.decode(input.evidence_id, reads.EVIDENCE, "evidenceId")
        await insights.evidence.unlink(info.context.session, id_, input.reason)
        return EvidenceUnlinkPayload(evidence=node(Evidence, id_))

    @mutation(
        Scope.INSIGHTS_WRITE,
        description="Freeze the factors of an insight's priority; the score is their product.",
    )
    async def insight_prioritise(self, info: Info, input: InsightPrioritiseInput) -> InsightPayload:  # noqa: A002
        """Prioritise an insight."""
        id_ = ids.decode(input.insight_id, reads.INSIGHT, "insightId")
        session = info.context.session
        given = Given(input.affected_customers, input.gap, input.trend)
        factors = await insights.factors.factors(session, id_, given)
        await insights.prioritise(
            session, id_, factors, reason=input.reason, expected_version=input.expected_version
        )
        return InsightPayload(insight=node(Insight, id_))

    @mutation(Scope.INSIGHTS_WRITE, description="Take a step with an insight.")
    async def insight_transition(self, info: Info, input: InsightTransitionInput) -> InsightPayload:  # noqa: A002
        """Take a step."""
        id_ = ids.decode(input.insight_id, reads.INSIGHT, "insightId")
        await insights.transition(
            info.context.session,
            id_,
            input.to,
            reason=input.reason,
            sponsor_reason=input.sponsor_reason,
            expected_version=input.expected_version,
        )
        return InsightPayload(insight=node(Insight, id_))

    @mutation(
        Scope.INSIGHTS_WRITE, description="Record that two insights are one; answers the one that stays."
    )
    async def insight_merge(self, info: Info, input: InsightMergeInput) -> InsightPayload:  # noqa: A002
        """Merge two insights."""
        source = ids.decode(input.source_id, reads.INSIGHT, "sourceId")
        target = ids.decode(input.target_id, reads.INSIGHT, "targetId")
        await insights.merge(info.context.session, source, target, input.reason)
        return InsightPayload(insight=node(Insight, target))
