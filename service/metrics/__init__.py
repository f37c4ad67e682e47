"""What do the numbers say? Every metric's definition, and its one formula."""

from service.metrics.registry import DEFINITIONS, definition, definitions

__all__ = ["DEFINITIONS", "definition", "definitions"]
