"""Is an effect found where there is one, and only there? Fits, comparisons and placebos on known series."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.initiatives.proof.comparison import (
    Change,
    difference_in_differences,
    effect,
    randomised_effect,
    relative_effect,
    slope_difference,
)
from service.initiatives.proof.interrupted import interrupted
from service.initiatives.proof.placebo import placebo_cuts, placebos
from service.initiatives.proof.regression import Effect
from service.initiatives.proof.series import Cut, Windows, bucketed, cut, without
from service.initiatives.proof.weighted import levelled
from service.initiatives.tables import PlanBucket
from service.metrics.contact_rate import rate_ratio
from tests.operating import (
    confirmed_sign,
    default_sign,
    incidents,
    rank_sign,
    rate_ratio_sign,
    requests,
    shares,
    verdict_sign,
)
from tests.service.proof_series import changed, counts, levels, noisy
from tests.service.published_series import sicily

COUNTS = st.lists(st.integers(5, 60), min_size=40, max_size=40)


def found(one: Effect | None) -> Effect:
    assert one is not None
    return one


def looks_better(one: Cut) -> bool:
    fewer = found(effect(one))
    return fewer.p < 0.05 and fewer.estimate < 0


def covers_nothing(one: Effect) -> bool:
    return one.interval().low <= 0 <= one.interval().high


def test_the_smoking_ban_of_sicily_lowered_heart_attacks_to_88_507_percent() -> None:
    ban = found(interrupted(sicily()))

    assert math.exp(ban.estimate) == pytest.approx(0.88507, abs=5e-6)
    assert ban.dispersion == pytest.approx(2.2622, abs=5e-5)
    assert ban.autocorrelation == 0
    assert ban.degrees == 52
    assert ban.p == pytest.approx(3.6e-5, abs=1e-6)


def test_employment_rose_by_2_75_more_where_the_minimum_wage_did() -> None:
    change = difference_in_differences(Change(0.59, 0.54), Change(-2.16, 1.25))

    assert change.value == pytest.approx(2.75)
    assert change.error == pytest.approx(1.3617, abs=5e-5)


@given(COUNTS, st.integers(2, 9))
@settings(max_examples=30, deadline=None)
def test_more_events_of_the_same_shape_are_the_same_effect(values: list[int], factor: int) -> None:
    one = found(interrupted(Cut(counts(values), 28)))
    more = found(interrupted(Cut(counts([factor * value for value in values]), 28)))

    assert more.estimate == pytest.approx(one.estimate, abs=1e-7)
    assert more.autocorrelation == pytest.approx(one.autocorrelation, abs=1e-6)


@given(COUNTS, st.floats(0.1, 1000))
@settings(max_examples=30, deadline=None)
def test_the_unit_of_exposure_does_not_matter(values: list[int], exposure: float) -> None:
    one = found(interrupted(Cut(counts(values), 28)))
    other = found(interrupted(Cut(counts(values, exposure=exposure), 28)))

    assert (other.estimate, other.error) == pytest.approx((one.estimate, one.error), abs=1e-6)


@given(COUNTS)
@settings(max_examples=30, deadline=None)
def test_a_series_told_backwards_has_the_opposite_effect(values: list[int]) -> None:
    forwards = found(interrupted(Cut(counts(values), 20)))
    backwards = found(interrupted(Cut(counts(values[::-1]), 20)))

    assert backwards.estimate == pytest.approx(-forwards.estimate, abs=1e-6)
    assert backwards.error == pytest.approx(forwards.error, abs=1e-6)


@given(st.lists(st.floats(-100, 100), min_size=40, max_size=40))
@settings(max_examples=30, deadline=None)
def test_the_opposite_levels_have_the_opposite_effect(values: list[float]) -> None:
    one = found(levelled(Cut(levels(values, [50] * 40), 28)))
    opposite = found(levelled(Cut(levels([-value for value in values], [50] * 40), 28)))

    assert opposite.estimate == pytest.approx(-one.estimate, abs=1e-7)
    assert opposite.error == pytest.approx(one.error, abs=1e-7)


def test_a_series_that_never_moves_has_no_effect() -> None:
    still = found(interrupted(changed([20] * 30, [20] * 10)))

    assert still.estimate == pytest.approx(0, abs=1e-9)
    assert covers_nothing(still)
    assert still.dispersion == 1
    assert still.autocorrelation == 0


def test_without_a_change_about_one_interval_of_twenty_misses_nothing() -> None:
    generator = np.random.default_rng(7)
    series = [counts(noisy(generator, 60, 30.0).tolist()) for _ in range(400)]

    missed = sum(not covers_nothing(found(interrupted(Cut(one, 40)))) for one in series)

    assert missed / 400 == pytest.approx(0.05, abs=0.025)


def test_a_trend_alone_is_no_effect() -> None:
    rising = [round(20 * 1.02**week) for week in range(60)]

    assert covers_nothing(found(interrupted(Cut(counts(rising), 40))))
    assert rate_ratio(sum(rising[40:]), 20, sum(rising[:40]), 40).p < 1e-9


def test_quiet_weekends_are_no_effect() -> None:
    days = [2 if day % 7 > 4 else 30 for day in range(47)]

    weekdays = found(interrupted(Cut(counts(days, PlanBucket.DAY), 40)))

    assert weekdays.estimate == pytest.approx(0, abs=1e-6)


def test_a_halving_is_found_with_its_size() -> None:
    generator = np.random.default_rng(1)
    halved = changed(noisy(generator, 60, 60.0).tolist(), noisy(generator, 20, 30.0).tolist())

    half = found(interrupted(halved))

    assert math.exp(half.interval().low) < 0.5 < math.exp(half.interval().high)
    assert half.p < 0.001


def test_a_share_that_rises_by_ten_points_is_found_with_its_size() -> None:
    generator = np.random.default_rng(2)
    hits = generator.binomial(200, [0.6] * 40 + [0.7] * 20) / 200

    rise = found(levelled(Cut(levels(hits.tolist(), [200] * 60, spread=0.24), 40)))

    assert rise.interval().low < 0.1 < rise.interval().high
    assert rise.interval().low > 0
    assert rise.dispersion >= 0.24


def test_a_week_in_which_nobody_answered_counts_for_nothing() -> None:
    values: list[float | None] = [0.5, 0.6] * 20
    asked = [50.0] * 40

    without_it = found(
        levelled(Cut(levels([*values[:5], None, *values[5:]], [*asked[:5], 0, *asked[5:]]), 29))
    )

    assert without_it.n == 40


def test_neighbours_that_resemble_each_other_widen_the_interval() -> None:
    calm = changed([20, 30] * 15, [20, 30] * 5)
    waves = changed([20] * 5 + [30] * 5 + [20] * 5 + [30] * 5 + [20] * 5 + [30] * 5, [20] * 5 + [30] * 5)

    assert found(interrupted(calm)).autocorrelation == 0
    assert found(interrupted(waves)).autocorrelation > 0.4
    assert found(interrupted(waves)).error > 1.5 * found(interrupted(calm)).error
    assert found(interrupted(waves)).degrees >= 5


@pytest.mark.parametrize(
    ("before", "after"),
    [([0] * 30, [5] * 10), ([5, 6], [5]), ([], [5] * 10)],
    ids=["no events before", "fewer points than columns", "nothing before"],
)
def test_what_cannot_be_fitted_has_no_effect(before: list[float], after: list[float]) -> None:
    assert effect(changed(before, after)) is None


def test_the_end_of_few_events_is_less_sure_than_the_end_of_many() -> None:
    few, many = (found(effect(changed([size] * 30, [0] * 10))) for size in (1, 100))

    assert covers_nothing(few)
    assert many.interval().high < 0


def test_what_both_groups_share_is_no_effect_of_the_change() -> None:
    generator = np.random.default_rng(3)
    demand = np.concatenate([np.ones(40), np.full(20, 0.5)])
    own, other = (counts(generator.poisson(mean * demand).tolist()) for mean in (40, 200))

    alone, beside = found(effect(Cut(own, 40))), found(relative_effect(Cut(own, 40), Cut(other, 40)))

    assert alone.interval().high < 0
    assert covers_nothing(beside)


def test_groups_that_drift_apart_before_the_change_are_not_parallel() -> None:
    generator = np.random.default_rng(4)
    rising = counts(generator.poisson([40 * 1.02**week for week in range(60)]).tolist())
    steady, other = (counts(generator.poisson(40, 60).tolist()) for _ in range(2))

    assert found(slope_difference(Cut(rising, 40), Cut(other, 40))).p < 0.01
    assert found(slope_difference(Cut(steady, 40), Cut(other, 40))).p > 0.05


def test_randomised_arms_are_compared_after_the_start_only() -> None:
    generator = np.random.default_rng(5)
    own = counts([*[0] * 30, *generator.poisson(30, 20).tolist()])
    other = counts([*[0] * 30, *generator.poisson(60, 20).tolist()])

    half = found(randomised_effect(Cut(own, 30), Cut(other, 30)))

    assert half.n == 20
    assert math.exp(half.interval().low) < 0.5 < math.exp(half.interval().high)


def test_levels_of_two_arms_differ_by_the_difference_of_their_means() -> None:
    own, other = levels([0.8] * 20, [90.0] * 20), levels([0.7] * 20, [30.0] * 20)

    assert found(randomised_effect(Cut(own, 8), Cut(other, 8))).estimate == pytest.approx(0.1)
    assert found(relative_effect(Cut(own, 8), Cut(other, 8))).estimate == pytest.approx(0, abs=1e-9)
    assert found(slope_difference(Cut(own, 8), Cut(other, 8))).estimate == pytest.approx(0, abs=1e-9)


def test_a_comparison_of_other_weeks_is_refused() -> None:
    with pytest.raises(ValueError, match="same buckets"):
        relative_effect(Cut(counts([5] * 40), 30), Cut(counts([5] * 39), 30))


def test_a_real_halving_stands_out_among_placebos() -> None:
    generator = np.random.default_rng(6)
    halved = changed(noisy(generator, 70, 60.0).tolist(), noisy(generator, 20, 30.0).tolist())

    tried = placebos(halved, found(effect(halved)))

    assert tried.tried == 70 - 8 - 24 + 1
    assert tried.rank == 1
    assert tried.is_convincing


def test_no_placebo_sees_what_came_after_the_change() -> None:
    for placebo in placebo_cuts(changed([1] * 40, [9] * 10)):
        assert 9.0 not in placebo.series.values
        assert placebo.before >= 24
        assert placebo.after >= 8


def test_too_few_placebos_are_evidence_but_no_condition() -> None:
    short = changed([20, 30, 25] * 10, [20, 30, 25] * 4)

    tried = placebos(short, found(effect(short)))

    assert tried.tried == 0
    assert tried.is_convincing


def test_starting_after_the_worst_month_fools_before_and_after_but_not_the_series() -> None:
    """Somebody acts on the theme that was the worst of twelve last month; it gets better by itself."""
    generator = np.random.default_rng(8)
    before_and_after = whole_baseline = without_the_month = 0
    for _ in range(200):
        themes = [noisy(generator, 72, 40.0) for _ in range(12)]
        worst = max(themes, key=lambda theme: float(theme[56:60].sum()))
        month, after = int(worst[56:60].sum()), int(worst[60:].sum())
        before_and_after += rate_ratio(after, 12, month, 4).p < 0.05
        whole_baseline += looks_better(Cut(counts(worst.tolist()), 60))
        without_the_month += looks_better(Cut(counts([*worst[:56].tolist(), *worst[60:].tolist()]), 56))

    assert before_and_after / 200 > 0.45
    assert whole_baseline / 200 < 0.15
    assert without_the_month / 200 < 0.05


def test_on_real_incidents_the_series_keeps_its_promise_and_before_and_after_does_not() -> None:
    sample = incidents()

    fooled, finds_30, finds_50 = shares(sample, default_sign)

    assert len(sample) == 237
    assert fooled <= 0.08
    assert finds_30 >= 0.26
    assert finds_50 >= 0.55
    assert sum(rate_ratio_sign(window) != 0 for window in sample) / len(sample) > 0.6
    assert sum(confirmed_sign(window) != 0 for window in sample) / len(sample) <= 0.03
    assert sum(verdict_sign(window) != 0 for window in sample) / len(sample) <= 0.04


def test_on_the_requests_of_a_city_the_series_keeps_its_promise() -> None:
    sample = requests()

    fooled, _, finds_50 = shares(sample, default_sign)

    assert sum(rate_ratio_sign(window) != 0 for window in sample) == 145
    assert sum(rank_sign(window) != 0 for window in sample) == 92
    assert len(sample) == 396
    assert fooled <= 0.08
    assert finds_50 >= 0.27


def test_only_whole_buckets_on_either_side_of_the_ramp_up_count() -> None:
    series = bucketed({}, PlanBucket.WEEK, date(2024, 1, 1), date(2024, 12, 30))
    spans = Windows(date(2024, 1, 3), date(2024, 6, 3), date(2024, 6, 20), date(2024, 9, 4))

    weeks = cut(series, spans)

    assert weeks.baseline().starts[0] == date(2024, 1, 8)
    assert weeks.baseline().starts[-1] == date(2024, 5, 27)
    assert weeks.following().starts[0] == date(2024, 6, 24)
    assert weeks.following().starts[-1] == date(2024, 8, 26)


def test_a_day_without_events_is_0_and_a_missing_one_is_none() -> None:
    friday, monday = date(2024, 1, 5), date(2024, 1, 8)
    series = bucketed({friday: 4}, PlanBucket.DAY, friday, date(2024, 1, 10), days=frozenset(range(5)))

    assert series.starts == (friday, monday, date(2024, 1, 9))
    assert series.values == (4.0, 0.0, 0.0)
    assert without(series, frozenset({monday})).values == (4.0, None, 0.0)


def test_months_end_where_the_next_begin() -> None:
    series = bucketed({date(2024, 2, 1): 7}, PlanBucket.MONTH, date(2024, 1, 1), date(2024, 3, 31))

    assert series.starts == (date(2024, 1, 1), date(2024, 2, 1))
    assert series.values == (0.0, 7.0)


def test_missing_buckets_are_left_out_of_the_fit() -> None:
    whole = counts([20, 25, 30, 22] * 10)
    gaps = replace(whole, values=(None, *whole.values[1:]))

    assert found(effect(Cut(gaps, 30))).n == 39
    assert found(relative_effect(Cut(whole, 30), Cut(gaps, 30))).n == 39
