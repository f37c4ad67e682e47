"""Did it work? What has shipped is evaluated once its window has ended, and again when late data arrive."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Date, FromClause, and_, bindparam, cast, or_, select

from service import insights
from service.ground.batches import Outcome
from service.ground.problems import Invalid
from service.ground.reads import Condition, among, exists_in
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import Moment, table_of
from service.initiatives import cases, designs, evaluations, exhibits, measurements
from service.initiatives.cases import Docket
from service.initiatives.evaluations import Basis, Evaluation
from service.initiatives.proof.looks import FIRST_LOOK, MOST_LOOKS, confidence_of, ended
from service.initiatives.proof.proving import Case, Proof, prove
from service.initiatives.proof.series import cut
from service.initiatives.proof.verdict import size_of
from service.initiatives.rules import Plan
from service.initiatives.tables import (
    EvidenceGrade,
    ImpactEvaluation,
    Initiative,
    InitiativeInsight,
    InitiativeStatus,
    LooksEnded,
    MeasurementPlan,
    ProofMethod,
    Verdict,
)
from service.insights.tables import Insight, InsightStatus

RECHECKED = timedelta(days=366)
"""For how long after a window late data may still change what came out."""

_initiative = table_of(Initiative)
_plan = table_of(MeasurementPlan)


def _is_recent(one: FromClause) -> Condition:
    """Tell whether late data may still change a look that has been made."""
    since = cast(bindparam("since", type_=Moment()), Date)
    return and_(one.c.initiative_id == _initiative.c.id, one.c.counted_until > since)


DUE = Statement(
    select(_initiative.c.id)
    .join(_plan, and_(_plan.c.tenant_id == TENANT, _plan.c.initiative_id == _initiative.c.id))
    .where(_initiative.c.tenant_id == TENANT, _initiative.c.shipped_at.is_not(None))
    .where(~among(_initiative.c.status, [InitiativeStatus.CANCELLED]))
    .where(_plan.c.locked_at.is_not(None), _plan.c.evaluation_end <= bindparam("now", type_=Moment()))
    .where(
        or_(
            _initiative.c.next_evaluation_at <= bindparam("now", type_=Moment()),
            _plan.c.evaluation_end > bindparam("since", type_=Moment()),
            exists_in(ImpactEvaluation, _is_recent),
            ~exists_in(ImpactEvaluation, lambda one: one.c.initiative_id == _initiative.c.id),
        )
    )
    .order_by(_plan.c.evaluation_end, _initiative.c.id)
)


@dataclass(frozen=True, slots=True)
class Judged:
    """The evaluation that stands: CREATED now, or UNCHANGED where nothing it rests on is different."""

    evaluation_id: UUID
    outcome: Outcome


async def due(session: Session) -> list[UUID]:
    """Return the initiatives that have shipped and whose window has ended, the longest ended first.

    Those that were evaluated come again when their next look is due, and for a year for late data.
    """
    since = session.now - RECHECKED
    return [row["id"] for row in await session.rows(DUE, now=session.now, since=since)]


async def evaluate(session: Session, initiative_id: UUID) -> Judged:
    """Compute an initiative's effect from what is known now, and record it unless it is what stands already.

    The look that stands is repeated first: late data may have come. Then follows each whose date has come.
    Raises NotFound, and Invalid before shipping, without a locked plan, or before the window has ended.
    """
    initiative = await session.get(Initiative, initiative_id, "initiativeId", locked=True)
    plan = await designs.stored(session, await _locked_plan(session, initiative))
    latest = await _latest(session, initiative_id)
    look = FIRST_LOOK if latest is None else latest.look
    judged = await _look(session, initiative, plan, look, latest)
    while await _is_due_again(session, initiative_id):
        look += 1
        judged = await _look(session, initiative, plan, look)
    return judged


async def _is_due_again(session: Session, initiative_id: UUID) -> bool:
    next_at = (await session.get(Initiative, initiative_id)).next_evaluation_at
    return next_at is not None and next_at <= session.now


async def _look(
    session: Session, initiative: Initiative, plan: Plan, look: int, latest: ImpactEvaluation | None = None
) -> Judged:
    """Judge by one look; `latest` is the evaluation that stands where it is of this look, too."""
    docket = await cases.docket(session, initiative.id, plan, initiative.shipped_at, look)
    if latest is not None and latest.inputs_digest == docket.digest():
        return Judged(latest.id, Outcome.UNCHANGED)
    primary = docket.cases[0]
    today = cases.today_of(plan, session.now)
    proof = prove(primary, today)
    found = proof.evaluation()
    if found is None:
        raise Invalid("initiativeId", reason="The evaluation has not ended; there are no early verdicts.")
    found = _dated(found, _looks_ended(initiative, plan, primary, proof, look), plan, look)
    id_ = await evaluations.record(session, initiative.id, found, _basis(plan, primary, proof, docket))
    exhibits.keep_inputs(session, id_, primary, docket)
    exhibits.keep_beside(session, id_, plan, docket, today)
    if found.verdict is Verdict.WORSENED:
        await _reopen(session, initiative.id)
    return Judged(id_, Outcome.CREATED)


def _looks_ended(
    initiative: Initiative, plan: Plan, case: Case, proof: Proof, look: int
) -> LooksEnded | None:
    """Return why there is no further look; None where there is."""
    each = [plan.at_look(n).windows(initiative.shipped_at) for n in range(FIRST_LOOK, MOST_LOOKS + 1)]
    found = ended(case, proof.judgement.reason, look, each)
    return LooksEnded.SETTLED if found is None and evaluations.is_settled(initiative) else found


def _dated(found: Evaluation, looks_ended: LooksEnded | None, plan: Plan, look: int) -> Evaluation:
    """Return what was found with its look, and when the next one is due."""
    return replace(
        found,
        look=look,
        confidence=confidence_of(look),
        looks_ended=looks_ended,
        next_evaluation_at=None if looks_ended else plan.at_look(look + 1).evaluation_end,
    )


async def _reopen(session: Session, initiative_id: UUID) -> None:
    """Let what was resolved by a change come back when the change turns out to have made it worse."""
    for link in await session.find(InitiativeInsight, initiative_id=initiative_id):
        insight = await session.get(Insight, link.insight_id)
        if insight.status == InsightStatus.RESOLVED and insight.verified_at is None:
            await insights.regress(session, insight.id, "Late data show that the change made it worse.")


async def _locked_plan(session: Session, initiative: Initiative) -> MeasurementPlan:
    if initiative.shipped_at is None:
        raise Invalid("initiativeId", reason="What has not shipped has no effect to evaluate.")
    plans = await session.find(MeasurementPlan, initiative_id=initiative.id)
    if not plans or plans[0].locked_at is None:
        raise Invalid("initiativeId", reason="Without a locked measurement plan nothing can be proved.")
    if measurements.find(plans[0].metric_id) is None:
        raise Invalid("initiativeId", reason="No series can be made of the metric that this plan names.")
    return plans[0]


async def _latest(session: Session, initiative_id: UUID) -> ImpactEvaluation | None:
    found = await session.find(ImpactEvaluation, initiative_id=initiative_id)
    return max(found, key=lambda one: one.edition, default=None)


def _basis(plan: Plan, case: Case, proof: Proof, docket: Docket) -> Basis:
    measurement = measurements.MEASUREMENTS[plan.metric_id]
    seen, windows = cut(case.series, case.windows), case.windows
    relative = (
        None if proof.relative is None else size_of(proof.relative, measurement.measure, case.confidence)
    )
    randomised = proof.grade is EvidenceGrade.A
    return Basis(
        metric_id=plan.metric_id,
        method=ProofMethod.RANDOMISED_ARMS if randomised else ProofMethod.INTERRUPTED_SERIES,
        effect_scale=measurement.scale,
        threshold=case.threshold,
        periods_before=seen.before,
        periods_after=seen.after,
        counted_from=windows.baseline_start,
        baseline_until=windows.baseline_end,
        resumed_at=windows.resumes_at,
        counted_until=windows.evaluation_end,
        inputs_digest=docket.digest(),
        p_value=None if proof.effect is None else proof.effect.p,
        dispersion=None if proof.effect is None else proof.effect.dispersion,
        autocorrelation=None if proof.effect is None else proof.effect.autocorrelation,
        comparison_estimate=None if relative is None else relative.estimate,
        comparison_ci_low=None if relative is None else relative.interval.low,
        comparison_ci_high=None if relative is None else relative.interval.high,
        placebos_tried=None if proof.placebos is None else proof.placebos.tried,
        placebos_as_strong=None if proof.placebos is None else proof.placebos.as_strong,
    )
