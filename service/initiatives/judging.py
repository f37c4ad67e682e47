"""Did it work? What has shipped is evaluated once its window has ended, and again when late data arrive."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy import and_, bindparam, or_, select

from service import insights
from service.ground.batches import Outcome
from service.ground.keys import uuid7
from service.ground.problems import Invalid
from service.ground.reads import among, exists_in
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import Moment, table_of
from service.initiatives import cases, designs, evaluations, measurements
from service.initiatives.cases import Docket
from service.initiatives.evaluations import Basis, Evaluation
from service.initiatives.outlook import GUARDS
from service.initiatives.proof.expected import expected
from service.initiatives.proof.proving import Case, Proof, against_verdict, prove
from service.initiatives.proof.series import Cut, Measure, Series, Windows, cut, end_of
from service.initiatives.proof.verdict import size_of
from service.initiatives.proof_tables import (
    EvaluationMetric,
    EvaluationOverlap,
    EvaluationPoint,
    PointPhase,
    ProofGuard,
)
from service.initiatives.rules import Plan, PlannedMetric
from service.initiatives.tables import (
    EvidenceGrade,
    ImpactEvaluation,
    Initiative,
    InitiativeInsight,
    InitiativeStatus,
    MeasurementPlan,
    ProofMethod,
    Verdict,
)
from service.insights.tables import Insight, InsightStatus
from service.metrics.many import surviving

RECHECKED = timedelta(days=366)
"""For how long after a window late data may still change what came out."""

_initiative = table_of(Initiative)
_plan = table_of(MeasurementPlan)
DUE = Statement(
    select(_initiative.c.id)
    .join(_plan, and_(_plan.c.tenant_id == TENANT, _plan.c.initiative_id == _initiative.c.id))
    .where(_initiative.c.tenant_id == TENANT, _initiative.c.shipped_at.is_not(None))
    .where(~among(_initiative.c.status, [InitiativeStatus.CANCELLED]))
    .where(_plan.c.locked_at.is_not(None), _plan.c.evaluation_end <= bindparam("now", type_=Moment()))
    .where(
        or_(
            _plan.c.evaluation_end > bindparam("since", type_=Moment()),
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

    Those that were evaluated come again for a year, because late data may arrive.
    """
    since = session.now - RECHECKED
    return [row["id"] for row in await session.rows(DUE, now=session.now, since=since)]


async def evaluate(session: Session, initiative_id: UUID) -> Judged:
    """Compute an initiative's effect from what is known now, and record it unless it is what stands already.

    Raises NotFound, and Invalid before shipping, without a locked plan, or before the window has ended.
    """
    initiative = await session.get(Initiative, initiative_id, "initiativeId", locked=True)
    row = await _locked_plan(session, initiative)
    plan = await designs.stored(session, row)
    docket = await cases.docket(session, initiative_id, plan, initiative.shipped_at)
    latest = await _latest(session, initiative_id)
    if latest is not None and latest.inputs_digest == docket.digest():
        return Judged(latest.id, Outcome.UNCHANGED)
    primary = docket.cases[0]
    today = cases.today_of(plan, session.now)
    proof = prove(primary, today)
    found = proof.evaluation()
    if found is None:
        raise Invalid("initiativeId", reason="The evaluation has not ended; there are no early verdicts.")
    id_ = await evaluations.record(session, initiative_id, found, _basis(plan, primary, proof, docket))
    _keep_inputs(session, id_, primary, docket)
    _keep_beside(session, id_, plan, docket, today)
    if found.verdict is Verdict.WORSENED:
        await _reopen(session, initiative_id)
    return Judged(id_, Outcome.CREATED)


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
    relative = None if proof.relative is None else size_of(proof.relative, measurement.measure)
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


def _keep_inputs(session: Session, evaluation_id: UUID, case: Case, docket: Docket) -> None:
    """Keep what the evaluation saw, what the guards said to it, and which other changes were around."""
    own = cut(case.series, case.windows)
    other = None if case.comparison is None else cut(case.comparison, case.windows)
    against = against_verdict(case, own, other)
    common = {"evaluation_id": evaluation_id}
    points = [{"id": uuid7(), **common, **point} for point in _points(case, own)]
    session.insert(EvaluationPoint, points)
    guards = [
        {"id": uuid7(), "plan_id": None, **common, "position": n, "reason": one, "passed": one not in against}
        for n, one in enumerate(GUARDS)
    ]
    session.insert(ProofGuard, guards)
    overlaps = [
        {"id": uuid7(), **common, "initiative_id": id_, "position": n}
        for n, id_ in enumerate(docket.surroundings.overlapping)
    ]
    session.insert(EvaluationOverlap, overlaps)


def _points(case: Case, own: Cut) -> Iterator[Mapping[str, object]]:
    """Yield every bucket from the baseline's first to the last, on the scale on which people read it."""
    windows, series = case.windows, case.series
    line = dict(zip(own.series.starts, _line(own), strict=True))
    shown = [n for n, start in enumerate(series.starts) if start >= windows.baseline_start]
    for position, place in enumerate(shown):
        start = series.starts[place]
        yield {
            "position": position,
            "starts_on": start,
            "phase": _phase(start, series, windows),
            "value": _readable(series, series.values[place]),
            "weight": series.weights[place],
            "expected": _readable(series, line.get(start)),
            **_compared(case, place),
        }


def _compared(case: Case, place: int) -> Mapping[str, object]:
    if case.comparison is None:
        return {"comparison_value": None, "comparison_weight": None}
    value = _readable(case.comparison, case.comparison.values[place])
    return {"comparison_value": value, "comparison_weight": case.comparison.weights[place]}


def _line(own: Cut) -> list[float | None]:
    found = expected(own) if own.before and own.after else None
    return [None] * len(own.series) if found is None else found.tolist()


def _phase(start: date, series: Series, windows: Windows) -> PointPhase:
    if end_of(start, series.bucket) <= windows.baseline_end:
        return PointPhase.BEFORE
    return PointPhase.AFTER if start >= windows.resumes_at else PointPhase.RAMP_UP


def _readable(series: Series, value: float | None) -> float | None:
    """Return a value in its own unit: durations are kept as logarithms."""
    if value is None or not np.isfinite(value):
        return None
    return math.exp(value) if series.measure is Measure.DURATION else float(value)


def _keep_beside(session: Session, evaluation_id: UUID, plan: Plan, docket: Docket, today: date) -> None:
    """Judge the further metrics; so many at once that the false ones among them are kept few."""
    proofs = [prove(case, today) for case in docket.cases[1:]]
    chances = [1.0 if proof.effect is None else proof.effect.p for proof in proofs]
    kept = surviving(chances)
    rows = []
    for n, (one, case, survives) in enumerate(zip(plan.secondary, docket.cases[1:], kept, strict=True)):
        proof = prove(replace(case, survives=survives), today)
        found = proof.evaluation()
        if found is not None:
            rows.append({"evaluation_id": evaluation_id, **_beside(n, one, proof, found, survives=survives)})
    session.insert(EvaluationMetric, rows)


def _beside(
    position: int, one: PlannedMetric, proof: Proof, found: Evaluation, *, survives: bool
) -> Mapping[str, object]:
    return {
        "id": uuid7(),
        "position": position,
        "metric_id": one.metric_id,
        "verdict": found.verdict,
        "reason_code": found.reason_code,
        "effect_scale": measurements.MEASUREMENTS[one.metric_id].scale,
        "estimate": found.estimate,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "p_value": None if proof.effect is None else proof.effect.p,
        "survives": survives,
        "sample_size": found.sample_size,
    }
