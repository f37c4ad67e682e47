"""Do two groups differ, and is a series drifting? Ranks, durations, charts, many findings, open hours."""

import math
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ground.business_time import Calendar, Opening, open_seconds
from service.initiatives.proof.counterfactual import impact
from service.metrics.control_charts import cusum, ewma
from service.metrics.many import surviving
from service.metrics.ranks import mann_whitney
from service.metrics.survival import Stay, log_rank

NUMBERS = st.lists(st.floats(-1000, 1000), min_size=1, max_size=12)
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Calendar(
    BERLIN,
    dict.fromkeys(range(5), (Opening(time(9), time(12)), Opening(time(13), time(17)))),
    frozenset({date(2026, 3, 4)}),
)
ALWAYS = Calendar(BERLIN, dict.fromkeys(range(7), (Opening(time(0), time(0)),)))
HOUR = 3600


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=BERLIN)


@given(NUMBERS, NUMBERS)
def test_what_one_group_wins_the_other_loses(values: list[float], others: list[float]) -> None:
    one, other = mann_whitney(values, others), mann_whitney(others, values)

    assert one is not None
    assert other is not None
    assert one.wins + other.wins == len(values) * len(others)
    assert one.greater == pytest.approx(other.less)
    assert 0 <= one.p <= 1


def test_all_orders_of_two_and_two_are_equally_likely() -> None:
    found = mann_whitney([3, 4], [1, 2])

    assert found is not None
    assert (found.wins, found.less) == (4, 1)
    assert found.greater == pytest.approx(1 / 6)


def test_ranks_of_large_groups_are_nearly_normal() -> None:
    found = mann_whitney(list(range(30, 130)), [value + 0.5 for value in range(100)])

    assert found is not None
    z = (found.wins - 5000 - 0.5) / math.sqrt(100 * 100 * 201 / 12)
    assert found.greater == pytest.approx(math.erfc(z / math.sqrt(2)) / 2)


def test_groups_that_cannot_differ_do_not() -> None:
    assert mann_whitney([], [1]) is None
    same = mann_whitney([1, 1], [1, 1, 1])
    assert same is not None
    assert same.p == 1


def test_durations_of_a_group_do_not_differ_from_themselves() -> None:
    stays = [Stay(day, day % 3 > 0) for day in range(1, 20)]

    found = log_rank(stays, stays)

    assert found is not None
    assert (found.chi_square, found.p) == (0, 1)


def test_durations_of_which_none_is_over_tell_nothing() -> None:
    assert log_rank([Stay(1, is_over=False)], [Stay(2, is_over=False)]) is None
    assert log_rank([], [Stay(2, is_over=True)]) is None


def test_a_slow_drift_is_signalled_by_both_charts() -> None:
    drifting = [50 + 0.3 * place for place in range(30)]

    assert ewma(drifting, 50, 2).first_signal == 11
    assert cusum(drifting, 50, slack=1, limit=8) == 11
    assert cusum([100 - value for value in drifting], 50, slack=1, limit=8) == 11


def test_a_series_on_target_is_signalled_by_none() -> None:
    assert ewma([50] * 30, 50, 2).first_signal is None
    assert cusum([50] * 30, 50, slack=1, limit=8) is None
    assert ewma([], 50, 2).averages == ()


def test_survivors_are_told_in_the_order_they_came() -> None:
    assert surviving([0.9, 0.001, 0.04, 0.02]) == (False, True, False, True)
    assert surviving([0.04]) == (True,)
    assert surviving([]) == ()


@given(st.lists(st.floats(0, 1), max_size=20))
def test_a_smaller_probability_survives_whenever_a_larger_one_does(probabilities: list[float]) -> None:
    survivors = surviving(probabilities)

    kept = [p for p, is_kept in zip(probabilities, survivors, strict=True) if is_kept]
    lost = [p for p, is_kept in zip(probabilities, survivors, strict=True) if not is_kept]
    assert max(kept, default=0) <= min(lost, default=1)
    assert sum(survivors) >= sum(p <= 0.05 / len(probabilities) for p in probabilities)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (berlin(2, 8), berlin(2, 9, 30), 0.5),
        (berlin(2, 11), berlin(2, 14), 2),
        (berlin(2, 16), berlin(3, 10), 2),
        (berlin(3, 16), berlin(5, 10), 2),
        (berlin(6, 16), berlin(9, 10), 2),
        (berlin(2, 18), berlin(2, 23), 0),
        (berlin(3, 10), berlin(2, 10), 0),
    ],
    ids=[
        "before opening",
        "over lunch",
        "over night",
        "over a holiday",
        "over a weekend",
        "closed",
        "backwards",
    ],
)
def test_only_open_hours_count(start: datetime, end: datetime, hours: float) -> None:
    assert open_seconds(OFFICE, start, end) == hours * HOUR


def test_clocks_that_change_make_short_and_long_days() -> None:
    assert open_seconds(ALWAYS, berlin(29, 0), berlin(30, 0)) == 23 * HOUR
    autumn = (datetime(2026, 10, day, tzinfo=BERLIN) for day in (25, 26))
    assert open_seconds(ALWAYS, *autumn) == 25 * HOUR


def test_the_zone_in_which_a_moment_is_written_does_not_matter() -> None:
    start, end = berlin(2, 8), berlin(3, 12)

    assert open_seconds(OFFICE, start.astimezone(UTC), end.astimezone(UTC)) == open_seconds(
        OFFICE, start, end
    )


def test_an_impact_of_five_is_found_beside_a_control() -> None:
    generator = np.random.default_rng(1)
    control = 100 + generator.normal(0, 1, 100).cumsum()
    values = 1.2 * control + generator.normal(0, 0.5, 100) + 5 * (np.arange(100) >= 70)

    found = impact(values, control[:, None], 70)

    assert found is not None
    assert found.interval.low < 5 < found.interval.high
    assert found.interval.low > 4
    assert found.actual - found.expected == pytest.approx(found.effect)


def test_a_wandering_level_makes_the_expectation_unsure() -> None:
    generator = np.random.default_rng(2)
    wandering, still = 100 + generator.normal(0, 1, 100).cumsum(), 100 + generator.normal(0, 1, 100)
    found = [impact(values, np.empty((100, 0)), 70) for values in (wandering, still)]

    widths = [one.interval.high - one.interval.low for one in found if one is not None]
    assert widths[0] > 3 * widths[1]


def test_an_impact_needs_something_before_and_after() -> None:
    assert impact(np.ones(10), np.empty((10, 0)), 4) is None
    assert impact(np.ones(10), np.empty((10, 0)), 10) is None
