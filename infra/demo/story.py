"""What happened after the data came in? Each tenant's improvement, told as mutations to be played in order.

Evidence is taken from the data; its numbers are checked by a test. Steps marked `staged` are written for the
demo: neither source publishes what was done about its findings, and the incident log holds no words of
customers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.demo import airport, servicedesk


@dataclass(frozen=True, slots=True)
class Ref:
    """The entity that an earlier step of the same story returned."""

    step: str


@dataclass(frozen=True, slots=True)
class FeedbackKey:
    """A feedback answer of the data, by its source and key."""

    source: str
    key: str


@dataclass(frozen=True, slots=True)
class InteractionKey:
    """An interaction of the data, by its source and key."""

    source: str
    key: str


Value = str | int | bool | Ref | FeedbackKey | InteractionKey | list["Value"] | Mapping[str, "Value"]


@dataclass(frozen=True, slots=True)
class Step:
    """One public mutation: what it is called in the story, which field it calls and what it says."""

    name: str
    mutation: str
    says: Mapping[str, Value]
    staged: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """One tenant's improvement from evidence to loop."""

    tenant: str
    steps: tuple[Step, ...]


# 2018 passengers who named "security took too long, too confusing or staff rude" as their problem, found
# passing security difficult (1 or 2 of 5) and would not recommend the airport (0 to 6 of 10).
SECURITY_EVIDENCE = tuple(
    FeedbackKey(airport.SOURCE, f"2018-{respondent:06d}-security")
    for respondent in (2031, 2035, 3066, 2251, 725, 2046, 2038, 1414, 2041, 1718, 3235, 2987)
)

# Incidents of one subcategory that waited for the caller and then missed their target.
WAITING_EVIDENCE = tuple(
    InteractionKey(servicedesk.SOURCE, key)
    for key in ("INC0004356", "INC0001152", "INC0004844", "INC0006003", "INC0006073", "INC0019390")
)

AIRPORT = Story(
    "airport",
    (
        Step(
            "follow-up call",
            "interactionLog",
            {
                "source": "guest-relations",
                "key": "GR-2018-002031",
                "customer": {"externalId": {"system": airport.SOURCE, "value": "2018-002031"}},
                "channel": "PHONE",
                "subject": "Chaos at the security checkpoint",
                "priority": "HIGH",
                "contactReasonKey": "problem-32",
                "aboutFeedback": SECURITY_EVIDENCE[0],
                "openedAt": "2018-05-12T09:30:00-07:00",
                "message": "We read what you wrote about the checkpoint. May we ask which line you stood in?",
            },
            staged=True,
        ),
        Step(
            "elevation",
            "elevationPropose",
            {
                "title": "Passengers tell us that security has become chaotic",
                "impact": "Who finds security difficult does not recommend us: NPS -29.5 against +60.0.",
                "frequency": "114 of the problems named in May 2018, 37 in May 2017.",
                "suggestedFix": "Open more lanes before the peaks and say which lane is which.",
                "signals": list(SECURITY_EVIDENCE),
            },
            staged=True,
        ),
        Step(
            "insight",
            "elevationAccept",
            {
                "elevation": Ref("elevation"),
                "title": "Passing security became harder in 2018",
                "summary": (
                    "208 of 2,364 passengers (8.8 %) found passing security difficult, 92 of 2,407 (3.8 %) "
                    "the year before: the largest loss of ease or satisfaction at any touchpoint."
                ),
                "touchpointKey": "security",
                "contactReasonKey": "problem-32",
            },
        ),
        Step(
            "validation",
            "insightValidate",
            {
                "insight": Ref("insight"),
                "rootCause": "Too few open lanes for the evening bank, and lines that are not told apart.",
                "method": "FIVE_WHYS",
            },
            staged=True,
        ),
        Step(
            "initiative",
            "initiativePropose",
            {
                "name": "Lanes that follow the flights",
                "hypothesis": "Lanes opened by booked load shorten the wait, and ease rises above 4.3 again.",
                "insights": [Ref("insight")],
                "owner": "Head of terminal operations",
                "sponsor": "Airport director",
                "primaryMetric": "CES",
                "direction": "INCREASE",
                "touchpointKey": "security",
            },
            staged=True,
        ),
        Step("approval", "initiativeApprove", {"initiative": Ref("initiative")}, staged=True),
        Step(
            "loop",
            "feedbackLoopOpen",
            {
                "insight": Ref("insight"),
                "initiative": Ref("initiative"),
                "name": "You said security was chaotic",
                "owner": "Guest services",
            },
            staged=True,
        ),
    ),
)

SERVICEDESK = Story(
    "servicedesk",
    (
        Step(
            "answer",
            "feedbackRecord",
            {
                "source": "resolution-survey",
                "key": "RS-INC0004356",
                "customer": {"externalId": {"system": servicedesk.SOURCE, "value": "1480"}},
                "surveyKey": "resolution-csat",
                "score": 2,
                "verbatim": "I was asked for the same details twice, and each time the clock started again.",
                "language": "en",
                "channel": "EMAIL",
                "touchpointKey": "question-back",
                "interaction": WAITING_EVIDENCE[0],
                "submittedAt": "2016-03-27T09:00:00Z",
            },
            staged=True,
        ),
        Step(
            "elevation",
            "elevationPropose",
            {
                "title": "We ask callers again for what we could have asked at once",
                "impact": "Incidents that wait for the caller meet their target in 29.3 %, others in 73.0 %.",
                "frequency": "5,471 of 24,918 incidents waited for the caller at least once.",
                "suggestedFix": "A short guided form per category at the first contact.",
                "signals": [Ref("answer"), *WAITING_EVIDENCE],
            },
            staged=True,
        ),
        Step(
            "insight",
            "elevationAccept",
            {
                "elevation": Ref("elevation"),
                "title": "Asking back is where targets are missed",
                "summary": (
                    "Of 5,471 incidents that waited for the caller 1,602 met their target (29.3 %); of the "
                    "other 19,447 it was 14,201 (73.0 %). Category 46 misses most: 1,254 of 2,432."
                ),
                "touchpointKey": "question-back",
                "contactReasonKey": "category-46",
            },
        ),
        Step(
            "validation",
            "insightValidate",
            {
                "insight": Ref("insight"),
                "rootCause": "The first report lacks what the second line needs to begin.",
                "method": "FIVE_WHYS",
            },
            staged=True,
        ),
        Step(
            "initiative",
            "initiativePropose",
            {
                "name": "Ask once",
                "hypothesis": "A guided first report halves the incidents that wait for the caller.",
                "insights": [Ref("insight")],
                "owner": "Lead of category 46",
                "sponsor": "Head of service desk",
                "primaryMetric": "SLA_ATTAINMENT",
                "direction": "INCREASE",
                "contactReasonKey": "category-46",
            },
            staged=True,
        ),
        Step("approval", "initiativeApprove", {"initiative": Ref("initiative")}, staged=True),
        Step(
            "loop",
            "feedbackLoopOpen",
            {
                "insight": Ref("insight"),
                "initiative": Ref("initiative"),
                "name": "You said we ask twice",
                "owner": "Service desk",
            },
            staged=True,
        ),
    ),
)

STORIES = (SERVICEDESK, AIRPORT)
