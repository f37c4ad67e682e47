"""What did an evaluation see? Every bucket, what the guards said, and what came of the further metrics."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

import numpy as np

from service.ground.keys import uuid7
from service.ground.session import Session
from service.initiatives import measurements
from service.initiatives.cases import Docket
from service.initiatives.evaluations import Evaluation
from service.initiatives.outlook import GUARDS
from service.initiatives.proof.expected import expected
from service.initiatives.proof.proving import Case, Proof, against_verdict, prove
from service.initiatives.proof.series import Cut, Measure, Series, Windows, cut, end_of
from service.initiatives.proof_tables import (
    EvaluationMetric,
    EvaluationOverlap,
    EvaluationPoint,
    PointPhase,
    ProofGuard,
)
from service.initiatives.rules import Plan, PlannedMetric
from service.metrics.many import surviving


def keep_inputs(session: Session, evaluation_id: UUID, case: Case, docket: Docket) -> None:
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


def keep_beside(session: Session, evaluation_id: UUID, plan: Plan, docket: Docket, today: date) -> None:
    """Judge the further metrics; so many at once that the false ones among them are kept few."""
    proofs = [prove(case, today) for case in docket.cases[1:]]
    chances = [1.0 if proof.effect is None else proof.effect.p for proof in proofs]
    kept = surviving(chances, share=1 - docket.cases[0].confidence)
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
