"""What does a verdict rest on? The case of each metric of a plan, from what was seen until a day."""

import hashlib
import math
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

import numpy as np

from service.ground.session import Session
from service.initiatives import designs, measurements
from service.initiatives.measurements import Measurement
from service.initiatives.observations import observe
from service.initiatives.proof.guards import Circumstances
from service.initiatives.proof.looks import confidence_of
from service.initiatives.proof.proving import Case
from service.initiatives.proof.series import Cut, Measure, Windows, cut
from service.initiatives.rules import Plan, PlannedMetric
from service.initiatives.scopes import Sides
from service.initiatives.spans import Span
from service.initiatives.surroundings import Surroundings, around
from service.initiatives.tables import ComparisonKind, EffectScale, Exposure, PlanBucket
from service.metrics.contact_rate import DAYS_OF_A_MONTH

SMALLEST_THRESHOLD = 1e-9
DAYS_OF_A_BUCKET = {PlanBucket.DAY: 1.0, PlanBucket.WEEK: 7.0, PlanBucket.MONTH: 30.4375}


@dataclass(frozen=True, slots=True)
class Docket:
    """All cases of one plan, the primary one first, and what disturbed them."""

    cases: tuple[Case, ...]
    surroundings: Surroundings

    def digest(self) -> str:
        """Return a name for everything a verdict follows from: equal inputs, equal name."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Frame:
    """The buckets that were read, the spans before and after the change, and how sure a verdict has to be."""

    span: Span
    windows: Windows
    confidence: float


def today_of(plan: Plan, now: datetime) -> date:
    """Return the day it is where the plan's days begin."""
    return now.astimezone(plan.zone).date()


async def docket(
    session: Session, initiative_id: UUID, plan: Plan, shipped_at: datetime | None, look: int
) -> Docket:
    """Read everything that a verdict rests on at one look at a plan."""
    plan = plan.at_look(look)
    sides = await designs.sides_of(session, initiative_id, plan)
    windows = plan.windows(shipped_at)
    until = min(windows.evaluation_end, today_of(plan, session.now))
    span = Span(plan.bucket, windows.baseline_start, until, plan.zone)
    surroundings = await around(session, initiative_id, plan, sides, span)
    frame = _Frame(span, windows, confidence_of(look))
    primary = await _case(session, plan, frame, plan.primary, sides)
    cases = [replace(primary, circumstances=surroundings.circumstances)]
    cases += [await _case(session, plan, frame, one, _for(one, sides)) for one in plan.secondary]
    return Docket(tuple(cases), surroundings)


def _for(one: PlannedMetric, sides: Sides) -> Sides:
    """Return the sides by what this metric's rows can be told apart by."""
    kinds = set(measurements.MEASUREMENTS[one.metric_id].dimensions)
    if sides.treated.kinds() <= kinds and (sides.comparison is None or sides.comparison.kinds() <= kinds):
        return sides
    others = dict.fromkeys(sides.treated.kinds() - kinds, ())
    return replace(sides, treated=replace(sides.treated, **others), comparison=None)


async def _case(session: Session, plan: Plan, frame: _Frame, one: PlannedMetric, sides: Sides) -> Case:
    measurement = measurements.MEASUREMENTS[one.metric_id]
    exposure = plan.exposure if measurement.measure is Measure.COUNT else Exposure.TIME
    observed = await observe(session, one.metric_id, sides, frame.span, exposure)
    return Case(
        series=observed.treated,
        windows=frame.windows,
        direction=one.direction,
        threshold=threshold_of(one, measurement, cut(observed.treated, frame.windows)),
        comparison_kind=ComparisonKind.NONE if observed.comparison is None else plan.comparison_kind,
        comparison=observed.comparison,
        kind=measurement.kind,
        minimum_sample=plan.minimum_sample or 0,
        circumstances=Circumstances(),
        confidence=frame.confidence,
    )


def threshold_of(one: PlannedMetric, measurement: Measurement, seen: Cut) -> float:
    """Return the smallest effect that matters on the scale of the effect, from the scale it was planned on.

    Counts and durations are judged relative to their baseline, everything else in the metric's own unit.
    """
    if one.threshold_scale is measurement.scale:
        return one.practical_threshold
    level = baseline_level(measurement, seen)
    if level is None or level == 0:
        return one.practical_threshold
    if one.threshold_scale is EffectScale.RELATIVE:
        return max(SMALLEST_THRESHOLD, one.practical_threshold * abs(level))
    return one.practical_threshold / abs(level)


def baseline_level(measurement: Measurement, seen: Cut) -> float | None:
    """Return the metric's own value before the change; None where nothing was seen.

    Counts: contacts per 1,000 customers and month where the exposure is customers. Durations: seconds.
    """
    baseline = seen.baseline()
    values, weights = baseline.array(), baseline.weight_array()
    known = ~np.isnan(values) & (weights > 0)
    if not known.any():
        return None
    if measurement.measure is Measure.COUNT:
        days = float(weights[known].sum()) * DAYS_OF_A_BUCKET[baseline.bucket]
        return float(values[known].sum()) / days * DAYS_OF_A_MONTH * 1000
    mean = float(np.average(values[known], weights=weights[known]))
    return math.exp(mean) if measurement.measure is Measure.DURATION else mean
