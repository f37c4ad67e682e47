"""Which series have others published with their results? Read from `tests/data`."""

import csv
from datetime import date
from pathlib import Path

import numpy as np

from service.initiatives.proof.series import Array, Cut, Measure, Series
from service.initiatives.tables import PlanBucket

DATA = Path(__file__).parent.parent / "data"
MONTHS_BEFORE_THE_BAN = 36


def records(name: str) -> list[dict[str, str]]:
    """Returns the rows of a file with a header."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sicily() -> Cut:
    """Returns monthly heart attacks in Sicily, cut by the smoking ban of January 2005."""
    rows = records("sicily.csv")
    months = tuple(date.fromisoformat(row["month"]) for row in rows)
    episodes = tuple(float(row["episodes"]) for row in rows)
    population = tuple(float(row["standard_population"]) for row in rows)
    return Cut(Series(PlanBucket.MONTH, Measure.COUNT, months, episodes, population), MONTHS_BEFORE_THE_BAN)


def columns(name: str, *names: str) -> Array:
    """Returns columns of numbers."""
    return np.array([[float(row[column]) for column in names] for row in records(name)])


def days_of(name: str) -> list[str]:
    """Returns the column of days."""
    return [row["DATE"] for row in records(name)]
