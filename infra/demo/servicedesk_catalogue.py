"""What did the service desk design? Its journey, its hours and promises, and what it asks afterwards.

The incident log holds none of this: it was written for the demo around the contact types of the log, the
hours in which incidents were opened, and the days on which hardly any was.
"""

from infra.demo.rows import CalendarRow, JourneyRow, PolicyRow, SurveyRow, TouchpointRow

OWNER = "Head of service desk"
HOURS = "desk-hours"
WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY")
HALVES_OF_A_DAY = (("08:00", "12:00"), ("13:00", "18:00"))
HOUR = 3_600


def surveys() -> list[SurveyRow]:
    """The one question after an incident is resolved."""
    return [
        {
            "key": "resolution-csat",
            "name": "After the resolution",
            "kind": "CSAT",
            "scaleMin": 1,
            "scaleMax": 5,
            "direction": "HIGHER_IS_BETTER",
            "purpose": "TRANSACTIONAL",
            "question": "How satisfied are you with how your incident was handled?",
        }
    ]


def touchpoints() -> list[TouchpointRow]:
    """Ways in, and the two moments that follow."""
    return [
        _touchpoint("service-phone", "Service desk phone", "PHONE", "HUMAN"),
        _touchpoint("voice-response", "Voice response", "PHONE", "DIGITAL"),
        _touchpoint("portal", "Self-service portal", "WEB", "DIGITAL"),
        _touchpoint("service-email", "Service desk mailbox", "EMAIL", "HUMAN"),
        _touchpoint("question-back", "Question back to the caller", "EMAIL", "HUMAN", moment_of_truth=True),
        _touchpoint("resolution-notice", "Notice of resolution", "EMAIL", "DIGITAL", moment_of_truth=True),
    ]


def _touchpoint(
    key: str, name: str, channel: str, medium: str, *, moment_of_truth: bool = False
) -> TouchpointRow:
    return {
        "key": key,
        "name": name,
        "channel": channel,
        "medium": medium,
        "owner": OWNER,
        "momentOfTruth": moment_of_truth,
    }


def journeys() -> list[JourneyRow]:
    """From noticing that something does not work to working again."""
    return [
        {
            "key": "get-help",
            "name": "Getting something working again",
            "brandPromise": "Tell us once; we keep you working.",
            "description": "An employee's way from a fault to its resolution.",
            "owner": OWNER,
            "stages": [
                {
                    "key": "report",
                    "name": "Reporting",
                    "kind": "ONBOARDING",
                    "touchpointKeys": ["service-phone", "voice-response", "portal", "service-email"],
                },
                {
                    "key": "clarify",
                    "name": "Clarifying",
                    "kind": "SERVICE",
                    "touchpointKeys": ["question-back"],
                },
                {
                    "key": "resolve",
                    "name": "Resolving",
                    "kind": "RETENTION",
                    "touchpointKeys": ["resolution-notice"],
                },
            ],
        }
    ]


def calendars() -> list[CalendarRow]:
    """When somebody is at the desk; the log's times name no zone and are taken for UTC."""
    return [
        {
            "key": HOURS,
            "name": "At the desk",
            "hours": {
                "timeZone": "UTC",
                "periods": [
                    {"weekday": weekday, "opens": opens, "closes": closes}
                    for weekday in WEEKDAYS
                    for opens, closes in HALVES_OF_A_DAY
                ],
                "holidays": [
                    {"day": "2016-03-25", "name": "Good Friday"},
                    {"day": "2016-04-21", "name": "Tiradentes"},
                    {"day": "2016-05-26", "name": "Corpus Christi"},
                ],
            },
        }
    ]


def policies() -> list[PolicyRow]:
    """What is promised, in the order in which it is tried: the urgent at any hour, the rest by the desk's."""
    return [
        {
            "key": "urgent",
            "name": "Urgent, at any hour",
            "wording": {
                "conditions": {"priority": ["URGENT", "HIGH"]},
                "targets": [
                    {"target": "FIRST_RESPONSE", "seconds": HOUR // 2},
                    {"target": "FULL_RESOLUTION", "seconds": 8 * HOUR},
                ],
            },
        },
        {
            "key": "standard",
            "name": "Everything else, while the desk is open",
            "wording": {
                "targets": [
                    {"target": "FIRST_RESPONSE", "seconds": 4 * HOUR},
                    {"target": "NEXT_RESPONSE", "seconds": 9 * HOUR},
                    {"target": "FULL_RESOLUTION", "seconds": 45 * HOUR},
                ],
                "calendarKey": HOURS,
            },
        },
    ]
