"""What should a metric be? The rows of a tenant, counted once more in plain Python by the pure formulas."""

from tests.recounts import answers, journeys, loops, matters, relationship
from tests.recounts.rows import Recount, Rows, rows_of

__all__ = ["RECOUNTS", "Recount", "Rows", "rows_of"]

RECOUNTS = {
    **answers.RECOUNTS,
    **relationship.RECOUNTS,
    **matters.RECOUNTS,
    **journeys.RECOUNTS,
    **loops.RECOUNTS,
}
"""How each metric is counted again, by its id."""
