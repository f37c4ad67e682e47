"""Which slice of an edge was asked for? `first`/`after` forwards, `last`/`before` backwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, cast, tuple_
from sqlalchemy.types import Uuid

from schema.planner import cursors
from schema.planner.given import Given
from schema.planner.parameters import Parameters
from service.ground.problems import Invalid

DEFAULT_SIZE: Final = 20
LARGEST_SIZE: Final = 100

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Sort:
    """One order of an edge: its name as cursors keep it, and its direction."""

    name: str
    descending: bool

    @property
    def tag(self) -> str:
        """The order as a cursor names it."""
        return f"{self.name}.{'DESC' if self.descending else 'ASC'}"

    def terms(self, key: ColumnElement[Any], id_: ColumnElement[Any], *, reverse: bool = False) -> list[Any]:
        """Return the ORDER BY terms; the id follows the key's direction and breaks ties."""
        descending = self.descending != reverse
        return [key.desc(), id_.desc()] if descending else [key.asc(), id_.asc()]


@dataclass(frozen=True, slots=True)
class Page:
    """The bounds of a slice."""

    size: int
    backward: bool
    after: Given | None
    before: Given | None

    def beyond(
        self, parameters: Parameters, sort: Sort, key: ColumnElement[Any], id_: ColumnElement[Any]
    ) -> list[Condition]:
        """Return the conditions that keep what lies between the cursors."""
        found = []
        if self.after:
            found.append(_compare(parameters, self.after, "after", sort, key=key, id_=id_, forward=True))
        if self.before:
            found.append(_compare(parameters, self.before, "before", sort, key=key, id_=id_, forward=False))
        return found

    def opposite(
        self, parameters: Parameters, sort: Sort, key: ColumnElement[Any], id_: ColumnElement[Any]
    ) -> Condition | None:
        """Return the condition for what lies at the other side of the page's own cursor, if it has one."""
        cursor, name = (self.before, "before") if self.backward else (self.after, "after")
        if cursor is None:
            return None
        return ~_compare(parameters, cursor, name, sort, key=key, id_=id_, forward=not self.backward)


def page_of(arguments: Mapping[str, Given]) -> Page:
    """Return the page that a connection's arguments ask for; raises Invalid for sizes out of bounds."""
    first, last = _present(arguments, "first"), _present(arguments, "last")
    if first and last:
        raise Invalid("last", reason="Ask for first or for last, not for both.")
    size = DEFAULT_SIZE
    for name, given in (("first", first), ("last", last)):
        if given:
            size = given.value
            if not 1 <= size <= LARGEST_SIZE:
                raise Invalid(name, reason=f"A page has 1 to {LARGEST_SIZE} items, {size} were asked for.")
    return Page(size, last is not None, _present(arguments, "after"), _present(arguments, "before"))


def _present(arguments: Mapping[str, Given], name: str) -> Given | None:
    given = arguments.get(name)
    return None if given is None or given.value is None else given


def _compare(
    parameters: Parameters,
    cursor: Given,
    field: str,
    sort: Sort,
    *,
    key: ColumnElement[Any],
    id_: ColumnElement[Any],
    forward: bool,
) -> Condition:
    """Compare (key, id) with a cursor's: one range of the index that serves the order."""

    def part(number: int) -> Any:  # noqa: ANN401 - a cursor's text or id
        return lambda text: cursors.parse(text, sort.tag, key.type, field)[number]

    value = cast(parameters.bind(cursor, Text(), part(0)), key.type)
    row = parameters.bind(cursor, Uuid(), part(1))
    mark, here = tuple_(value, row), tuple_(key, id_)
    return here > mark if forward != sort.descending else here < mark
