"""Is what rises found, and what only seems to rise left alone?"""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from service.ground.keys import uuid7
from service.insights.coverage import Tally, covered, was_there
from service.insights.surprise import Counts, chance, dispersion, surprises
from tests.operating_detection import incidents, looks, requests

SERIES = 25
SEED = 7


def noise(periods: int, *, seed: int = SEED, phi: float = 2.0) -> NDArray[np.float64]:
    """Weekly counts of many topics of 3 to 60 contacts, which scatter `phi` times as wide as chance."""
    means = np.linspace(3, 60, SERIES)
    chances = np.random.default_rng(seed)
    size = np.outer(means / (phi - 1), np.ones(periods))
    return chances.negative_binomial(size, 1 / phi).astype(float)


def emerging(counts: NDArray[np.float64]) -> list[int]:
    return [number for number, one in enumerate(surprises(counts)) if one.emerging]


def test_the_chance_of_a_count_is_the_tail_of_a_negative_binomial() -> None:
    # Mean 4, variance 8: size 4, success 1/2. P(X >= 2) = 1 - 1/16 - 4/32, by hand.
    assert chance(2, 4, 8) == pytest.approx(1 - 1 / 16 - 4 / 32)
    assert chance(0, 4, 8) == 1


def test_the_dispersion_is_pooled_over_all_series() -> None:
    # Two alike series around 10 that see 12 and 8 in turns: chi square 4 x 0.4, of 1 x 3 degrees.
    counts = np.array([[12.0, 8, 12, 8], [8.0, 12, 8, 12]])

    assert dispersion(counts) == pytest.approx(max(1.0, 8 * 4 / 10 / 3))


def test_counts_that_hardly_scatter_are_taken_for_chance() -> None:
    assert dispersion(np.full((3, 8), 10.0)) == 1


def test_a_planted_surge_is_found_and_nothing_else() -> None:
    counts = noise(9)
    counts[12, -1] = 3 * counts[12, :-1].mean()

    assert emerging(counts) == [12]


def test_a_topic_that_was_never_spoken_of_is_found() -> None:
    counts = np.vstack([noise(9), np.zeros(9)])
    counts[-1, -1] = 25

    assert emerging(counts) == [SERIES]


def test_four_contacts_are_no_topic() -> None:
    counts = np.vstack([np.full((5, 9), 40.0), np.zeros(9)])
    counts[-1, -1] = 4

    assert surprises(counts)[-1].probability < 0.01
    assert emerging(counts) == []


def test_what_everything_shares_is_no_surprise() -> None:
    counts = noise(9)
    counts[:, -1] = np.round(counts[:, -1] * 2)

    assert emerging(counts) == []
    assert all(one.growth > 1.5 for one in surprises(counts))


def test_a_surge_is_found_while_everything_grows() -> None:
    counts = noise(9)
    counts[:, -1] = np.round(counts[:, -1] * 1.5)
    counts[12, -1] = 5 * counts[12, :-1].mean()

    assert emerging(counts) == [12]


def test_a_topic_that_stays_while_everything_else_falls_is_no_surprise() -> None:
    counts = noise(9)
    counts[:, -1] = np.round(counts[:, -1] * 0.3)
    counts[12, -1] = round(counts[12, :-1].mean())

    assert emerging(counts) == []


def test_a_season_that_was_there_last_year_is_no_surprise() -> None:
    counts = noise(78)
    surge = 3 * counts[12, -9:-1].mean()
    counts[12, -1] = counts[12, -54:-51] = surge
    without_last_year = counts[:, -9:]

    assert emerging(without_last_year) == [12]
    assert emerging(counts) == []
    assert surprises(counts)[12].season > 2


def test_a_surge_at_another_time_of_last_year_excuses_nothing() -> None:
    counts = noise(78)
    counts[12, -40] = counts[12, -1] = 3 * counts[12, -10:-1].mean()

    assert emerging(counts) == [12]


def test_too_short_a_past_tells_nothing() -> None:
    assert surprises(noise(8)) == []


def test_no_series_give_no_surprise() -> None:
    assert surprises(np.zeros((0, 9))) == []


def test_a_run_over_mere_noise_suggests_anything_at_most_once_in_thirteen() -> None:
    runs = 200
    alarmed = sum(bool(emerging(noise(9, seed=seed))) for seed in range(runs))

    assert alarmed / runs <= 0.08


def test_a_source_that_began_within_the_baseline_is_left_out() -> None:
    topic = uuid7()
    old = [Tally(topic, "phone", ago, 20) for ago in range(9)]
    new = [Tally(topic, "chat", ago, 20) for ago in range(3)]

    found = covered([*old, *new])

    assert found.left_out == ("chat",)
    assert found.counts.tolist() == [[20.0] * 9]


def test_a_source_that_paused_is_left_out_where_silence_is_unlikely() -> None:
    # Two a week leave e^-1.75 of the weeks empty; twenty a week leave none.
    assert was_there([9, 2, 2, 0, 2, 2, 2, 2, 2], 8)
    assert not was_there([90, 20, 20, 0, 20, 20, 20, 20, 20], 8)


def test_a_source_is_there_also_where_it_speaks_of_nothing_known() -> None:
    topic = uuid7()
    silent = [Tally(None, "phone", ago, 20) for ago in range(1, 9)]

    found = covered([*silent, Tally(topic, "phone", 0, 9)])

    assert found.left_out == ()
    assert found.counts.tolist() == [[0.0] * 8 + [9]]


@pytest.mark.parametrize("series", [requests, incidents])
def test_in_real_weeks_without_a_surge_one_topic_in_a_hundred_seems_new(series: Callable[[], Counts]) -> None:
    seen = [one for week in looks(series()) for one in surprises(week)]

    assert sum(one.probability < 0.01 for one in seen) / len(seen) <= 0.015
    assert sum(one.emerging for one in seen) / len(seen) <= 0.015
