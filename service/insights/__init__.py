"""What do we believe, and why? Insights with their evidence, elevations of the front line, themes."""

from service.insights import tables

__all__ = ["tables"]
