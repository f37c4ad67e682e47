"""Which rows are counted? A transaction keeps in mind what it changes of them, for whoever adds it up."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from service.ground.statements import Addition

Inserted = Mapping[tuple[type[SQLModel], tuple[str, ...]], Sequence[Mapping[str, Any]]]
"""The rows of one statement, by table and columns."""
Remember = Callable[[Any, Any, Sequence[UUID]], Awaitable[str]]
"""Returns what rows of a model count for now; takes the session, the model and the ids."""
Changes = Mapping[type[SQLModel], tuple[list[UUID], list[str]]]
"""The ids of all rows that were made or changed, by model, with what the changed ones counted for."""
Settle = Callable[[Any, Changes], Awaitable[None]]
"""Writes down what changes; takes the session."""


@dataclass(slots=True)
class Counted:
    """The models that are counted: whose row a row of each belongs to, and who knows what it counts for."""

    owners: dict[type[SQLModel], tuple[type[SQLModel], str]] = field(default_factory=dict)
    remember: Remember | None = None
    settle: Settle | None = None
    added: Callable[[type[SQLModel]], Addition] | None = None
    """Returns what writes down what a new row counts for, in the statement that inserts it."""


COUNTED = Counted()
"""Filled by the chapter that counts."""


@dataclass(slots=True)
class Touched:
    """The rows of one model that a transaction has made or changed, and what the changed ones counted for."""

    new: dict[UUID, None] = field(default_factory=dict)
    changed: dict[UUID, None] = field(default_factory=dict)
    before: list[str] = field(default_factory=list)

    def is_alone(self, model: type[SQLModel], inserted: Inserted) -> bool:
        """Whether this is one new row among those, and each table of what belongs to it comes once."""
        tables = [table for table, _ in inserted if COUNTED.owners.get(table, (None, ""))[0] is model]
        rows = [row for (table, _), several in inserted.items() if table is model for row in several]
        once = len(set(tables)) == len(tables)
        return once and not self.changed and len(self.new) == 1 and [*self.new] == [row["id"] for row in rows]

    def unknown(self, ids: Iterable[UUID]) -> list[UUID]:
        """Return the rows of which it is not known yet what they counted for."""
        return [id_ for id_ in dict.fromkeys(ids) if id_ not in self.new and id_ not in self.changed]


class Journal:
    """What one transaction has made and changed of what is counted."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._touched: dict[type[SQLModel], Touched] = {}

    def made(self, model: type[SQLModel], ids: Iterable[UUID]) -> None:
        """Note new rows; those of models that are not counted do not matter."""
        owner, _ = COUNTED.owners.get(model, (None, ""))
        if owner is model:
            self._of(model).new.update(dict.fromkeys(ids))

    def about_to_insert(
        self, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]
    ) -> tuple[type[SQLModel], list[UUID]] | None:
        """Note new rows, and return the rows they belong to whose counts they change."""
        owner, column = COUNTED.owners.get(model, (None, ""))
        if owner is None:
            return None
        if owner is model:
            self._of(model).new.update((row["id"], None) for row in rows)
            return None
        return owner, self._of(owner).unknown(row[column] for row in rows)

    async def before_change(self, session: object, model: type[SQLModel], ids: Sequence[UUID]) -> None:
        """Remember what rows count for before they change."""
        if model not in COUNTED.owners or COUNTED.remember is None:
            return
        touched = self._of(model)
        unknown = touched.unknown(ids)
        if unknown:
            touched.changed.update(dict.fromkeys(unknown))
            touched.before.append(await COUNTED.remember(session, model, unknown))

    def additions(self, inserted: Inserted) -> tuple[Addition, ...] | None:
        """Return what writes down what changes, in the statement that inserts these rows; begin anew.

        Only single new rows are counted that way, with what belongs to them: None where there is more.
        """
        touched = {model: each for model, each in self._touched.items() if each.new or each.changed}
        alone = all(each.is_alone(model, inserted) for model, each in touched.items())
        if COUNTED.added is None or not alone:
            return None
        self._touched = {}
        return tuple(map(COUNTED.added, touched))

    def take(self) -> Changes:
        """Return what was made and changed, and begin anew."""
        taken, self._touched = self._touched, {}
        return {
            model: ([*touched.new, *touched.changed], [text for text in touched.before if text])
            for model, touched in taken.items()
            if touched.new or touched.changed
        }

    def _of(self, model: type[SQLModel]) -> Touched:
        return self._touched.setdefault(model, Touched())
