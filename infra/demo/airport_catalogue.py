"""What did the airport design, before any passenger answered? Journey, touchpoints, surveys, reasons."""

from dataclasses import dataclass

from infra.demo import shipped
from infra.demo.rows import JourneyRow, ReasonRow, StageRow, SurveyRow, TouchpointRow

OVERALL = "overall"


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the interview: which survey it belongs to and which touchpoint it speaks of."""

    key: str
    survey: str
    touchpoint: str


def _questions(survey: str, touchpoints: dict[str, str]) -> tuple[Question, ...]:
    return tuple(Question(key, survey, touchpoint) for key, touchpoint in touchpoints.items())


_RATED = (
    "art",
    "restaurants",
    "shops",
    "signs",
    "walkways",
    "screens",
    "info-lower",
    "info-upper",
    "wifi",
    "roads",
    "parking",
    "airtrain",
    "shuttle",
    "rental",
)

QUESTIONS = (
    *_questions("nps", {"nps": "visit"}),
    *_questions("csat-airport", {OVERALL: "visit"}),
    *_questions("csat-touchpoint", {key: key for key in _RATED}),
    *_questions("ease", {key: key for key in ("getting", "finding", "security")}),
    *_questions(
        "cleanliness",
        {
            "clean-boarding": "boarding-areas",
            "clean-airtrain": "airtrain",
            "clean-rental": "rental",
            "clean-restaurants": "restaurants",
            "clean-restrooms": "restrooms",
            "clean-all": "visit",
        },
    ),
    *_questions("safety", {"safety": "visit"}),
)


def surveys() -> list[SurveyRow]:
    """The six surveys; all were answered in the same interview, shortly before departure."""
    return [
        _survey("nps", "Recommendation", "NPS", "How likely is it that you would recommend SFO to a friend?"),
        _survey("csat-airport", "The airport as a whole", "CSAT", "How do you rate SFO as a whole?"),
        _survey("csat-touchpoint", "Rating of a touchpoint", "CSAT", "How do you rate this part of SFO?"),
        _survey("ease", "Ease", "CES", "How easy was it? (5 easy, 1 difficult)"),
        _survey("cleanliness", "Cleanliness", "CSAT", "How clean is it? (5 clean, 1 dirty)"),
        _survey("safety", "Feeling of safety", "CSAT", "How safe do you feel at SFO?"),
    ]


def _survey(key: str, name: str, kind: str, question: str) -> SurveyRow:
    low, high = (0, 10) if kind == "NPS" else (1, 5)
    purpose = "RELATIONSHIP" if key in {"nps", "csat-airport", "safety"} else "TRANSACTIONAL"
    return {
        "key": key,
        "name": name,
        "kind": kind,
        "scaleMin": low,
        "scaleMax": high,
        "direction": "HIGHER_IS_BETTER",
        "purpose": purpose,
        "question": question,
    }


def touchpoints() -> list[TouchpointRow]:
    """The twenty touchpoints that the interview asks about."""
    return [
        _touchpoint("getting", "Getting to the airport", "PARTNER", "Landside", moment_of_truth=True),
        _touchpoint("roads", "Signs on the airport roadways", "PHYSICAL", "Landside"),
        _touchpoint("parking", "Airport parking", "PHYSICAL", "Landside"),
        _touchpoint("shuttle", "Long-term parking shuttle", "HUMAN", "Landside"),
        _touchpoint("rental", "Rental car center", "PARTNER", "Landside"),
        _touchpoint("airtrain", "AirTrain", "PHYSICAL", "Landside"),
        _touchpoint("finding", "Finding the way around", "PHYSICAL", "Terminals"),
        _touchpoint("signs", "Signs inside the airport", "PHYSICAL", "Terminals"),
        _touchpoint("screens", "Screens and monitors", "DIGITAL", "Terminals", channel="OTHER"),
        _touchpoint("info-lower", "Information booth, arrivals", "HUMAN", "Guest services"),
        _touchpoint("info-upper", "Information booth, departures", "HUMAN", "Guest services"),
        _touchpoint("walkways", "Escalators, elevators and walkways", "PHYSICAL", "Terminals"),
        _touchpoint("security", "Security screening", "PARTNER", "Security", moment_of_truth=True),
        _touchpoint("restaurants", "Restaurants", "PARTNER", "Concessions"),
        _touchpoint("shops", "Shops", "PARTNER", "Concessions"),
        _touchpoint("wifi", "Free Wi-Fi", "DIGITAL", "Technology", channel="WEB"),
        _touchpoint("art", "Artwork and exhibitions", "PHYSICAL", "SFO Museum"),
        _touchpoint("restrooms", "Restrooms", "PHYSICAL", "Terminals"),
        _touchpoint("boarding-areas", "Boarding areas", "PHYSICAL", "Terminals", moment_of_truth=True),
        _touchpoint("visit", "The visit as a whole", "PHYSICAL", "Airport director"),
    ]


def _touchpoint(
    key: str, name: str, medium: str, owner: str, *, channel: str = "IN_STORE", moment_of_truth: bool = False
) -> TouchpointRow:
    return {
        "key": key,
        "name": name,
        "channel": channel,
        "medium": medium,
        "owner": owner,
        "momentOfTruth": moment_of_truth,
    }


def journeys() -> list[JourneyRow]:
    """The departing passenger's journey; promise, stages and owners are written for the demo."""
    return [
        {
            "key": "departure",
            "name": "Flying out of SFO",
            "brandPromise": "From the road to the gate without worry: easy to reach, easy to find.",
            "description": "A departing passenger from leaving home to boarding.",
            "owner": "Airport director",
            "stages": [
                _stage(
                    "arrive",
                    "Getting to the airport",
                    "ACQUISITION",
                    "getting",
                    "roads",
                    "parking",
                    "shuttle",
                    "rental",
                    "airtrain",
                ),
                _stage(
                    "orient",
                    "Finding the way",
                    "ONBOARDING",
                    "finding",
                    "signs",
                    "screens",
                    "info-lower",
                    "info-upper",
                    "walkways",
                ),
                _stage("clear", "Passing security", "SERVICE", "security"),
                _stage(
                    "dwell",
                    "Eating, shopping, waiting",
                    "USE",
                    "restaurants",
                    "shops",
                    "wifi",
                    "art",
                    "restrooms",
                ),
                _stage("board", "Boarding", "USE", "boarding-areas"),
                _stage("recommend", "Looking back", "ADVOCACY", "visit"),
            ],
        }
    ]


def _stage(key: str, name: str, kind: str, *touchpoint_keys: str) -> StageRow:
    return {"key": key, "name": name, "kind": kind, "touchpointKeys": list(touchpoint_keys)}


def reasons() -> list[ReasonRow]:
    """Thirteen themes, then the coded comments beneath them."""
    return [_reason(entry) for entry in shipped.table(shipped.REASONS)]


def _reason(entry: dict[str, str]) -> ReasonRow:
    reason: ReasonRow = {"key": entry["key"], "name": entry["name"], "kind": entry["kind"]}
    if entry["parent"]:
        reason["parentKey"] = entry["parent"]
    return reason


def reason_questions() -> dict[str, str]:
    """The question on whose answer a coded comment hangs, by the comment's reason key."""
    return {entry["key"]: entry["question"] for entry in shipped.table(shipped.REASONS) if entry["question"]}


def reason_names() -> dict[str, str]:
    """The wording of the published code list, by reason key."""
    return {entry["key"]: entry["name"] for entry in shipped.table(shipped.REASONS)}
