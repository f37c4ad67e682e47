"""How does a write touch the database? Through one transaction of one actor, inside that actor's tenant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

from sqlmodel import SQLModel

from service.ground import statements
from service.ground.actor import Actor
from service.ground.audit import AuditEntry
from service.ground.counting import COUNTED, Journal
from service.ground.events import Event, OutboxEvent
from service.ground.keys import uuid7
from service.ground.origins import carried
from service.ground.problems import NotFound, StaleVersion
from service.ground.statements import Rows, Shown, Statement, Written
from service.ground.tables import TenantRow, VersionedRow, columns_of, table_of

T = TypeVar("T", bound=TenantRow)


class Connection(Protocol):
    """What a session needs of a database connection (asyncpg's has it)."""

    async def fetch(self, query: str, *args: object) -> list[Any]:
        """Run a query and return its rows."""

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement and return its command tag, such as `UPDATE 1`."""

    async def finish(self, written: Written, arguments: Sequence[object], rows: int) -> list[Any]:
        """Run the last statement of the transaction and return its rows, which are so many."""


@dataclass(frozen=True, slots=True)
class ShownNodes:
    """A planned statement that reads nodes by their ids; `sole` is its only table, None for several."""

    sql: str
    arguments: Sequence[object]
    sole: str | None
    ids: Sequence[UUID]

    @property
    def shown(self) -> Shown:
        """The statement as a part of the one that adds the nodes: their ids are new, and nobody else's."""
        [ids] = [n for n, value in enumerate(self.arguments) if value == self.ids]
        return Shown(self.sql, str(self.sole), len(self.arguments), ids)


Row = Mapping[str, Any]
"""A row as the database returned it, by column name."""


class Session:
    """One open transaction: reads see what it wrote, and nothing is kept unless the transaction commits."""

    def __init__(self, connection: Connection, actor: Actor, now: datetime, *, repeats: bool = False) -> None:
        """Work on `connection` as `actor`; `now` is the one clock of everything written here.

        `last_words` may hold a statement without arguments, which is sent together with COMMIT;
        `repeats` is true where the request's key is taken: what it asks for was done before.
        """
        self.connection = connection
        self.actor = actor
        self.now = now
        self.events: list[Event] = []
        self.discarded = False
        self.journal = Journal()
        self.repeats = repeats
        self.last_words = ""
        self.written: set[type[SQLModel]] = set()
        self.rearranged = False
        self._goes_by: tuple[UUID | None, ...] = ()
        self._done: dict[str, list[str]] = {}
        self.happened = False
        self._pending: dict[tuple[type[SQLModel], tuple[str, ...]], list[Mapping[str, object]]] = {}

    @property
    def tenant_id(self) -> UUID:
        """The tenant all statements are bound to."""
        return self.actor.tenant_id

    async def rows(self, statement: Statement, **values: object) -> list[Row]:
        """Return the rows of a statement."""
        await self.flush()
        values["tenant"] = self.tenant_id
        return await self.connection.fetch(statement.sql, *statement.arguments(values))

    async def row(self, statement: Statement, **values: object) -> Row | None:
        """Return the first row of a statement, None if there is none."""
        found = await self.rows(statement, **values)
        return found[0] if found else None

    async def find(self, model: type[T], *, locked: bool = False, **equal: object) -> list[T]:
        """Return the rows whose columns equal the values, in the order of their ids."""
        await self.flush()
        sql = statements.selection(model, tuple(equal), locked=locked)
        found = await self.connection.fetch(sql, self.tenant_id, *equal.values())
        return [model(**dict(row)) for row in found]

    async def get(self, model: type[T], id_: UUID, *field: str | int, locked: bool = False) -> T:
        """Return one row by its id; raises NotFound, placed at `field`, where there is none."""
        found = await self.find(model, locked=locked, id=id_)
        if not found:
            raise NotFound(*field, thing=model.__name__, key="id")
        return found[0]

    async def lookup(
        self,
        model: type[TenantRow],
        key: tuple[str, ...],
        keys: Sequence[tuple[object, ...]],
        wanted: tuple[str, ...] = ("id",),
    ) -> dict[tuple[object, ...], Row]:
        """Return the rows with these keys, by key; absent ones are left out."""
        if not keys:
            return {}
        await self.flush()
        sql = statements.key_lookup(model, key, wanted)
        arrays = [list(values) for values in zip(*dict.fromkeys(keys), strict=True)]
        found = await self.connection.fetch(sql, self.tenant_id, *arrays)
        return {tuple(row[name] for name in key): row for row in found}

    def add(self, row: T) -> T:
        """Insert a row; it is sent with the others at the next read or at the end."""
        row.tenant_id = self.tenant_id
        if isinstance(row, VersionedRow):
            _stamp(row, self.now)
        names = [name for name in columns_of(type(row)) if name != "tenant_id"]
        self.insert(type(row), [{name: getattr(row, name) for name in names}])
        return row

    def enter(self, model: type[TenantRow], **values: object) -> UUID:
        """Insert a row by its values and return its id; cheaper than `add` where the row is not needed."""
        row = {**_defaults(model), "id": uuid7(), **values}
        if issubclass(model, VersionedRow):
            row = {"created_at": self.now, "updated_at": self.now, **row}
        self.insert(model, [row])
        return cast("UUID", row["id"])

    def insert(self, model: type[TenantRow], rows: Sequence[Mapping[str, object]]) -> None:
        """Insert many rows that all name the same columns; they are sent at the next read or at the end."""
        if rows:
            self.written.add(model)
            self._pending.setdefault((model, tuple(rows[0])), []).extend(rows)

    async def insert_new(
        self, model: type[TenantRow], rows: Sequence[Mapping[str, object]], key: tuple[str, ...]
    ) -> set[UUID]:
        """Insert the rows whose key is not taken yet, at once, and return the ids that were inserted."""
        await self.flush()
        if not rows:
            return set()
        columns = tuple(rows[0])
        sql = statements.new_insertion(model, columns, key)
        found = await self.connection.fetch(sql, self.tenant_id, *statements.column_arrays(rows, columns))
        inserted = {row["id"] for row in found}
        self.journal.made(model, inserted)
        return inserted

    async def change(self, row: T, **values: object) -> T:
        """Update columns of a row that was read (and locked) before; counts its version up."""
        await self.about_to_change(type(row), [row.id])
        versioned = isinstance(row, VersionedRow)
        sql = statements.change(type(row), tuple(values), versioned=versioned)
        times = (self.now,) if versioned else ()
        await self.connection.execute(sql, self.tenant_id, row.id, *times, *values.values())
        for name, value in values.items():
            setattr(row, name, value)
        if isinstance(row, VersionedRow):
            row.version, row.updated_at = row.version + 1, self.now
        return row

    async def about_to_change(self, model: type[TenantRow], ids: Sequence[UUID]) -> None:
        """Say that a statement of one's own will change or delete these rows, which may be counted."""
        await self.flush()
        self.written.add(model)
        await self.journal.before_change(self, model, ids)

    def go_by(self, token: UUID | None) -> None:
        """Let what is written next be refused where the tenant has arranged something else since `token`."""
        self._goes_by = self._goes_by or (token,)

    async def run(self, statement: Statement, **values: object) -> None:
        """Run a statement that returns nothing."""
        await self.rows(statement, **values)

    def discard(self) -> None:
        """Keep nothing of this transaction, although it ends well: a dry run, or a batch refused whole."""
        self.discarded = True

    def emit(self, type_: str, subject_id: UUID, **payload: object) -> None:
        """Record an event in the outbox of this transaction."""
        event = Event(type_, subject_id, payload)
        self.events.append(event)
        self.record([event])

    def record(self, events: Sequence[Event]) -> None:
        """Write events to the outbox without letting anything in this transaction react to them."""
        self.happened = self.happened or bool(events)
        row = {"actor": self.actor.subject, "occurred_at": self.now}
        self.insert(
            OutboxEvent,
            [
                {
                    "id": uuid7(),
                    "type": e.type,
                    "subject_id": e.subject_id,
                    "payload": dict(e.payload),
                    "traceparent": carried(e.type),
                    **row,
                }
                for e in events
            ],
        )
        for event in events:
            self._done.setdefault(event.type, []).append(str(event.subject_id))

    def sign(self, action: str | None = None) -> None:
        """Enter what was done since the last time into the audit log; unnamed, only if something was."""
        done, self._done = self._done, {}
        if action is None and not done:
            return
        actor = {"actor": self.actor.subject, "actor_kind": self.actor.kind}
        what = {"action": action or next(iter(done)), "subjects": done, "occurred_at": self.now}
        self.insert(AuditEntry, [{"id": uuid7(), **what, **actor}])

    async def flush(self) -> None:
        """Send what was added, as one statement."""
        if self._pending:
            await self._note()
            await self._send(*self._take())

    async def settle(self, *, last: bool = False) -> None:
        """Send what was added, and write down what that changes of what is counted."""
        await self._note()
        additions = self._additions()
        if additions is not None:
            await self._send(*self._take(additions), last=last)
            return
        await self.flush()
        if not self.discarded and COUNTED.settle:
            await COUNTED.settle(self, self.journal.take())

    async def show(self, nodes: ShownNodes, *, last: bool) -> list[bytes]:
        """Return the JSON of nodes; where they are only now being added, one statement adds and reads.

        `last` tells that nothing comes after it, so that what stands alone needs no transaction around it.
        """
        if not self._adds(nodes):
            return await self.read(nodes.sql, nodes.arguments)
        await self._note()
        additions = self._additions() if last else None
        written, values = self._take(additions or (), nodes)
        found = await self._send(written, values, rows=len(nodes.ids), last=additions is not None)
        return [row[0] for row in found]

    async def read(self, sql: str, arguments: Sequence[object]) -> list[bytes]:
        """Return the single column of a planned statement, which sees what was added and counts it."""
        await self.settle()
        return [row[0] for row in await self.connection.fetch(sql, *arguments)]

    def _adds(self, nodes: ShownNodes) -> bool:
        """Whether nodes are shown by nothing but the rows that one step is about to add."""
        steps = [rows for (model, _), rows in self._pending.items() if table_of(model).name == nodes.sole]
        return len(steps) == 1 and {row["id"] for row in steps[0]}.issuperset(nodes.ids)

    async def _note(self) -> None:
        """Note what is about to be added, and what the rows it belongs to counted for until now."""
        owners = [self.journal.about_to_insert(model, rows) for (model, _), rows in self._pending.items()]
        for owner in owners:
            if owner is not None:
                await self.journal.before_change(self, *owner)

    def _additions(self) -> tuple[statements.Addition, ...] | None:
        """Return what the statement that adds the rest also writes; None where it cannot be the last one."""
        return self.journal.additions(self._pending) if self._pending and not self.discarded else None

    async def _send(
        self, written: Written, values: Sequence[object], *, rows: int = 0, last: bool = False
    ) -> list[Any]:
        if last:
            return await self.connection.finish(written, values, rows)
        return await self.connection.fetch(statements.insertions(written), *values)

    def _take(
        self, additions: tuple[statements.Addition, ...] = (), nodes: ShownNodes | None = None
    ) -> tuple[Written, list[object]]:
        """Return what was added, and keep nothing of it here: what a statement writes, and its values."""
        pending, self._pending = self._pending, {}
        known, self._goes_by = self._goes_by, ()
        parts: list[statements.Part] = []
        values: list[object] = [*(nodes.arguments if nodes else ()), self.tenant_id, *known]
        for (model, columns), rows in pending.items():
            one = len(rows) == 1
            parts.append(statements.Part(model, columns, Rows.ONE if one else Rows.ARRAYS))
            values += rows[0].values() if one else statements.column_arrays(rows, columns)
        return Written(tuple(parts), additions, bool(known), nodes.shown if nodes else None), values


@cache
def _defaults(model: type[TenantRow]) -> Row:
    """Return what a new row holds where nothing else is said; id, tenant and times are the session's."""
    own = {"id", "tenant_id", "created_at", "updated_at"}
    fields = {name: field for name, field in model.model_fields.items() if name not in own}
    return {name: field.get_default() for name, field in fields.items() if not field.is_required()}


def _stamp(row: VersionedRow, now: datetime) -> None:
    """Fill in the times that the row does not bring along."""
    for name in ("created_at", "updated_at"):
        if getattr(row, name) is None:
            setattr(row, name, now)


def check_version(row: VersionedRow, expected: int | None) -> None:
    """Refuse a change based on an older state of the row; None expects nothing."""
    if expected is not None and expected != row.version:
        raise StaleVersion("expectedVersion", expected=expected, actual=row.version)
