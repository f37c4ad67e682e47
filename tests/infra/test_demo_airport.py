"""Do the airport's rows say what the published survey says? Its known figures decide."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from infra.demo import airport, airport_catalogue
from infra.demo.rows import CustomerRow, FeedbackRow

PROMOTER, PASSIVE = 9, 7
TOP_TWO = 4


@pytest.fixture(scope="module")
def feedback() -> list[FeedbackRow]:
    return list(airport.feedback())


@pytest.fixture(scope="module")
def customers() -> list[CustomerRow]:
    return list(airport.customers())


def of(feedback: Iterable[FeedbackRow], year: int, survey: str, touchpoint: str) -> list[FeedbackRow]:
    return [
        row
        for row in feedback
        if row["key"].startswith(f"{year}-")
        and row.get("surveyKey") == survey
        and row.get("touchpointKey") == touchpoint
    ]


def nps_group(score: int) -> str:
    return "promoter" if score >= PROMOTER else "passive" if score >= PASSIVE else "detractor"


def test_every_interview_is_one_customer(customers: list[CustomerRow]) -> None:
    interviews = Counter(row["externalIds"][0]["value"] for row in customers)

    assert len(customers) == len(interviews) == 28_665
    assert "2017-000123" in interviews


@pytest.mark.parametrize(
    ("year", "promoters", "passives", "detractors", "weighted"),
    [(2017, 1436, 968, 342, 40.40), (2018, 1268, 935, 447, 35.11)],
)
def test_the_recommendation_is_the_published_one(
    feedback: list[FeedbackRow],
    year: int,
    *,
    promoters: int,
    passives: int,
    detractors: int,
    weighted: float,
) -> None:
    answers = of(feedback, year, "nps", "visit")

    assert Counter(nps_group(row["score"]) for row in answers) == {
        "promoter": promoters,
        "passive": passives,
        "detractor": detractors,
    }
    worth = {"promoter": 100, "passive": 0, "detractor": -100}
    total = sum(row["weight"] for row in answers)
    assert (
        round(sum(row["weight"] * worth[nps_group(row["score"])] for row in answers) / total, 2) == weighted
    )


@pytest.mark.parametrize(
    ("year", "percent"), [(2014, 78.9), (2015, 80.0), (2016, 81.0), (2017, 82.1), (2018, 78.4)]
)
def test_overall_satisfaction_is_the_published_one(
    feedback: list[FeedbackRow], year: int, percent: float
) -> None:
    scores = [row["score"] for row in of(feedback, year, "csat-airport", "visit")]

    assert round(100 * sum(score >= TOP_TWO for score in scores) / len(scores), 1) == percent


def test_codes_that_mean_nothing_are_never_scores(feedback: list[FeedbackRow]) -> None:
    scores = {
        survey: {row["score"] for row in feedback if row.get("surveyKey") == survey}
        for survey in {question.survey for question in airport_catalogue.QUESTIONS}
    }

    assert scores.pop("nps") == set(range(11))
    assert all(given == {1, 2, 3, 4, 5} for given in scores.values())


def test_every_answer_has_a_key_of_its_own(feedback: list[FeedbackRow]) -> None:
    assert len({row["key"] for row in feedback}) == len(feedback) == 499_771


def test_every_answer_has_a_score_or_a_remark(feedback: list[FeedbackRow]) -> None:
    assert all(("score" in row) == ("surveyKey" in row) for row in feedback)
    assert sum("score" not in row for row in feedback) == 235
    assert all("verbatim" in row for row in feedback if "score" not in row)


def test_every_answer_was_given_in_may_in_san_francisco(feedback: list[FeedbackRow]) -> None:
    times = [datetime.fromisoformat(text) for text in {row["submittedAt"] for row in feedback}]

    assert {time.utcoffset() for time in times} == {timedelta(hours=-7)}
    assert {(time.year, time.month) for time in times} == {(year, 5) for year in airport.YEARS}


def test_the_newest_year_comes_first(feedback: list[FeedbackRow]) -> None:
    assert all(earlier["key"][:4] >= later["key"][:4] for earlier, later in pairwise(feedback))


def test_everything_named_in_an_answer_is_in_the_catalogue(
    feedback: list[FeedbackRow], customers: list[CustomerRow]
) -> None:
    named = [(row["touchpointKey"], row["customer"]["externalId"]["value"]) for row in feedback]

    assert {touchpoint for touchpoint, _ in named} == {row["key"] for row in airport_catalogue.touchpoints()}
    assert {customer for _, customer in named} <= {row["externalIds"][0]["value"] for row in customers}
    assert {row["surveyKey"] for row in feedback if "surveyKey" in row} == {
        row["key"] for row in airport_catalogue.surveys()
    }
    assert {reason for row in feedback for reason in row.get("contactReasonKeys", [])} <= {
        row["key"] for row in airport_catalogue.reasons()
    }


def test_every_touchpoint_stands_in_exactly_one_stage() -> None:
    [journey] = airport_catalogue.journeys()
    placed = [key for stage in journey["stages"] for key in stage["touchpointKeys"]]

    assert sorted(placed) == sorted(row["key"] for row in airport_catalogue.touchpoints())


def test_a_reason_comes_after_its_parent() -> None:
    known: set[str] = set()
    for row in airport_catalogue.reasons():
        assert row.get("parentKey", row["key"]) in known | {row["key"]}
        known.add(row["key"])

    assert len(known) == 154


def test_a_comment_hangs_on_the_rating_it_speaks_of(feedback: list[FeedbackRow]) -> None:
    questions = airport_catalogue.reason_questions()

    assert all(
        row["key"].endswith(f"-{questions[reason]}")
        for row in feedback
        for reason in row.get("contactReasonKeys", [])
    )


def test_passengers_of_2018_speak_in_their_own_words(feedback: list[FeedbackRow]) -> None:
    [row] = [row for row in feedback if row["key"] == "2018-002031-security"]

    assert row["verbatim"] == "SECURITY WAS AN ABSOLUTE CHAOS."
    assert (row["surveyKey"], row["score"]) == ("ease", 1)
    assert row["contactReasonKeys"] == ["problem-32"]
