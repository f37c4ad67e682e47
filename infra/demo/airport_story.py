"""What did the airport do about its security lines? One improvement, told as mutations."""

from collections.abc import Mapping

from infra.demo import airport
from infra.demo.story import (
    FeedbackKey,
    Ref,
    Step,
    Story,
    TouchpointKey,
    Value,
    locks_plan,
    moves,
    opens_loop,
    quotes,
    ripens,
)

# 2018 passengers who named "security took too long, too confusing or staff rude" as their problem, found
# passing security difficult (1 or 2 of 5) and would not recommend the airport (0 to 6 of 10).
EVIDENCE = tuple(
    FeedbackKey(airport.SOURCE, f"2018-{respondent:06d}-security")
    for respondent in (2031, 2035, 3066, 2251, 725, 2046, 2038, 1414, 2041, 1718, 3235, 2987)
)
CALLED, *OTHERS = EVIDENCE
GUEST_RELATIONS = "guest-relations"
PASSENGER: Mapping[str, Value] = {"externalId": {"system": airport.SOURCE, "value": "2018-002031"}}
LOOP = "You said security was chaotic"

_SPEAKING = (
    Step(
        "call",
        "interactionLog",
        {
            "source": GUEST_RELATIONS,
            "key": "GR-2018-002031",
            "customer": PASSENGER,
            "channel": "PHONE",
            "origin": "PROACTIVE",
            "subject": "Chaos at the security checkpoint",
            "priority": "HIGH",
            "touchpointKey": "security",
            "contactReason": {"key": "problem-32"},
            "openedAt": "2018-06-05T09:30:00-07:00",
            "message": "We read what you wrote about the checkpoint. May we ask which line you stood in?",
        },
        gives="interaction",
        staged=True,
    ),
    Step(
        "words",
        "feedbackSubmit",
        {
            "source": GUEST_RELATIONS,
            "key": "GR-2018-002031-words",
            "customer": PASSENGER,
            "interactionId": Ref("call"),
            "touchpointKey": "security",
            "contactReasonKeys": ["problem-32"],
            "kind": "VERBATIM",
            "verbatim": "Two lanes were open and nobody could say which one was ours.",
            "language": "en",
            "channel": "PHONE",
            "submittedAt": "2018-06-05T09:40:00-07:00",
        },
        gives="feedback",
        staged=True,
    ),
)

_UNDERSTANDING = (
    Step(
        "elevation",
        "elevationPropose",
        {
            "title": "Passengers tell us that security has become chaotic",
            "description": "Who finds security difficult does not recommend us: NPS -29.5 against +60.0.",
            "impact": "ATTRITION_RISK",
            "frequency": "114 of the problems named in May 2018, 37 in May 2017.",
            "suggestedFix": "Open more lanes before the peaks and say which lane is which.",
            "proposer": "Guest relations",
            "signals": [
                {"interactionId": Ref("call"), "importance": 2},
                {"feedbackId": Ref("words"), "importance": 3},
                *quotes(CALLED),
            ],
        },
        gives="elevation",
        staged=True,
    ),
    Step(
        "insight",
        "elevationAccept",
        {
            "elevationId": Ref("elevation"),
            "insight": {
                "title": "Passing security became harder in 2018",
                "summary": (
                    "208 of 2,364 passengers (8.8 %) found passing security difficult, 92 of 2,407 (3.8 %) "
                    "the year before: the largest loss of ease or satisfaction at any touchpoint."
                ),
                "kind": "PAIN",
                "severity": 4,
                "owner": "Head of terminal operations",
                "touchpointKey": "security",
                "contactReasonKey": "problem-32",
            },
        },
        gives="insight",
    ),
    Step("evidence", "evidenceLink", {"insightId": Ref("insight"), "signals": quotes(*OTHERS)}),
    ripens("EVIDENCED"),
    Step(
        "root cause",
        "insightUpdate",
        {
            "insightId": Ref("insight"),
            "rootCause": "Too few open lanes for the evening bank, and lines that are not told apart.",
            "rootCauseMethod": "FIVE_WHYS",
        },
        staged=True,
    ),
    ripens("VALIDATED"),
    Step(
        "priority",
        "insightPrioritise",
        {
            "insightId": Ref("insight"),
            "affectedCustomers": 208,
            "gap": 89.5,
            "trend": 3.08,
            "reason": "Interviewed passengers in May 2018; points of NPS; problems named, 2018 against 2017.",
        },
    ),
)

_ACTING = (
    Step(
        "initiative",
        "initiativePropose",
        {
            "name": "Lanes that follow the flights",
            "hypothesis": "Lanes opened by booked load shorten the wait, and passing becomes easy again.",
            "owner": "Head of terminal operations",
            "sponsor": "Airport director",
            "targetMetric": "CES_EASY",
            "insightIds": [Ref("insight")],
            "touchpointIds": [TouchpointKey("security")],
        },
        gives="initiative",
        staged=True,
    ),
    moves("APPROVED"),
    Step(
        "plan",
        "measurementPlanDraft",
        {
            "initiativeId": Ref("initiative"),
            "metricId": "CES_EASY",
            "direction": "INCREASE",
            "bucket": "DAY",
            "practicalThreshold": 0.03,
            "minimumSample": 1_000,
            "baselineStart": "2018-05-01T00:00:00-07:00",
            "baselineEnd": "2018-06-01T00:00:00-07:00",
            "startsAt": "2018-09-01T00:00:00-07:00",
            "rampUpDays": 30,
            "evaluationEnd": "2019-06-01T00:00:00-07:00",
        },
        staged=True,
    ),
    locks_plan(),
    moves("PLANNED"),
    moves("ACTIVE"),
    opens_loop(LOOP, "Guest services"),
)

STORY = Story(LOOP, (*_SPEAKING, *_UNDERSTANDING, *_ACTING))
