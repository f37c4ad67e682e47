"""Does the plan announce what it loads, and does the story rest on the data? Everything is counted."""

import pytest

from infra.demo import airport, airport_story, servicedesk, servicedesk_story, story
from infra.demo.rows import FeedbackRow, InteractionRow
from infra.demo.tenants import BATCH_LEDGER_ENTRIES, BATCH_ROWS, Kind, Load, batches, ledger_length, tenants

LOADS = [
    pytest.param(load, id=f"{tenant.key}-{place}-{load.kind}")
    for tenant in tenants()
    for place, load in enumerate(tenant.loads)
]
DIFFICULT, EASY, PROMOTER, PASSIVE = 2, 5, 9, 7


@pytest.fixture(scope="module")
def security() -> list[FeedbackRow]:
    return [row for row in airport.feedback((2018, 2017)) if row["key"].endswith("-security")]


@pytest.fixture(scope="module")
def incidents() -> list[InteractionRow]:
    return list(servicedesk.interactions())


@pytest.mark.parametrize("load", LOADS)
def test_a_load_announces_how_many_rows_it_has(load: Load) -> None:
    assert sum(1 for _ in load.rows()) == load.total


@pytest.mark.parametrize("load", LOADS)
def test_no_batch_is_too_large_and_none_loses_a_row(load: Load) -> None:
    portions = [(len(batch), sum(map(ledger_length, batch))) for batch in batches(load.rows())]

    assert sum(rows for rows, _ in portions) == load.total
    assert all(rows <= BATCH_ROWS and entries <= BATCH_LEDGER_ENTRIES for rows, entries in portions)


def test_whatever_a_row_names_is_loaded_before_it() -> None:
    order = list(Kind)
    for tenant in tenants():
        kinds = [order.index(load.kind) for load in tenant.loads if load.kind is not Kind.CUSTOMER]
        assert kinds == sorted(kinds)


def test_the_airport_story_quotes_passengers_who_found_security_difficult(
    security: list[FeedbackRow],
) -> None:
    by_key = {row["key"]: row for row in security}

    for evidence in airport_story.EVIDENCE:
        row = by_key[evidence.key]
        assert row["score"] <= DIFFICULT
        assert "problem-32" in row["contactReasonKeys"]
        assert row["verbatim"].isupper()


@pytest.mark.parametrize(
    ("year", "difficult", "asked", "named"), [(2018, 208, 2_364, 114), (2017, 92, 2_407, 37)]
)
def test_the_airport_story_counts_right(
    security: list[FeedbackRow], year: int, difficult: int, asked: int, named: int
) -> None:
    rows = [row for row in security if row["key"].startswith(f"{year}-")]
    scores = [row["score"] for row in rows if "score" in row]

    assert (sum(score <= DIFFICULT for score in scores), len(scores)) == (difficult, asked)
    assert sum("problem-32" in row.get("contactReasonKeys", []) for row in rows) == named


@pytest.mark.parametrize(("low", "high", "nps"), [(1, DIFFICULT, -29.5), (EASY, EASY, 60.0)])
def test_who_finds_security_difficult_does_not_recommend(
    security: list[FeedbackRow], low: int, high: int, nps: float
) -> None:
    recommended = {
        row["key"].removesuffix("-nps"): row["score"]
        for row in airport.feedback((2018,))
        if row["key"].endswith("-nps") and "score" in row
    }
    felt = {row["key"].removesuffix("-security") for row in security if low <= row.get("score", 0) <= high}
    answers = [score for interview, score in recommended.items() if interview in felt]

    balance = sum(score >= PROMOTER for score in answers) - sum(score < PASSIVE for score in answers)
    assert round(100 * balance / len(answers), 1) == nps


def test_the_service_desk_story_counts_right(incidents: list[InteractionRow]) -> None:
    waited = [row for row in incidents if waited_for_caller(row)]
    others = [row for row in incidents if not waited_for_caller(row)]
    category = [row for row in incidents if row.get("contactReasonKey", "").split(".")[0] == "category-46"]

    assert (sum(row["slaMet"] for row in waited), len(waited)) == (1_602, 5_471)
    assert (sum(row["slaMet"] for row in others), len(others)) == (14_201, 19_447)
    assert (sum(not row["slaMet"] for row in category), len(category)) == (1_254, 2_432)


def test_the_service_desk_story_quotes_incidents_that_waited_and_missed(
    incidents: list[InteractionRow],
) -> None:
    by_key = {row["key"]: row for row in incidents}

    for evidence in servicedesk_story.EVIDENCE:
        row = by_key[evidence.key]
        assert waited_for_caller(row)
        assert not row["slaMet"]
        assert row.get("contactReasonKey") == "category-46.223"


def test_a_story_refers_only_to_earlier_steps() -> None:
    for tenant in tenants():
        known: set[str] = set()
        for step in tenant.story.steps:
            assert references(step.says) <= known
            known |= {step.name} if step.gives else set()


def test_the_service_desk_priority_counts_callers_who_waited(incidents: list[InteractionRow]) -> None:
    waited = [row for row in incidents if waited_for_caller(row)]
    april, may = ([row for row in waited if row["openedAt"].startswith(m)] for m in ("2016-04", "2016-05"))

    callers = {row["customer"]["externalId"]["value"] for row in may}
    assert (len(callers), len(may), len(april)) == (861, 1_215, 1_419)
    assert factors("servicedesk") == (861, round(73.0 - 29.3, 1), round(1_215 / 1_419, 2))


def test_the_airport_priority_is_made_of_the_figures_of_its_story() -> None:
    assert factors("airport") == (208, 60.0 + 29.5, round(114 / 37, 2))


def waited_for_caller(row: InteractionRow) -> bool:
    return any(entry.get("status") == "WAITING_ON_CUSTOMER" for entry in row["events"])


def factors(key: str) -> tuple[object, ...]:
    [said] = [
        step.says
        for tenant in tenants()
        for step in tenant.story.steps
        if (tenant.key, step.mutation) == (key, "insightPrioritise")
    ]
    return said["affectedCustomers"], said["gap"], said["trend"]


def references(value: object) -> set[str]:
    match value:
        case story.Ref(step):
            return {step}
        case list():
            return {name for item in value for name in references(item)}
        case dict():
            return {name for item in value.values() for name in references(item)}
        case _:
            return set()
