"""What moves a series besides the change? Its trend, its weekdays, its year: the columns of the model."""

from datetime import date

import numpy as np

from service.initiatives.proof.series import Array, Cut, Series
from service.initiatives.tables import PlanBucket

DAYS_OF_A_YEAR = 365.25
BUCKETS_OF_A_YEAR = {PlanBucket.WEEK: 52, PlanBucket.MONTH: 12}
YEARS_OF_TWO_PAIRS = 2
STEP = 1
TREND = 1
"""Where the step of a change, and the trend of a baseline alone, stand among the columns."""


def stepped(cut: Cut) -> Array:
    """Return the columns constant, step, trend and season of a series that is cut by a change."""
    return np.column_stack([_constant(cut.series), cut.step(), *_trend_and_season(cut.series, cut.before)])


def steady(series: Series) -> Array:
    """Return the columns constant, trend and season of a series in which nothing was changed."""
    return np.column_stack([_constant(series), *_trend_and_season(series, len(series))])


def _constant(series: Series) -> Array:
    return np.ones(len(series))


def _trend_and_season(series: Series, before: int) -> list[Array]:
    trend = np.arange(len(series)) / max(1, len(series))
    return [trend, *_season(series, before)]


def _season(series: Series, before: int) -> list[Array]:
    """Return a column for each weekday but one, or Fourier pairs of the year where a year came before.

    One pair after a whole year, two after two whole years: fewer points cannot tell a season from a trend.
    """
    if series.bucket is PlanBucket.DAY:
        weekdays = np.array([day.weekday() for day in series.starts])
        return [(weekdays == day).astype(np.float64) for day in sorted(set(weekdays.tolist()))[1:]]
    years = before // BUCKETS_OF_A_YEAR[series.bucket]
    angles = np.array([2 * np.pi * _share_of_year(day, series.bucket) for day in series.starts])
    pairs = range(1, 1 + min(YEARS_OF_TWO_PAIRS, years))
    return [wave(pair * angles) for pair in pairs for wave in (np.sin, np.cos)]


def _share_of_year(day: date, bucket: PlanBucket) -> float:
    """Return how much of the year has passed; months count alike, whatever their length."""
    if bucket is PlanBucket.MONTH:
        return day.month / BUCKETS_OF_A_YEAR[bucket]
    return day.timetuple().tm_yday / DAYS_OF_A_YEAR
