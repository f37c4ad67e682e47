"""What does a test of closing the loop begin with? Customers who said something, and an initiative."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from infra.database import Database
from service import initiatives, insights
from service.customers.tables import Customer
from service.feedback.tables import Feedback, FeedbackKind, FeedbackSource, NpsCategory, ScaleDirection
from service.ground.actor import Actor
from service.ground.keys import uuid7
from service.ground.session import Session
from service.initiatives import StepDetails
from service.initiatives.tables import (
    EvidenceGrade,
    InitiativeStatus,
    PlanBucket,
    Verdict,
    WantedDirection,
)
from service.insights import Signal
from service.interactions.tables import ContactReason, ReasonKind
from service.loops.tables import FollowUp, Recovery

WORDS = "The line did not move for an hour."
TO_ACTIVE = (InitiativeStatus.APPROVED, InitiativeStatus.PLANNED, InitiativeStatus.ACTIVE)


@dataclass(frozen=True, slots=True)
class Tale:
    """Someone's tenant and what can be told in it; every line is a transaction of its own."""

    database: Database
    actor: Actor

    async def customer(self) -> UUID:
        """Begin a customer."""
        async with self.database.work(self.actor) as session:
            return session.add(Customer(display_name="Ada")).id

    async def feedback(self, customer_id: UUID | None, score: float = 3, words: str = WORDS) -> UUID:
        """Keep an answer to the question of recommending, as an import would: nothing reacts."""
        async with self.database.work(self.actor) as session:
            return keep_answer(session, customer_id, score, words)

    async def reason(self) -> UUID:
        """Begin a contact reason."""
        async with self.database.work(self.actor) as session:
            reason = ContactReason(
                key=f"reason-{uuid7()}", name="Waiting", kind=ReasonKind.COMPLAINT, valid_from=session.now
            )
            return session.add(reason).id

    async def insight(self, *feedback_ids: UUID) -> UUID:
        """Draft an insight that these answers back."""
        async with self.database.work(self.actor) as session:
            insight_id = insights.draft(session, {"title": "Waiting is too long"})
        await self.back(insight_id, *feedback_ids)
        return insight_id

    async def back(self, insight_id: UUID, *feedback_ids: UUID) -> None:
        """Link answers to an insight as evidence."""
        if feedback_ids:
            async with self.database.work(self.actor) as session:
                await insights.evidence.link(
                    session, insight_id, [Signal("feedback_id", id_) for id_ in feedback_ids]
                )

    async def initiative(self, *insight_ids: UUID) -> UUID:
        """Propose an initiative that somebody else owns and the actor sponsors."""
        values = {"name": "Open more lanes", "owner": "owner", "sponsor": self.actor.subject}
        async with self.database.work(self.actor) as session:
            return await initiatives.propose(session, values, insight_ids=insight_ids)

    async def begin_work(self, initiative_id: UUID) -> None:
        """Take an initiative through its plan into work."""
        async with self.database.work(self.actor) as session:
            await initiatives.plans.draft(session, initiative_id, plan(session))
            await initiatives.plans.lock(session, initiative_id)
        await self.step(initiative_id, *TO_ACTIVE)

    async def ship(self, initiative_id: UUID) -> None:
        """Ship an initiative that is being worked on."""
        async with self.database.work(self.actor) as session:
            details = StepDetails(shipped_at=session.now - timedelta(seconds=1), scope="Everybody")
            await initiatives.transition(session, initiative_id, InitiativeStatus.SHIPPED, details)

    async def shipped(self, *customer_ids: UUID) -> tuple[UUID, UUID]:
        """Tell it all up to shipping: the customers' words, the insight they back, its initiative."""
        insight_id = await self.insight(*[await self.feedback(id_) for id_ in customer_ids])
        initiative_id = await self.initiative(insight_id)
        await self.begin_work(initiative_id)
        await self.ship(initiative_id)
        return insight_id, initiative_id

    async def prove(self, initiative_id: UUID) -> None:
        """Let a final evaluation say that things have improved."""
        found = initiatives.Evaluation(Verdict.IMPROVED, EvidenceGrade.B, 100, is_final=True)
        async with self.database.work(self.actor) as session:
            await initiatives.evaluations.record(session, initiative_id, found)

    async def step(self, initiative_id: UUID, *targets: InitiativeStatus, reason: str | None = None) -> None:
        """Take steps with an initiative."""
        for target in targets:
            async with self.database.work(self.actor) as session:
                await initiatives.transition(session, initiative_id, target, StepDetails(reason=reason))

    async def owed(self, initiative_id: UUID) -> Sequence[FollowUp]:
        """Return the follow-ups of an initiative, in the order in which they were made."""
        async with self.database.work(self.actor) as session:
            return await session.find(FollowUp, initiative_id=initiative_id)

    async def recoveries(self) -> Sequence[Recovery]:
        """Return all recoveries, in the order in which they were opened."""
        async with self.database.work(self.actor) as session:
            return await session.find(Recovery)


def keep_answer(session: Session, customer_id: UUID | None, score: float, words: str) -> UUID:
    """Add an answer to the question of recommending."""
    category = NpsCategory.DETRACTOR if score <= 6 else NpsCategory.PROMOTER
    answer = Feedback(
        source="test",
        key=str(uuid7()),
        source_kind=FeedbackSource.SURVEY,
        kind=FeedbackKind.NPS,
        customer_id=customer_id,
        score=score,
        scale_min=0,
        scale_max=10,
        direction=ScaleDirection.HIGHER_IS_BETTER,
        nps_category=category,
        verbatim=words,
        submitted_at=session.now,
        recorded_at=session.now,
        recorded_by="test",
    )
    return session.add(answer).id


def plan(session: Session) -> initiatives.Plan:
    """Return a plan whose evaluation has ended already, so that a verdict can be final at once."""
    start = session.now - timedelta(days=60)
    return initiatives.Plan(
        metric_id="NPS",
        metric_version=1,
        direction=WantedDirection.INCREASE,
        bucket=PlanBucket.WEEK,
        practical_threshold=1.0,
        baseline_start=start - timedelta(days=60),
        baseline_end=start,
        starts_at=start,
        evaluation_end=session.now - timedelta(days=1),
    )


def states(owed: Sequence[FollowUp]) -> list[tuple[UUID, str]]:
    """Return whom follow-ups belong to and where they stand."""
    return [(one.customer_id, str(one.status)) for one in owed]
