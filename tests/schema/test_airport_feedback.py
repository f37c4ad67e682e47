"""Does the graph count the airport's published answers as they are known? NPS of 2017 and 2018."""

import pytest

from infra.demo import airport
from infra.demo.airport_catalogue import surveys
from tests.ground import Answering

SURVEY = "mutation($input: SurveyUpsertInput!) { surveyUpsert(input: $input) { userErrors { message } } }"
IMPORT = """mutation($input: FeedbackImportInput!) { feedbackImport(input: $input) {
  summary { rejected } userErrors { message } } }"""
COUNTS = """query($year: DateTimeRange!) { survey(key: "nps") {
  all: answers(filter: {submittedAt: $year}) { totalCount }
  promoters: answers(filter: {submittedAt: $year, npsCategory: [PROMOTER]}) { totalCount }
  passives: answers(filter: {submittedAt: $year, npsCategory: [PASSIVE]}) { totalCount }
  detractors: answers(filter: {submittedAt: $year, npsCategory: [DETRACTOR]}) { totalCount } } }"""
SENT = ("source", "key", "submittedAt", "surveyKey", "score", "channel", "weight")


@pytest.mark.parametrize(("year", "counts"), [(2017, (2746, 1436, 968, 342)), (2018, (2650, 1268, 935, 447))])
async def test_nps_answers_of_a_year_are_counted(
    ask: Answering, year: int, counts: tuple[int, int, int, int]
) -> None:
    [survey] = [survey for survey in surveys() if survey["key"] == "nps"]
    await ask(SURVEY, input=survey)
    rows = [answer for answer in airport.feedback((year,)) if answer.get("surveyKey") == "nps"]
    for start in range(0, len(rows), 1_000):
        some = rows[start : start + 1_000]
        sent = [{name: value for name, value in row.items() if name in SENT} for row in some]
        loaded = (await ask(IMPORT, input={"feedback": sent}))["feedbackImport"]
        assert loaded == {"summary": {"rejected": 0}, "userErrors": []}

    span = {"gte": f"{year}-01-01T00:00:00Z", "lt": f"{year + 1}-01-01T00:00:00Z"}
    found = (await ask(COUNTS, year=span))["survey"]

    assert (
        tuple(found[name]["totalCount"] for name in ("all", "promoters", "passives", "detractors")) == counts
    )
