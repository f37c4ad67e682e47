"""Where do they meet us? The catalogue of touchpoints, their places in journeys, and what happened there."""

from service.touchpoints.catalogue import TouchpointPatch, upsert
from service.touchpoints.events import Occurrence, ingest
from service.touchpoints.placements import StagePlaces, carry_over, place
from service.touchpoints.reattribution import reattribute

__all__ = [
    "Occurrence",
    "StagePlaces",
    "TouchpointPatch",
    "carry_over",
    "ingest",
    "place",
    "reattribute",
    "upsert",
]
