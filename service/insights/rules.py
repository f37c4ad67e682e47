"""What makes an insight credible, and how much does it matter? Thresholds and the priority score."""

from dataclasses import dataclass
from datetime import datetime

from service.ground.problems import Invalid

SIGNALS_NEEDED = 3
"""How many signals make a pattern; the same for every tenant."""
CUSTOMERS_NEEDED = 3
"""How many different customers those signals must come from: one loud voice is not a pattern."""

MOST_SEVERE = 5
MOST_IMPORTANT = 3


@dataclass(frozen=True, slots=True)
class PriorityInputs:
    """The three factors of a priority, all visible: nobody has to trust a bare score.

    `affected_customers`: customers a month, 0 or more. `gap`: how far those customers' satisfaction lies from
    the others', in the points of the metric it was read from, 0 or more. `trend`: contacts of the last period
    as a multiple of the period before, 1 where nothing changes. `measured` is None where a person gave any.
    """

    affected_customers: float
    gap: float
    trend: float
    measured: "Measurement | None" = None

    def check(self) -> None:
        """Raise Invalid for a factor below 0, named as clients name it."""
        factors = (("affectedCustomers", self.affected_customers), ("gap", self.gap), ("trend", self.trend))
        for name, factor in factors:
            if factor < 0:
                raise Invalid(name, reason="A factor of a priority is 0 or more.")


@dataclass(frozen=True, slots=True)
class Measurement:
    """Where measured factors come from: when, in which measure the gap is, and its interval."""

    measured_at: datetime
    gap_measure: str
    gap_low: float
    gap_high: float


def priority(inputs: PriorityInputs) -> float:
    """Return the score: the product of the three factors."""
    return inputs.affected_customers * inputs.gap * inputs.trend
