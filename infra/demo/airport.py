"""Who are the airport's passengers and what did they answer? Rows of `airport`, newest year first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra.demo import shipped
from infra.demo.airport_catalogue import OVERALL, QUESTIONS, Question, reason_names, reason_questions
from infra.demo.rows import ByExternalId, CustomerRow, FeedbackRow

SOURCE = "sfo-survey"
YEARS = tuple(range(2018, 2009, -1))
# In May the airport is on daylight saving time, in every year of the survey.
OFFSET = "-07:00"
TIME_ZONE = "America/Los_Angeles"
_DAY_STARTS, _DAY_MINUTES = 5 * 60, 18 * 60
_LOCALES = {"1": "en", "2": "es", "3": "zh", "4": "ja"}
_PURPOSES = {1: "business", 2: "leisure", 3: "visiting"}
_FIRST_TIME = "2"


@dataclass(frozen=True, slots=True)
class Wave:
    """The interviews of one year; a list has one place per interview or is empty where nothing was asked."""

    year: int
    respondents: list[int]
    days: list[int]
    languages: str
    weights: list[float]
    airlines: list[str]
    areas: list[str]
    purposes: list[int]
    first_times: str
    answers: Mapping[str, list[int | None]]
    comments: Mapping[int, list[str]]
    words: Mapping[int, str]

    def interview(self, place: int) -> str:
        """The identifier of an interview, unique over all years."""
        return f"{self.year}-{self.respondents[place]:06d}"

    def submitted_at(self, place: int) -> str:
        """The day of the interview; the minute is made up from its number, so that it is always the same."""
        minute = _DAY_STARTS + self.respondents[place] % _DAY_MINUTES
        return f"{self.year}-05-{self.days[place]:02d}T{minute // 60:02d}:{minute % 60:02d}:00{OFFSET}"


def customers(years: tuple[int, ...] = YEARS) -> Iterator[CustomerRow]:
    """One customer for each interview of these years."""
    for wave in _selected(years):
        for place in range(len(wave.respondents)):
            yield _customer(wave, place)


def feedback(years: tuple[int, ...] = YEARS) -> Iterator[FeedbackRow]:
    """All answers of these years, an interview's answers together.

    A coded comment hangs on the rating of the touchpoint it speaks of. Where the passenger did not rate that,
    it is an answer without survey and score.
    """
    questions, names = reason_questions(), reason_names()
    for wave in _selected(years):
        for place in range(len(wave.respondents)):
            reasons = _by_question(wave.comments.get(place, ()), questions)
            yield from _answers(wave, place, _remarks(reasons, wave.words.get(place), names))


@dataclass(frozen=True, slots=True)
class _Remark:
    reasons: list[str]
    text: str


def _selected(years: tuple[int, ...]) -> list[Wave]:
    return [wave for wave in _waves() if wave.year in years]


@cache
def _waves() -> tuple[Wave, ...]:
    return tuple(map(_wave, shipped.document(shipped.SURVEY)))


def _wave(columns: Mapping[str, Any]) -> Wave:
    scores = {".": None, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5}
    ratings = {key: [scores[rating] for rating in given] for key, given in columns["ratings"].items()}
    return Wave(
        columns["year"],
        columns["respondents"],
        columns["days"],
        columns["languages"],
        columns["weights"],
        columns["airlines"],
        columns["areas"],
        columns["purposes"],
        columns["firstTimes"],
        ratings | {"nps": columns["nps"]},
        dict(columns["comments"]),
        dict(columns["words"]),
    )


def _customer(wave: Wave, place: int) -> CustomerRow:
    first_time = bool(wave.first_times) and wave.first_times[place] == _FIRST_TIME
    purpose = _PURPOSES.get(wave.purposes[place], "other") if wave.purposes else None
    attributes: dict[str, str | int] = {"year": wave.year}
    attributes |= {"airline": wave.airlines[place]} if wave.airlines and wave.airlines[place] else {}
    attributes |= {"boardingArea": wave.areas[place]} if wave.areas and wave.areas[place] else {}
    return {
        "externalIds": [{"system": SOURCE, "value": wave.interview(place)}],
        "displayName": f"Passenger {wave.interview(place)}",
        "locale": _LOCALES[wave.languages[place]],
        "timeZone": TIME_ZONE,
        "lifecycleStage": "ONBOARDING" if first_time else "ACTIVE",
        "segments": [segment for segment in (purpose, "first-time" if first_time else None) if segment],
        "attributes": attributes,
    }


def _by_question(reasons: list[str] | tuple[()], questions: Mapping[str, str]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for reason in reasons:
        if reason in questions:
            grouped.setdefault(questions[reason], []).append(reason)
    return grouped


def _remarks(
    reasons: Mapping[str, list[str]], words: str | None, names: Mapping[str, str]
) -> dict[str, _Remark]:
    """What was said at which question: the coder's summary, or the passenger's own words if published.

    The words answer the question about problems.
    """
    remarks = {key: _Remark(said, "; ".join(map(names.__getitem__, said))) for key, said in reasons.items()}
    if words:
        about = next(
            (key for key, said in reasons.items() if any(r.startswith("problem-") for r in said)), OVERALL
        )
        remarks[about] = _Remark(reasons.get(about, []), words)
    return remarks


def _answers(wave: Wave, place: int, remarks: Mapping[str, _Remark]) -> Iterator[FeedbackRow]:
    interview, submitted_at = wave.interview(place), wave.submitted_at(place)
    customer: ByExternalId = {"externalId": {"system": SOURCE, "value": interview}}
    for question in QUESTIONS:
        given = wave.answers.get(question.key)
        score = given[place] if given else None
        if score is None and question.key not in remarks:
            continue
        answer: FeedbackRow = {
            "source": SOURCE,
            "key": f"{interview}-{question.key}",
            "customer": customer,
            "channel": "SURVEY",
            "touchpointKey": question.touchpoint,
            "submittedAt": submitted_at,
        }
        if wave.weights:
            answer["weight"] = wave.weights[place]
        _complete(answer, question, score, remarks.get(question.key))
        yield answer


def _complete(answer: FeedbackRow, question: Question, score: int | None, remark: _Remark | None) -> None:
    if score is not None:
        answer["surveyKey"] = question.survey
        answer["score"] = score
    if remark:
        answer["verbatim"] = remark.text
        answer["language"] = "en"
        if remark.reasons:
            answer["contactReasonKeys"] = remark.reasons
