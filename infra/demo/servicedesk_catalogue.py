"""What did the service desk design? Its journey, the ways to reach it, and the question it asks afterwards.

The incident log holds none of this: it was written for the demo around the contact types of the log.
"""

from infra.demo.rows import JourneyRow, SurveyRow, TouchpointRow

OWNER = "Head of service desk"


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
