"""What did the service desk do about asking back? One improvement, told as mutations."""

from infra.demo import servicedesk
from infra.demo.story import (
    InteractionKey,
    Ref,
    Step,
    Story,
    TouchpointKey,
    locks_plan,
    moves,
    opens_loop,
    quotes,
    ripens,
)

# Incidents of one subcategory that waited for the caller and then missed their target.
EVIDENCE = tuple(
    InteractionKey(servicedesk.SOURCE, key)
    for key in ("INC0004356", "INC0001152", "INC0004844", "INC0006003", "INC0006073", "INC0019390")
)
ASKED, *OTHERS = EVIDENCE
LOOP = "You said we ask twice"

_SPEAKING = (
    Step(
        "answer",
        "feedbackSubmit",
        {
            "source": "resolution-survey",
            "key": f"RS-{ASKED.key}",
            "customer": {"externalId": {"system": servicedesk.SOURCE, "value": "1480"}},
            "interactionKey": {"source": ASKED.source, "key": ASKED.key},
            "surveyKey": "resolution-csat",
            "score": 2,
            "verbatim": "I was asked for the same details twice, and each time the clock started again.",
            "language": "en",
            "channel": "EMAIL",
            "touchpointKey": "question-back",
            "contactReasonKeys": ["category-46.223"],
            "submittedAt": "2016-03-27T09:00:00Z",
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
            "title": "We ask callers again for what we could have asked at once",
            "description": "Of incidents that wait for callers 29.3 % meet their target, of others 73.0 %.",
            "impact": "ANNOYANCE",
            "frequency": "5,471 of 24,918 incidents waited for the caller at least once.",
            "suggestedFix": "A short guided form per category at the first contact.",
            "proposer": "Second line",
            "signals": [{"feedbackId": Ref("answer"), "importance": 3}, *quotes(ASKED)],
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
                "title": "Asking back is where targets are missed",
                "summary": (
                    "Of 5,471 incidents that waited for the caller 1,602 met their target (29.3 %); of the "
                    "other 19,447 it was 14,201 (73.0 %). Category 46 misses most: 1,254 of 2,432."
                ),
                "kind": "PAIN",
                "severity": 3,
                "owner": "Lead of category 46",
                "touchpointKey": "question-back",
                "contactReasonKey": "category-46",
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
            "rootCause": "The first report lacks what the second line needs to begin.",
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
            "affectedCustomers": 861,
            "gap": 43.7,
            "trend": 0.86,
            "reason": "Callers who waited in May 2016; points of targets met; incidents, May against April.",
        },
    ),
)

_ACTING = (
    Step(
        "initiative",
        "initiativePropose",
        {
            "name": "Ask once",
            "hypothesis": "A guided first report halves the incidents that wait for the caller.",
            "owner": "Lead of category 46",
            "sponsor": "Head of service desk",
            "targetMetric": "SLA_ATTAINMENT",
            "insightIds": [Ref("insight")],
            "touchpointIds": [TouchpointKey("question-back")],
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
            "metricId": "SLA_ATTAINMENT",
            "direction": "INCREASE",
            "bucket": "WEEK",
            "practicalThreshold": 0.05,
            "baselineStart": "2016-03-01T00:00:00Z",
            "baselineEnd": "2016-06-01T00:00:00Z",
            "startsAt": "2016-07-01T00:00:00Z",
            "rampUpDays": 14,
            "evaluationEnd": "2016-10-15T00:00:00Z",
        },
        staged=True,
    ),
    locks_plan(),
    moves("PLANNED"),
    moves("ACTIVE"),
    opens_loop(LOOP, "Service desk"),
)

STORY = Story(LOOP, (*_SPEAKING, *_UNDERSTANDING, *_ACTING))
