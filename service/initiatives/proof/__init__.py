"""Did the change cause it? Statistics over series: pure functions, none reads a table."""

from service.initiatives.proof.proving import Case, Proof, prove
from service.initiatives.proof.series import Measure, Series, Windows, bucketed

__all__ = ["Case", "Measure", "Proof", "Series", "Windows", "bucketed", "prove"]
