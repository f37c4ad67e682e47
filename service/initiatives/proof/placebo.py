"""Would a date without a change have looked the same? The real effect among effects of placebo dates."""

from dataclasses import dataclass

from service.initiatives.proof.comparison import effect
from service.initiatives.proof.guards import FEWEST_AFTER, FEWEST_BEFORE
from service.initiatives.proof.regression import Effect
from service.initiatives.proof.series import Cut

ENOUGH_TO_JUDGE = 20
"""With fewer placebos the rank is evidence to read, not a condition."""
MOST_ALIKE = 0.1
"""The share of placebos that may look at least as strong as the real effect."""


@dataclass(frozen=True, slots=True)
class Placebos:
    """How many dates before the change were tried, and at how many the effect was at least as strong."""

    tried: int
    as_strong: int

    @property
    def rank(self) -> int:
        """Return the place of the real effect among all by strength; 1 is the strongest."""
        return self.as_strong + 1

    @property
    def is_convincing(self) -> bool:
        """Tell whether the real effect stands out, or there are too few placebos to tell."""
        return self.tried < ENOUGH_TO_JUDGE or self.as_strong <= MOST_ALIKE * self.tried


def placebos(cut: Cut, real: Effect) -> Placebos:
    """Refit at every date of the baseline that leaves 24 buckets before it and 8 after it.

    As many buckets follow a placebo as follow the change, where the baseline has them. Strength is |t|
    (Abadie, Diamond and Hainmueller 2015, AJPS 59:495, placebos in time). No feasible date: none tried.
    """
    found = [effect(one) for one in placebo_cuts(cut)]
    strengths = [abs(one.t) for one in found if one is not None]
    return Placebos(len(strengths), sum(strength >= abs(real.t) for strength in strengths))


def placebo_cuts(cut: Cut) -> list[Cut]:
    """Return the baseline cut at every feasible date."""
    last = cut.before - FEWEST_AFTER
    return [_pretend(cut, place) for place in range(FEWEST_BEFORE, last + 1)]


def _pretend(cut: Cut, place: int) -> Cut:
    end = min(cut.before, place + max(cut.after, FEWEST_AFTER))
    return Cut(cut.series.at(list(range(end))), place)
