"""Which way do they go? Designed journeys in editions, their stages, and each customer's way through them."""

from service.journeys.designs import archive, publish, require_draft, save, stages_of
from service.journeys.instances import Occasion, advance, end, start
from service.journeys.rules import JourneyDesign, StageDesign

__all__ = [
    "JourneyDesign",
    "Occasion",
    "StageDesign",
    "advance",
    "archive",
    "end",
    "publish",
    "require_draft",
    "save",
    "stages_of",
    "start",
]
