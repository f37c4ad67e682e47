"""What does one page show of its rows? Their texts in order, the cursors of its ends, what follows."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, FromClause, Integer, Text, cast, func, literal_column
from sqlalchemy.dialects.postgresql import aggregate_order_by

from schema.planner.cursors import cursor_of
from schema.planner.page import Page, Sort
from schema.planner.text import Expression, either, quoted

ONE = literal_column("1", Integer)


SORT_KEY = "page_sort_key"
"""What a slice adds to the columns of its table, under a name that no table has."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One page: its rows, and whether one more was read to see if it goes on."""

    rows: FromClause
    page: Page
    sort: Sort
    peeks: bool

    @property
    def terms(self) -> list[Any]:
        """The ORDER BY terms of the page, in reading order."""
        return self.sort.terms(self.rows.c[SORT_KEY], self.rows.c.id)

    @property
    def goes_on(self) -> Expression:
        """Whether the row after the page's last exists."""
        return cast(func.count() > self._size, Text)

    def texts(self, text: Expression) -> Expression:
        """Return one text of each row, in reading order and with commas between; null where there is none."""
        if not self.peeks:
            return func.string_agg(text, aggregate_order_by(quoted(","), *self.terms), type_=Text)
        kept = self._in_order(text)[self._first : self._last]
        return func.array_to_string(kept, quoted(","), type_=Text)

    def end(self, *, first: bool) -> Expression:
        """Return the cursor of the page's first or last row, the only one written; null for an empty page."""
        place = func.greatest(self._first, ONE, type_=Integer) if first else self._last
        key, id_ = (self._in_order(column)[place] for column in (self.rows.c[SORT_KEY], self.rows.c.id))
        return either(
            func.count() > literal_column("0", Integer), ['"', cursor_of(self.sort.tag, key, id_), '"']
        )

    @property
    def _size(self) -> Expression:
        return literal_column(str(self.page.size), Integer)

    @property
    def _first(self) -> Expression:
        """The place of the page's first row: the row that was only read to look ahead is left out."""
        return cast(func.count(), Integer) - self._size + ONE if self.peeks and self.page.backward else ONE

    @property
    def _last(self) -> Expression:
        count = cast(func.count(), Integer)
        return (
            func.least(count, self._size, type_=Integer) if self.peeks and not self.page.backward else count
        )

    def _in_order(self, value: Expression) -> Expression:
        return func.array_agg(aggregate_order_by(value, *self.terms), type_=ARRAY(value.type))
