"""How do clients settle how an effect is judged, and note what they think of the verdict?"""

import strawberry

from schema.ground import ids
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.initiatives.mutations import InitiativePayload, decoded
from schema.initiatives.plan_inputs import MeasurementPlanDraftInput, planned
from schema.initiatives.types import ImpactEvaluation, Initiative, MeasurementPlan
from service import initiatives
from service.ground.scopes import Scope
from service.initiatives import reads
from service.initiatives.tables import Verdict


@strawberry.input(description="A plan that is never to change again.")
class MeasurementPlanLockInput:
    """A plan to lock."""

    initiative_id: strawberry.ID = value("The initiative it is for.")
    expected_version: int | None = value("Refuse if the plan has changed since this version.", default=None)


@strawberry.input(description="Another verdict than the computed one.")
class InitiativeVerdictOverrideInput:
    """A sponsor's override."""

    initiative_id: strawberry.ID = value("Which initiative; only its sponsor may.")
    verdict: Verdict = value("The verdict that is to stand.")
    reason: str = value("Why; it is shown for ever.")
    expected_version: int | None = value(
        "Refuse if the initiative has changed since this version.", default=None
    )


@strawberry.input(description="What a person notes beside an evaluation.")
class EvaluationAnnotateInput:
    """A note."""

    evaluation_id: strawberry.ID = value("Which evaluation; its numbers stay as they are.")
    annotation: str | None = value("The note; null removes it.", default=None)


@strawberry.type(description="What a write of a measurement plan did.")
class MeasurementPlanPayload(Payload):
    """The answer to a write of a plan."""

    plan: MeasurementPlan | None = value("The plan, as it is now.", default=None)


@strawberry.type(description="What a note did.")
class EvaluationAnnotatePayload(Payload):
    """The answer to a note."""

    evaluation: ImpactEvaluation | None = value("The evaluation with its note.", default=None)


@extend(Mutation)
class EffectMutations:
    """The writes about an initiative's effect."""

    @mutation(
        Scope.INITIATIVES_WRITE,
        description="Write down how an initiative's effect will be judged, before work begins.",
    )
    async def measurement_plan_draft(
        self,
        info: Info,
        input: MeasurementPlanDraftInput,  # noqa: A002
    ) -> MeasurementPlanPayload:
        """Draft a plan."""
        plan = planned(input)
        id_, version = decoded(input.initiative_id), input.expected_version
        plan_id = await initiatives.plans.draft(info.context.session, id_, plan, expected_version=version)
        return MeasurementPlanPayload(plan=node(MeasurementPlan, plan_id))

    @mutation(
        Scope.INITIATIVES_WRITE,
        description="Freeze a plan, and the customers whose signals led to the initiative.",
    )
    async def measurement_plan_lock(
        self,
        info: Info,
        input: MeasurementPlanLockInput,  # noqa: A002
    ) -> MeasurementPlanPayload:
        """Lock a plan."""
        id_, version = decoded(input.initiative_id), input.expected_version
        plan = await initiatives.plans.lock(info.context.session, id_, expected_version=version)
        return MeasurementPlanPayload(plan=node(MeasurementPlan, plan.id))

    @mutation(
        Scope.INITIATIVES_WRITE,
        description="Let another verdict stand than the computed one; for the sponsor only.",
    )
    async def initiative_verdict_override(
        self,
        info: Info,
        input: InitiativeVerdictOverrideInput,  # noqa: A002
    ) -> InitiativePayload:
        """Override a verdict."""
        id_, version = decoded(input.initiative_id), input.expected_version
        await initiatives.override_verdict(
            info.context.session, id_, input.verdict, input.reason, expected_version=version
        )
        return InitiativePayload(initiative=node(Initiative, id_))

    @mutation(Scope.INITIATIVES_WRITE, description="Note something beside an evaluation.")
    async def evaluation_annotate(
        self,
        info: Info,
        input: EvaluationAnnotateInput,  # noqa: A002
    ) -> EvaluationAnnotatePayload:
        """Annotate an evaluation."""
        id_ = ids.decode(input.evaluation_id, reads.IMPACT_EVALUATION, "evaluationId")
        await initiatives.evaluations.annotate(info.context.session, id_, input.annotation)
        return EvaluationAnnotatePayload(evaluation=node(ImpactEvaluation, id_))
