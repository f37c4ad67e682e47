"""How do clients look ahead at what a plan could show, and have an effect computed?"""

import strawberry

from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.initiatives.mutations import decoded
from schema.initiatives.plan_inputs import MeasurementPlanDraftInput, planned
from schema.initiatives.types import ImpactEvaluation, Initiative
from service import initiatives
from service.ground.batches import Outcome
from service.ground.scopes import Scope
from service.initiatives.outlook import GUARDS, Outlook
from service.initiatives.proof.guards import ProofReason


@strawberry.type(description="What a guard would say if things went on as before.")
class ForeseenGuard:
    """A guard beforehand."""

    reason: ProofReason = value("What the guard looks for.")
    passed: bool = value("Whether it would find nothing of the kind.")


@strawberry.type(description="What a plan could show at all, from what was seen so far.")
class PlanOutlook:
    """A plan, looked ahead with."""

    detectable_effect: float | None = value(
        "The smallest effect that would be found in 80 % of such windows: a share (0.3 is 30 %) of counts "
        "and durations, else in the metric's unit; null where nothing can be said."
    )
    detectable_windows: int = value(
        "How many stretches of its own past that was tried on; 0 where it follows from the model alone."
    )
    baseline_periods: int = value("How many whole buckets lie in the baseline so far.")
    baseline_sample: int = value("How many contacts or answers lie in them.")
    guards: list[ForeseenGuard] = value("Which guards would let a verdict pass, if nothing changed.")
    overlapping: list[Initiative] = value(
        "Other initiatives that are to change the same thing in the same days."
    )


@strawberry.type(description="What looking ahead found; nothing of it is kept.")
class MeasurementPlanPreviewPayload(Payload):
    """The answer to looking ahead."""

    outlook: PlanOutlook | None = value("What the plan could show.", default=None)


@strawberry.input(description="An effect to compute from what is known now.")
class EvaluationComputeInput:
    """An initiative to evaluate."""

    initiative_id: strawberry.ID = value("Which initiative; it has shipped, and its plan's window has ended.")


@strawberry.type(description="What computing an effect did.")
class EvaluationComputePayload(Payload):
    """The answer to computing."""

    outcome: Outcome | None = value(
        "CREATED for a new edition, UNCHANGED where nothing the latest one rests on is different.",
        default=None,
    )
    evaluation: ImpactEvaluation | None = value("The evaluation that stands.", default=None)


@extend(Mutation)
class EvaluatingMutations:
    """The writes that compute."""

    @mutation(
        Scope.INITIATIVES_WRITE,
        description="Look ahead: could a plan show an effect at all? It keeps nothing.",
    )
    async def measurement_plan_preview(
        self,
        info: Info,
        input: MeasurementPlanDraftInput,  # noqa: A002
    ) -> MeasurementPlanPreviewPayload:
        """Look ahead."""
        id_ = decoded(input.initiative_id)
        found = await initiatives.plans.preview(info.context.session, id_, planned(input))
        return MeasurementPlanPreviewPayload(outlook=_shown(found))

    @mutation(
        Scope.INITIATIVES_WRITE,
        description="Compute the effect of what has shipped; once the window ends, the service does so.",
    )
    async def evaluation_compute(
        self,
        info: Info,
        input: EvaluationComputeInput,  # noqa: A002
    ) -> EvaluationComputePayload:
        """Compute an effect."""
        id_ = decoded(input.initiative_id)
        judged = await initiatives.judging.evaluate(info.context.session, id_)
        return EvaluationComputePayload(
            outcome=judged.outcome, evaluation=node(ImpactEvaluation, judged.evaluation_id)
        )


def _shown(found: Outlook) -> PlanOutlook:
    nodes = [node(Initiative, id_) for id_ in found.overlapping]
    return PlanOutlook(
        detectable_effect=found.detectable_effect,
        detectable_windows=found.windows,
        baseline_periods=found.periods,
        baseline_sample=found.sample,
        guards=[ForeseenGuard(reason=one, passed=one not in found.against) for one in GUARDS],
        overlapping=[each for each in nodes if each is not None],
    )
