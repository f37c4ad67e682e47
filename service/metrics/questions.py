"""What is asked of a metric? Where, for which spans of time, told apart by what, as known when."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import FromClause, Select, Text, cast

from service.ground.reads import Condition, Expression
from service.metrics.definitions import Definition
from service.metrics.measures import AnyMeasure, Dimension, Facts, SpanMeasure
from service.metrics.outcomes import Reading
from service.metrics.sources import measure

Keys = Callable[[FromClause], "Expression | Select[Any]"]
"""Returns the id, or a SELECT of the ids, of a row's nodes in one dimension."""


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of node at which metrics can be asked: the keys of its dimensions, the preferred ones first."""

    name: str
    dimensions: Mapping[Dimension, Keys]
    is_everywhere: bool = False

    def dimension_of(self, facts: Facts) -> Dimension | None:
        """Return the dimension by which facts are found here, None where they are not."""
        return next((each for each in self.dimensions if each in facts.dimensions), None)

    def answers(self, reading: Reading) -> bool:
        """Tell whether a metric can be valued here."""
        return all(self.knows(measure(name)) for name in reading.measures)

    def knows(self, counted: AnyMeasure) -> bool:
        """Tell whether a measure is counted here."""
        if self.is_everywhere:
            return counted.facts.everywhere
        everybody = isinstance(counted, SpanMeasure) and counted.everybody
        return everybody or self.dimension_of(counted.facts) is not None


EVERYWHERE = Place("Query", {}, is_everywhere=True)
"""The root: everything of the tenant."""


@dataclass(frozen=True, slots=True)
class Node:
    """The node that is asked: its place, and its row."""

    place: Place
    row: FromClause

    def wants(self, dimension: Dimension, *, as_text: bool = False) -> Callable[[Expression], Condition]:
        """Return the condition on a key of the dimension; roll-ups keep keys as texts."""
        keys = self.place.dimensions[dimension](self.row)

        def condition(key: Expression) -> Condition:
            if isinstance(keys, Select):
                return key.in_(_as_texts(keys) if as_text else keys)
            return key == (cast(keys, Text) if as_text else keys)

        return condition


def _as_texts(keys: "Select[Any]") -> "Select[Any]":
    [key] = keys.selected_columns
    return keys.with_only_columns(cast(key, Text), maintain_column_froms=True)


@dataclass(frozen=True, slots=True)
class Question:
    """One question, as expressions; `spans` has the columns `place`, `starts_at` and `ends_at`."""

    metric: Definition
    reading: Reading
    spans: FromClause
    node: Node | None = None
    breakdown: Dimension | None = None
    survey: Expression | None = None
    as_of: Expression | None = None
    quantile: Expression | None = None
    around: Sequence[FromClause] = ()

    def of(self, spans: FromClause, *, breakdown: Dimension | None = None) -> "Question":
        """Return the same question about other spans."""
        return replace(self, spans=spans, breakdown=breakdown)

    @property
    def measures(self) -> list[AnyMeasure]:
        """What is counted to answer it."""
        return [measure(name) for name in self.reading.measures]
