"""Do metrics say what they rest on? Values, intervals, flags, and nothing where there is nothing."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.feedback.rules import Scale
from service.feedback.tables import ScaleDirection
from service.metrics import ces, contact_rate, csat, health, nps, volume
from service.metrics.definitions import NOTHING, Measured, MetricFlag
from service.metrics.distributions import beta_probability, gamma_quantile, normal_quantile, t_quantile
from service.metrics.first_contact import first_contact_resolution, is_repeat, is_solved_at_once
from service.metrics.health import Part, missing
from service.metrics.journeys import Step, funnel, stages_reached
from service.metrics.means import Moments, mean
from service.metrics.proportions import share, weighted_share
from service.metrics.quantiles import ACCURACY, bins_of, exact_quantile, quantile
from service.metrics.survival import Stay, survival_quantile

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
AIRPORT_2017, AIRPORT_2018 = nps.Groups(1436, 968, 342), nps.Groups(1268, 935, 447)
NON_NEGATIVE = st.floats(0, 1e9, allow_subnormal=False).filter(lambda value: value == 0 or value > 1e-6)


def ends(found: Measured) -> tuple[float, float]:
    assert found.interval is not None
    return found.interval.low, found.interval.high


def test_the_airports_nps_of_2017_is_39_84() -> None:
    found = nps.nps(AIRPORT_2017)

    assert found.value == pytest.approx(39.84, abs=0.005)
    assert found.n == 2746
    assert not found.flags
    assert ends(found) == pytest.approx((37.18, 42.41), abs=0.005)


def test_the_airports_nps_fell_by_8_86_points() -> None:
    found = nps.difference(AIRPORT_2018, AIRPORT_2017)

    low, high = ends(found)
    assert found.value == pytest.approx(-8.86, abs=0.005)
    assert (low, high) == pytest.approx((-12.7, -5.0), abs=0.05)


def test_equal_weights_change_nothing() -> None:
    weights = nps.Groups(2 * 1436, 2 * 968, 2 * 342)

    found = nps.weighted_nps(weights, squares=4 * 2746, n=2746)

    assert found.value == pytest.approx(nps.nps(AIRPORT_2017).value)
    assert ends(found) == pytest.approx(ends(nps.nps(AIRPORT_2017)))


def test_unequal_weights_are_worth_fewer_answers() -> None:
    low, high = ends(weighted_share(50, 100, squares=100, n=100))
    wider = ends(weighted_share(50, 100, squares=400, n=100))

    assert wider[0] < low < high < wider[1]


def test_an_nps_answer_outside_0_to_10_is_an_error() -> None:
    with pytest.raises(ValueError, match="11 is not a likelihood to recommend"):
        nps.groups({11: 1})


@pytest.mark.parametrize(
    "found",
    [
        nps.nps(nps.Groups(0, 0, 0)),
        csat.csat({}, Scale(1, 5)),
        ces.ces_mean(Moments()),
        share(0, 0),
        exact_quantile([], 0.5),
        quantile({}, 0.5),
        survival_quantile([], 0.5),
        contact_rate.contact_rate(0, 0),
        first_contact_resolution([None]),
        volume.resolution_rate(volume.Flow(0, 0, 3)),
    ],
)
def test_no_data_is_no_value_and_not_zero(found: Measured) -> None:
    assert found == NOTHING


@pytest.mark.parametrize(
    ("scale", "satisfied"),
    [
        (Scale(1, 5), [4, 5]),
        (Scale(1, 7), [6, 7]),
        (Scale(1, 10), [9, 10]),
        (Scale(1, 3), [3]),
        (Scale(1, 5, ScaleDirection.LOWER_IS_BETTER), [1, 2]),
    ],
)
def test_the_top_boxes_depend_on_the_scale(scale: Scale, satisfied: list[int]) -> None:
    scores = range(int(scale.least), int(scale.most) + 1)

    assert [score for score in scores if csat.is_satisfied(score, scale)] == satisfied


def test_finding_ones_way_at_the_airport_was_easy_for_85_percent() -> None:
    counts = {1: 16, 2: 40, 3: 337, 4: 716, 5: 1574}

    assert ces.ces_mean(Moments.of_counts(counts)).value == pytest.approx(4.413, abs=0.0005)
    assert ces.ces_easy(counts, Scale(1, 5)).value == pytest.approx(0.8535, abs=0.00005)


def test_easy_is_5_to_7_of_7_and_the_reverse_where_7_is_hard() -> None:
    hard = Scale(1, 7, ScaleDirection.LOWER_IS_BETTER)

    assert [score for score in range(1, 8) if ces.is_easy(score, Scale(1, 7))] == [5, 6, 7]
    assert [score for score in range(1, 8) if ces.is_easy(score, hard)] == [1, 2, 3]


def test_a_mean_has_the_t_interval_of_its_values() -> None:
    found = mean(Moments(5, 15, 55))

    assert (found.value, found.n) == (3, 5)
    assert ends(found) == pytest.approx((3 - 2.776445 * math.sqrt(0.5), 3 + 2.776445 * math.sqrt(0.5)))


def test_one_value_has_a_mean_but_no_interval() -> None:
    assert mean(Moments(1, 4, 16)) == Measured(4, 1, None, frozenset({MetricFlag.LOW_SAMPLE}))


@given(st.lists(st.integers(-100, 100)), st.lists(st.integers(-100, 100)))
def test_moments_add_up(ones: list[int], others: list[int]) -> None:
    def moments(values: list[int]) -> Moments:
        return Moments(len(values), sum(values), sum(value * value for value in values))

    assert moments(ones) + moments(others) == moments(ones + others)


@pytest.mark.parametrize(
    ("degrees", "quantile_975"), [(1, 12.7062), (2, 4.3027), (10, 2.2281), (30, 2.0423), (1000, 1.9623)]
)
def test_t_quantiles_are_those_of_the_tables(degrees: int, quantile_975: float) -> None:
    assert t_quantile(0.975, degrees) == pytest.approx(quantile_975, abs=5e-5)
    assert t_quantile(0.025, degrees) == pytest.approx(-quantile_975, abs=5e-5)


def test_t_becomes_normal() -> None:
    assert t_quantile(0.975, 1e7) == pytest.approx(normal_quantile(0.975), abs=1e-5)


def test_the_beta_distribution_of_equal_parameters_is_symmetric() -> None:
    assert beta_probability(0.5, 3.5, 3.5) == pytest.approx(0.5)
    assert beta_probability(0.3, 2, 5) == pytest.approx(1 - beta_probability(0.7, 5, 2))


@pytest.mark.parametrize(
    ("events", "low", "high"), [(0, 0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904)]
)
def test_a_count_has_garwoods_interval(events: int, low: float, high: float) -> None:
    assert ends(contact_rate.poisson_rate(events, 1, per=1)) == pytest.approx((low, high), abs=5e-5)


def test_chi_square_is_a_gamma_distribution() -> None:
    assert 2 * gamma_quantile(0.95, 1) == pytest.approx(5.9915, abs=5e-5)


def test_contacts_are_counted_for_a_thousand_customers_and_a_month() -> None:
    assert contact_rate.contact_rate(60, 30 * 2_000).value == pytest.approx(30)


def test_an_exact_quantile_is_interpolated() -> None:
    values = [15.0, 20.0, 35.0, 40.0, 50.0]

    assert [exact_quantile(values, q).value for q in (0, 0.4, 0.5, 0.9, 1)] == pytest.approx(
        [15, 29, 35, 46, 50]
    )


@given(st.lists(NON_NEGATIVE, min_size=1), st.sampled_from([0.0, 0.5, 0.9, 1.0]))
def test_a_quantile_of_bins_is_within_its_accuracy(values: list[float], q: float) -> None:
    exact = sorted(values)[math.floor(q * (len(values) - 1))]

    found = quantile(bins_of(values), q).value

    assert found == pytest.approx(exact, rel=ACCURACY * 1.000001, abs=0)


@given(st.lists(NON_NEGATIVE), st.lists(NON_NEGATIVE))
def test_bins_of_two_samples_are_added(ones: list[float], others: list[float]) -> None:
    assert bins_of(ones) + bins_of(others) == bins_of(ones + others)


def test_a_median_of_nine_is_flagged_and_of_ten_is_not() -> None:
    assert exact_quantile(range(9), 0.5).flags == {MetricFlag.LOW_SAMPLE}
    assert exact_quantile(range(10), 0.5).flags == frozenset()


def test_a_share_with_fewer_than_five_hits_is_flagged() -> None:
    assert share(4, 1000).flags == {MetricFlag.LOW_SAMPLE}
    assert share(5, 1000).flags == frozenset()


def test_those_that_are_not_over_make_the_median_longer() -> None:
    # Freireich 1963: weeks in remission under 6-MP, of which 9 of 21 ended; the published median is 23.
    ended = (6, 6, 6, 7, 10, 13, 16, 22, 23)
    going_on = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
    stays = [*(Stay(week, is_over=True) for week in ended), *(Stay(week, is_over=False) for week in going_on)]

    found = survival_quantile(stays, 0.5)

    assert (found.value, found.n) == (23, 21)
    assert found.flags == {MetricFlag.CENSORED, MetricFlag.LOW_SAMPLE}


def test_a_median_that_is_not_reached_is_not_told() -> None:
    stays = [Stay(1, is_over=True), Stay(2, is_over=False), Stay(3, is_over=False)]

    assert (survival_quantile(stays, 0.5).value, survival_quantile(stays, 0.5).n) == (None, 3)


def test_a_health_score_needs_half_of_its_weight() -> None:
    known, unknown = Part("usage", 1, 80), Part("nps", 1, None)

    assert health.health([known, unknown]).value == 80
    assert health.health([known, unknown, Part("csat", 1, None)]) == Measured(None, 1)
    assert missing([known, unknown]) == ["nps"]


def test_a_backlog_is_what_came_and_did_not_go() -> None:
    assert volume.backlog(10, volume.Flow(opened=5, reopened=1, resolved=7)).value == 9
    with pytest.raises(ValueError, match="a backlog of -1"):
        volume.backlog(0, volume.Flow(opened=0, reopened=0, resolved=1))


def test_a_resolution_holds_when_its_window_passes_without_trouble() -> None:
    day_6, day_7 = NOON + 6 * DAY, NOON + 7 * DAY

    assert is_solved_at_once(NOON, None, day_6) is None
    assert is_solved_at_once(NOON, None, day_7) is True
    assert is_solved_at_once(NOON, day_6, day_6) is False
    assert is_solved_at_once(NOON, day_7, day_7) is True


def test_a_contact_within_the_window_of_the_previous_one_is_its_repeat() -> None:
    assert [is_repeat(before, NOON) for before in (None, NOON - 8 * DAY, NOON - 6 * DAY)] == [
        False,
        False,
        True,
    ]


def test_stages_count_in_order_and_within_the_window() -> None:
    in_order = [Step(0, NOON), Step(1, NOON + DAY), Step(2, NOON + 2 * DAY)]
    skipping = [Step(0, NOON), Step(2, NOON + DAY)]
    late = [Step(0, NOON), Step(1, NOON + 30 * DAY)]

    reached = [stages_reached(steps) for steps in (in_order, skipping, late, [Step(1, NOON)])]

    assert reached == [3, 1, 1, 0]
    assert funnel(reached, 3) == [3, 1, 1]
