"""Which plans can prove something? What must hold of a measurement plan, and when a verdict may be given."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from service import metrics
from service.ground.problems import Invalid
from service.initiatives.tables import ComparisonKind, PlanBucket, WantedDirection


@dataclass(frozen=True, slots=True)
class Plan:
    """How the effect will be judged.

    `practical_threshold` is the smallest effect that matters, in the metric's unit, more than 0.
    The baseline is half open and ends at or before `starts_at`; the first `ramp_up_days` count for nothing.
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

    def check(self) -> None:
        """Raise Invalid, placed at the field, for a plan that could prove nothing."""
        for broken, field, reason in self._breaches():
            if broken:
                raise Invalid(field, reason=reason)

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
        return asdict(self)
