"""What could be found at all? The smallest detectable effect of a series, and the answers two arms need."""

import math
from dataclasses import dataclass, replace

import numpy as np

from service.initiatives.proof.comparison import effect
from service.initiatives.proof.guards import FEWEST_AFTER, FEWEST_BEFORE
from service.initiatives.proof.series import Cut, Measure, Series
from service.initiatives.tables import WantedDirection
from service.metrics.definitions import CONFIDENCE
from service.metrics.distributions import normal_quantile

ALPHA = 1 - CONFIDENCE
POWER = 0.8
CUTS_OF_A_SHARE = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
MOST_WINDOWS = 20
SEED = 20_250_101


@dataclass(frozen=True, slots=True)
class Horizon:
    """How many buckets stand before and after a change that is planned."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Detection:
    """How many windows an effect was planted in, and in how many it was found."""

    windows: int
    found: int

    @property
    def share(self) -> float | None:
        """Return the share found, None without windows."""
        return self.found / self.windows if self.windows else None


def windows(series: Series, horizon: Horizon, *, most: int = MOST_WINDOWS, apart: int = 1) -> list[Cut]:
    """Return the last windows of a series in which nothing was changed, each `apart` buckets from the next.

    Empty where the series is shorter than one, or the horizon is below 24 buckets before and 8 after.
    """
    length = horizon.before + horizon.after
    if horizon.before < FEWEST_BEFORE or horizon.after < FEWEST_AFTER:
        return []
    ends = range(len(series), length - 1, -apart)
    return [Cut(series.at(list(range(end - length, end))), horizon.before) for end in list(ends)[:most]]


def planted(cut: Cut, size: float, direction: WantedDirection, generator: np.random.Generator) -> Cut:
    """Return the cut with an effect planted in it.

    Counts: `size` is the share of events (0 to 1) that a decrease removes after the change by chance, one by
    one; an increase is made by removing them before it, so that the series keeps its own dispersion.
    Levels: `size` is added or taken away after the change. Durations: `size` is a share of them.
    """
    decreases = direction is WantedDirection.DECREASE
    step = cut.step()
    if cut.series.measure is not Measure.COUNT:
        moved = size if cut.series.measure is Measure.LEVEL else abs(math.log1p(-size if decreases else size))
        values = cut.series.array() + (-moved if decreases else moved) * step
    else:
        kept = generator.binomial(np.nan_to_num(cut.series.array()).astype(np.int64), 1 - size)
        values = np.where(step == (1 if decreases else 0), kept, cut.series.array())
        values = np.where(np.isnan(cut.series.array()), np.nan, values)
    known = tuple(None if np.isnan(value) else float(value) for value in values)
    return Cut(replace(cut.series, values=known), cut.before)


def detection(cuts: list[Cut], size: float, direction: WantedDirection, seed: int = SEED) -> Detection:
    """Plant an effect in every window and count where its interval excludes 0 on the right side."""
    generator = np.random.default_rng(seed)
    sign = -1 if direction is WantedDirection.DECREASE else 1
    effects = [effect(planted(one, size, direction, generator)) for one in cuts]
    found = sum(one is not None and one.p < ALPHA and one.estimate * sign > 0 for one in effects)
    return Detection(len(cuts), found)


def detectable(
    cuts: list[Cut],
    direction: WantedDirection,
    *,
    sizes: tuple[float, ...] = CUTS_OF_A_SHARE,
    seed: int = SEED,
) -> float | None:
    """Return the smallest of the sizes that is found in 80 % of the windows; None if none is, or no window.

    Honest because the windows are the series' own: they carry its season, trend and dispersion.
    """
    for size in sorted(sizes):
        share = detection(cuts, size, direction, seed).share
        if share is not None and share >= POWER:
            return size
    return None


def answers_per_arm_of_shares(p: float, q: float) -> int:
    """Return the answers each of two arms needs to tell two shares (0 to 1, different) apart.

    Two-sided 5 %, power 80 %: (z + z')^2 (p (1 - p) + q (1 - q)) / (p - q)^2 (Fleiss 1981, 3.2).
    """
    return answers_per_arm(abs(p - q), p * (1 - p), q * (1 - q))


def answers_per_arm(difference: float, variance: float, other_variance: float) -> int:
    """Return the answers each of two arms needs for a difference of means, more than 0, in the metric's unit.

    The variance of an NPS on the scale -1 to 1 is about 0.5. Raises ValueError for no difference.
    """
    if difference <= 0:
        raise ValueError("two arms that do not differ cannot be told apart")
    z = normal_quantile((1 + CONFIDENCE) / 2) + normal_quantile(POWER)
    return math.ceil(z * z * (variance + other_variance) / (difference * difference))
