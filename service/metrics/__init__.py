"""What do the numbers say? Every metric's definition, and its one formula."""

from service.metrics import rollups, tables, upkeep
from service.metrics.registry import DEFINITIONS, find, of_family

__all__ = ["DEFINITIONS", "find", "of_family", "rollups", "tables", "upkeep"]
