"""What is counted, and where? Measures are facts of raw rows; dimensions are the nodes they count at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import FromClause, Select, select, true
from sqlmodel import SQLModel

from service.ground.reads import Condition, Entity, Expression, OfRow
from service.ground.statements import TENANT
from service.ground.tables import table_of

COUNTS = ("n", "hits", "misses")
SUMS = ("total", "squares", "weight", "weight_squares", "weight_hits", "weight_misses")
PARTS = (*COUNTS, *SUMS)
"""What adds up; the names of the columns of `MetricTally`."""


class Dimension(StrEnum):
    """By what facts can be told apart; those of one tenant together are TENANT."""

    TENANT = "TENANT"
    CUSTOMER = "CUSTOMER"
    JOURNEY = "JOURNEY"
    STAGE = "STAGE"
    TOUCHPOINT = "TOUCHPOINT"
    CONTACT_REASON = "CONTACT_REASON"
    TEAM = "TEAM"
    CHANNEL = "CHANNEL"
    SURVEY = "SURVEY"
    INITIATIVE = "INITIATIVE"


@dataclass(frozen=True, slots=True)
class Key:
    """How a raw row names its node: by an expression of its own, or of a row of another table.

    `on` relates the raw row to the row of `model`, of which there may be several. `rolled` says whether
    roll-ups are kept by it.
    """

    of: OfRow
    rolled: bool = True
    model: type[SQLModel] | None = None
    on: Callable[[FromClause, FromClause], Condition] | None = None

    def read(self, row: FromClause) -> "Select[Any]":
        """Return the keys of one raw row, beside which this stands; a row without key has none."""
        if self.model is None or self.on is None:
            key = self.of(row)
            return select(key).where(key.is_not(None)).correlate(row)
        other = table_of(self.model).alias()
        mine = (other.c.tenant_id == TENANT, self.on(row, other))
        return select(self.of(other)).select_from(other).where(*mine).correlate(row)

    def meets(self, row: FromClause, wanted: Callable[[Expression], Condition]) -> Condition:
        """Tell whether a raw row has a key that is wanted."""
        if self.model is None or self.on is None:
            return wanted(self.of(row))
        other = table_of(self.model).alias()
        found = select(1).select_from(other).where(other.c.tenant_id == TENANT, self.on(row, other))
        return found.where(wanted(self.of(other))).correlate_except(other).exists()


@dataclass(frozen=True, slots=True)
class Facts:
    """A table whose rows are counted; `beside` adds columns that other rows of the same thing decide.

    Where `everywhere` is false, they can be counted at single nodes only.
    """

    entity: Entity
    dimensions: Mapping[Dimension, Key]
    recorded_at: OfRow
    beside: Callable[[FromClause], "Select[Any]"] | None = None
    everywhere: bool = True

    def rows(self, *, whole: bool, condition: Callable[[FromClause], Condition] | None = None) -> FromClause:
        """Return the tenant's rows; `whole` ones have what stands beside them too."""
        table = table_of(self.entity.model).alias()
        found = select(*table.c).where(table.c.tenant_id == TENANT)
        if self.beside is not None and whole:
            beside = self.beside(table).correlate(table).lateral()
            found = found.add_columns(*beside.c).select_from(table.join(beside, true()))
        if condition is not None:
            found = found.where(condition(table))
        return found.subquery()


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is counted: when it happened, to which rows, and what each adds.

    A row counts where `at` is known and `when` holds. `bin` places the row's value; `variant` names the scale
    it is on.
    """

    name: str
    facts: Facts
    at: OfRow
    parts: Mapping[str, OfRow] = field(default_factory=dict)
    when: Callable[[FromClause], Condition] | None = None
    bin: OfRow | None = None
    variant: OfRow | None = None
    whole: bool = False

    def counts(self, row: FromClause) -> Condition:
        """Tell whether a row counts."""
        known = self.at(row).is_not(None)
        return known if self.when is None else known & self.when(row)


OfSpan = Callable[[FromClause, FromClause], Expression]


@dataclass(frozen=True, slots=True)
class SpanMeasure:
    """What rows add to a span of time as a whole, such as the days they were there.

    Where `everybody` is true and the rows do not know the node that is asked for, all of them count.
    """

    name: str
    facts: Facts
    parts: Mapping[str, OfSpan]
    when: Callable[[FromClause, FromClause], Condition]
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class StayMeasure:
    """Stays that begin `at` a moment and end at another one, null for those that are not over."""

    name: str
    facts: Facts
    at: OfRow
    ends: OfRow


AnyMeasure = Measure | SpanMeasure | StayMeasure
