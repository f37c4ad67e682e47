"""Which plans can prove something? What must hold of a measurement plan, and when a verdict may be given."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service import metrics
from service.ground.problems import Invalid
from service.initiatives import measurements
from service.initiatives.proof.series import Measure, Windows
from service.initiatives.scopes import EVERYTHING, Scope
from service.initiatives.tables import (
    ComparisonKind,
    EffectScale,
    Exposure,
    PlanBucket,
    Population,
    WantedDirection,
)

ONE_DAY = timedelta(days=1)
BESIDE_THE_ROW = frozenset({"treated", "compared", "secondary"})
"""The parts of a plan that have tables of their own."""


@dataclass(frozen=True, slots=True)
class PlannedMetric:
    """A metric that a plan looks at beside the primary one; the scale is the metric's own unless given."""

    metric_id: str
    metric_version: int
    direction: WantedDirection
    practical_threshold: float
    threshold_scale: EffectScale


@dataclass(frozen=True, slots=True)
class Plan:
    """How the effect will be judged.

    `practical_threshold` is the smallest effect that matters, more than 0, on `threshold_scale`.
    The baseline is half open and ends at or before `starts_at`; the first `ramp_up_days` count for nothing.
    `treated` that names nothing stands for what the initiative is about, `compared` for everything else.
    """

    metric_id: str
    metric_version: int
    direction: WantedDirection
    bucket: PlanBucket
    practical_threshold: float
    baseline_start: datetime
    baseline_end: datetime
    starts_at: datetime
    evaluation_end: datetime
    ramp_up_days: int = 0
    minimum_sample: int | None = None
    comparison_kind: ComparisonKind = ComparisonKind.NONE
    comparison: str | None = None
    time_zone: str = "UTC"
    population: Population = Population.EVERYBODY
    exposure: Exposure = Exposure.TIME
    threshold_scale: EffectScale = EffectScale.METRIC_UNIT
    treated: Scope = EVERYTHING
    compared: Scope = EVERYTHING
    secondary: tuple[PlannedMetric, ...] = ()

    @property
    def primary(self) -> PlannedMetric:
        """The one metric that sets the verdict."""
        return PlannedMetric(
            self.metric_id,
            self.metric_version,
            self.direction,
            self.practical_threshold,
            self.threshold_scale,
        )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which its days begin."""
        return ZoneInfo(self.time_zone)

    def windows(self, shipped_at: datetime | None = None) -> Windows:
        """Return the spans before and after in whole days of the plan's time zone.

        A change that came earlier than planned ends the baseline; a later one delays what follows.
        """
        shipped = shipped_at or self.starts_at
        resumes = max(self.starts_at, shipped) + timedelta(days=self.ramp_up_days)
        return Windows(
            self._next_midnight(self.baseline_start),
            self._day(min(self.baseline_end, shipped)),
            self._next_midnight(resumes),
            self._day(self.evaluation_end),
        )

    def at_look(self, look: int) -> "Plan":
        """Return the plan as one look judges it, from 1: each ends later by the days planned for the first.

        So what shipped in time is watched twice, then three times as long.
        """
        planned = self.windows()
        span = max(ONE_DAY, planned.evaluation_end - planned.resumes_at)
        ends = planned.evaluation_end + (look - 1) * span
        return self if look == 1 else replace(self, evaluation_end=datetime.combine(ends, time(), self.zone))

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def _next_midnight(self, at: datetime) -> date:
        local = at.astimezone(self.zone)
        return local.date() if local.time() == time() else local.date() + timedelta(days=1)

    def check(self) -> None:
        """Raise Invalid, placed at the field, for a plan that could prove nothing."""
        for broken, field, reason in self._breaches():
            if broken:
                raise Invalid(field, reason=reason)
        for field, reason in self._breaches_of_proof():
            raise Invalid(field, reason=reason)
        for n, one in enumerate(self.secondary):
            for field, reason in _breaches_beside(one, self):
                raise Invalid("secondaryMetrics", n, field, reason=reason)

    def _breaches_of_proof(self) -> Iterator[tuple[str, str]]:
        measurement = measurements.find(self.metric_id)
        if measurement is None:
            yield "metricId", _unmeasured()
        elif (
            measurement.measure is Measure.COUNT
            and self.threshold_scale is EffectScale.METRIC_UNIT
            and self.exposure is not Exposure.CUSTOMERS
        ):
            yield (
                "thresholdScale",
                "A threshold in contacts per 1,000 customers needs the exposure CUSTOMERS; or take RELATIVE.",
            )
        elif measurement.measure is not Measure.COUNT and self.exposure is not Exposure.TIME:
            yield "exposure", "Only numbers of contacts are seen in proportion to an exposure."
        if not _is_zone(self.time_zone):
            yield "timeZone", "This is not an IANA time zone, such as Europe/Berlin."

    def _breaches(self) -> tuple[tuple[bool, str, str], ...]:
        compared = self.comparison_kind is not ComparisonKind.NONE
        metric = metrics.find(self.metric_id)
        return (
            (metric is None, "metricId", "No metric has this id; the registry lists them."),
            (
                metric is not None and metric.version != self.metric_version,
                "metricVersion",
                "The metric is defined in another version now.",
            ),
            (self.practical_threshold <= 0, "practicalThreshold", "The practical threshold is more than 0."),
            (self.ramp_up_days < 0, "rampUpDays", "A ramp-up lasts 0 days or more."),
            (
                self.minimum_sample is not None and self.minimum_sample < 1,
                "minimumSample",
                "The minimum sample is 1 or more.",
            ),
            (
                self.baseline_end <= self.baseline_start,
                "baselineEnd",
                "The baseline ends after it has started.",
            ),
            (
                self.starts_at < self.baseline_end,
                "startsAt",
                "The change starts when the baseline has ended, or later.",
            ),
            (
                self.evaluation_end <= self.starts_at + timedelta(days=self.ramp_up_days),
                "evaluationEnd",
                "The evaluation ends after the start and its ramp-up.",
            ),
            (compared and not self.comparison, "comparison", "Say whom the change is compared with."),
        )

    def columns(self) -> Mapping[str, Any]:
        """Return the plan as the columns of its row."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name not in BESIDE_THE_ROW}


def _breaches_beside(one: PlannedMetric, plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a metric beside the primary one."""
    definition = metrics.find(one.metric_id)
    if definition is None:
        yield "metricId", "No metric has this id; the registry lists them."
    elif definition.version != one.metric_version:
        yield "metricVersion", "The metric is defined in another version now."
    elif measurements.find(one.metric_id) is None:
        yield "metricId", _unmeasured()
    named = [plan.metric_id, *(each.metric_id for each in plan.secondary)]
    if named.count(one.metric_id) > 1:
        yield "metricId", "Each metric is looked at once."
    if one.practical_threshold <= 0:
        yield "practicalThreshold", "The practical threshold is more than 0."


def _unmeasured() -> str:
    return (
        f"No effect can be judged by this metric; these are possible: {', '.join(measurements.MEASUREMENTS)}."
    )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True
