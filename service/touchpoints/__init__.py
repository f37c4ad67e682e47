"""Where do they meet us? The catalogue of touchpoints, their places in journeys, and what happened there."""

from service.touchpoints import tables

__all__ = ["tables"]
