"""Do the rules of feedback say what the trade says? NPS groups, low scores, scales, the fatigue rule."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.feedback.rules import (
    NPS_SCALE,
    Asking,
    NotAskedReason,
    Pause,
    Scale,
    is_low,
    may_ask,
    nps_category,
)
from service.feedback.tables import FeedbackKind, NpsCategory, ScaleDirection
from service.ground.keys import uuid7

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OURS, OTHERS = uuid7(), uuid7()
PAUSE = Pause(OURS, timedelta(days=30), timedelta(days=7))


def days_ago(number: float) -> datetime:
    return NOON - timedelta(days=number)


def test_nine_and_ten_promote_seven_and_eight_are_passive_the_rest_detract() -> None:
    groups = [nps_category(score) for score in range(11)]

    assert groups == [NpsCategory.DETRACTOR] * 7 + [NpsCategory.PASSIVE] * 2 + [NpsCategory.PROMOTER] * 2


@pytest.mark.parametrize("score", [-1, 11, 8.5, 9.999])
def test_only_whole_numbers_from_0_to_10_have_an_nps_group(score: float) -> None:
    assert nps_category(score) is None


@pytest.mark.parametrize(
    ("scale", "low"),
    [
        (Scale(1, 5), {1, 2}),
        (Scale(1, 7), {1, 2, 3}),
        (Scale(0, 10), {0, 1, 2, 3}),
        (Scale(1, 3), {1}),
        (Scale(1, 5, ScaleDirection.LOWER_IS_BETTER), {4, 5}),
        (Scale(1, 7, ScaleDirection.LOWER_IS_BETTER), {5, 6, 7}),
    ],
)
def test_the_bad_end_of_a_scale_is_low(scale: Scale, low: set[int]) -> None:
    scores = range(int(scale.least), int(scale.most) + 1)

    assert {score for score in scores if is_low(FeedbackKind.CES, score, scale)} == low


def test_a_detractor_is_low_whatever_the_scale_would_say() -> None:
    assert [score for score in range(11) if is_low(FeedbackKind.NPS, score, NPS_SCALE)] == [
        0,
        1,
        2,
        3,
        4,
        5,
        6,
    ]


def test_words_without_a_score_are_not_low() -> None:
    assert not is_low(FeedbackKind.VERBATIM, None, None)


@given(st.floats(1, 5))
def test_turning_a_scale_around_turns_merit_around(score: float) -> None:
    up, down = Scale(1, 5), Scale(1, 5, ScaleDirection.LOWER_IS_BETTER)

    assert up.merit(score) + down.merit(score) == pytest.approx(1)


def test_who_never_answered_may_be_asked() -> None:
    assert may_ask(PAUSE, [], NOON) == Asking()


def test_an_answer_to_the_survey_pauses_it_for_its_cooldown() -> None:
    answered_at = days_ago(29)

    found = may_ask(PAUSE, [(OURS, answered_at)], NOON)

    assert found == Asking(NotAskedReason.ANSWERED_THIS_SURVEY, answered_at + timedelta(days=30))
    assert not found.allowed


def test_a_pause_ends_with_its_last_day() -> None:
    assert may_ask(PAUSE, [(OURS, days_ago(30)), (OTHERS, days_ago(7))], NOON).allowed


def test_the_pause_that_ends_last_is_told() -> None:
    answers = [(OURS, days_ago(29)), (OTHERS, days_ago(1))]

    assert may_ask(PAUSE, answers, NOON) == Asking(
        NotAskedReason.ANSWERED_ANOTHER_SURVEY, days_ago(1) + timedelta(days=7)
    )


def test_of_two_pauses_that_end_together_the_surveys_own_is_told() -> None:
    answers = [(OURS, days_ago(25)), (OTHERS, days_ago(2))]

    for order in (answers, answers[::-1]):
        assert may_ask(PAUSE, order, NOON).reason is NotAskedReason.ANSWERED_THIS_SURVEY
