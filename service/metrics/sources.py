"""Where is each measure, and how is each metric read? Later chapters add what only they can count."""

from collections.abc import Iterable

from service.metrics import (
    abandonment,
    business_hours,
    ces,
    churn,
    contact_rate,
    csat,
    customer_health,
    first_contact,
    funnels,
    invitations,
    journeys,
    nps,
    promises,
    remembering,
    response_times,
    service_level,
    voice,
    volume,
)
from service.metrics.cohorts import COUNTED_FROM_ROWS
from service.metrics.measures import AnyMeasure
from service.metrics.outcomes import Reading, Readings
from service.metrics.signals import ROLLED
from service.metrics.ways import COUNTED_OF_WAYS

READINGS: dict[str, Reading] = {}
MEASURES: dict[str, AnyMeasure] = {}


def add(measures: Iterable[AnyMeasure], readings: Readings) -> None:
    """Let metrics be read from further measures."""
    MEASURES.update({each.name: each for each in measures})
    READINGS.update(readings)


def measure(name: str) -> AnyMeasure:
    """Return a measure by its name."""
    return MEASURES[name]


def reading(metric_id: str) -> Reading | None:
    """Return how a metric is read; None where nothing it needs is recorded yet."""
    return READINGS.get(metric_id)


CHAPTERS = (
    abandonment,
    business_hours,
    ces,
    churn,
    contact_rate,
    csat,
    customer_health,
    first_contact,
    funnels,
    invitations,
    journeys,
    nps,
    promises,
    remembering,
    response_times,
    service_level,
    voice,
    volume,
)
for chapter in CHAPTERS:
    add((), chapter.READINGS)
COUNTED: tuple[AnyMeasure, ...] = (
    *ROLLED,
    *COUNTED_FROM_ROWS,
    *COUNTED_OF_WAYS,
    *business_hours.COUNTED_IN_HOURS,
    *customer_health.COUNTED_OF_HEALTH,
    *funnels.COUNTED_OF_FUNNELS,
    *invitations.COUNTED_OF_INVITATIONS,
    *remembering.COUNTED_OF_MEMORIES,
)
add(COUNTED, {})
