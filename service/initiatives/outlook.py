"""What could a plan show at all? The least effect it would find, and the guards that would stop it."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from service.ground.session import Session
from service.initiatives import cases, designs, measurements
from service.initiatives.observations import observe
from service.initiatives.proof.foreseen import (
    ENOUGH_WINDOWS,
    carried_on,
    least_effect,
    least_effect_by_model,
    own_windows,
)
from service.initiatives.proof.guards import ProofReason, reasons_against, sample_size
from service.initiatives.proof.power import MOST_WINDOWS, Horizon
from service.initiatives.proof.series import Cut, Series, Windows, bucketed, cut
from service.initiatives.rules import Plan
from service.initiatives.spans import Span
from service.initiatives.surroundings import around
from service.initiatives.tables import PlanBucket

GUARDS = (
    ProofReason.TOO_FEW_PERIODS,
    ProofReason.TOO_FEW_EVENTS,
    ProofReason.DATA_GAP,
    ProofReason.CONFOUNDED,
)
"""The guards that must all let a verdict pass, in the order in which they are looked at."""
LONGEST_BUCKET = {PlanBucket.DAY: 1, PlanBucket.WEEK: 7, PlanBucket.MONTH: 31}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of a plan before its change.

    `detectable_effect` is relative for counts and durations, else in the metric's unit; None where nothing
    can be said. `windows` counts the stretches of the own past it was tried on; 0 where a formula gives it.
    `against` are the guards that would stop a verdict if nothing changed.
    """

    detectable_effect: float | None
    windows: int
    periods: int
    sample: int
    against: tuple[ProofReason, ...]
    overlapping: tuple[UUID, ...]


async def foresee(session: Session, initiative_id: UUID, plan: Plan) -> Outlook:
    """Return what a plan could show, from what was seen until now and before the change.

    Raises Invalid for sides that the metric cannot tell apart.
    """
    sides = await designs.sides_of(session, initiative_id, plan)
    windows, after = plan.windows(), _planned_after(plan)
    until = min(windows.baseline_end, cases.today_of(plan, session.now))
    earliest = windows.baseline_start - (after + MOST_WINDOWS) * timedelta(days=LONGEST_BUCKET[plan.bucket])
    span = Span(plan.bucket, earliest, until, plan.zone)
    history = (await observe(session, plan.metric_id, sides, span, plan.exposure)).treated
    counted = replace(span, first=windows.baseline_start)
    surroundings = await around(session, initiative_id, plan, sides, counted)
    baseline = cut(history, windows).baseline()
    future = carried_on(baseline, _scaled(after, history, span))
    kind = measurements.MEASUREMENTS[plan.metric_id].kind
    against = reasons_against(
        future, surroundings.circumstances, kind=kind, minimum_sample=plan.minimum_sample or 0
    )
    effect, tried = _least(plan, _since_the_first(history), future)
    sample = sample_size(cut(baseline, _all_of(windows)))
    return Outlook(effect, tried, len(baseline), sample, against, surroundings.overlapping)


def _least(plan: Plan, history: Series, future: Cut) -> tuple[float | None, int]:
    """Return the least effect, tried on the own past where it is long enough."""
    measurement = measurements.MEASUREMENTS[plan.metric_id]
    threshold = cases.threshold_of(plan.primary, measurement, future)
    own = own_windows(history, Horizon(future.before, future.after))
    if len(own) >= ENOUGH_WINDOWS:
        return least_effect(own, plan.direction, threshold), len(own)
    return least_effect_by_model(future, plan.direction), 0


def _planned_after(plan: Plan) -> int:
    """Return how many buckets will follow the change."""
    windows = plan.windows()
    first = Span(plan.bucket, windows.resumes_at, windows.evaluation_end, plan.zone).start
    return cut(bucketed({}, plan.bucket, first, windows.evaluation_end), windows).after


def _scaled(after: int, history: Series, span: Span) -> int:
    """Return how many of them will count: days on which nobody works do not."""
    every = len(bucketed({}, span.bucket, span.start, span.until))
    return round(after * len(history) / every) if every else after


def _since_the_first(history: Series) -> Series:
    """Return the series from its first bucket that is known."""
    known = [place for place, value in enumerate(history.values) if value is not None]
    return history.at(list(range(known[0], len(history)))) if known else history.at([])


def _all_of(windows: Windows) -> Windows:
    return replace(windows, resumes_at=date.max, evaluation_end=date.max)
