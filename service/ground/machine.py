"""What may happen next? State machines as data: one condition guards the write and explains itself."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy import Values as SqlValues
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import array
from sqlmodel import Field

from service.ground.keys import uuid7
from service.ground.personal import Sensitivity, personal
from service.ground.problems import Blocked, InvalidTransition
from service.ground.reads import Condition as SqlCondition
from service.ground.reads import Expression, Listed, Order, column, to_many
from service.ground.session import Session, check_version
from service.ground.statements import TENANT, Statement
from service.ground.tables import TenantRow, VersionedRow, holds, index, moment, table_of


class StateChange(TenantRow, table=True):
    """One step of one thing through its machine; never changed afterwards."""

    __tablename__ = "state_change"
    __table_args__ = (
        index("ix_state_change_subject", "subject_id", "occurred_at", "id"),
        holds("moved", "source IS DISTINCT FROM target"),
    )

    subject_type: str
    subject_id: UUID
    source: str | None = Field(default=None)
    target: str
    actor: str
    reason: str | None = personal(Sensitivity.WORDS, default=None)
    occurred_at: datetime = moment()


HISTORY = to_many(StateChange, "subject_id", {"OCCURRED_AT": Order(column("occurred_at"))}, descending=False)
"""The steps a thing has taken, earliest first."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A condition a step needs: a code, the sentence a person reads, and the test over the row.

    `told` is the sentence about a row that lacks it, where that can say more; null for the usual one.
    """

    code: str
    message: str
    met: Callable[[FromClause], SqlCondition]
    told: Callable[[FromClause], Expression] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One allowed step. `by_system` steps are taken by rules only, never by request."""

    source: StrEnum
    target: StrEnum
    requires: tuple[Requirement, ...] = ()
    by_system: bool = False


S = TypeVar("S", bound=VersionedRow)
Texts = ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Machine:
    """The steps of one kind of thing; its state is the column `status`."""

    model: type[VersionedRow]
    steps: tuple[Step, ...]

    def from_state(self, source: str) -> list[Step]:
        """Return the steps that leave a state, in their declared order."""
        return [step for step in self.steps if step.source == source]

    def allowed_transitions(self) -> Listed:
        """Declare the list of what may happen next to a row, with what each step still lacks."""
        return Listed(self._transitions_of)

    def _transitions_of(self, row: FromClause) -> Select[tuple[str, list[str], list[str]]]:
        """Select one row for each step from the row's state that a request may take."""
        open_steps = [step for step in self.steps if not step.by_system]
        numbered = [(n, step.source.value, step.target.value) for n, step in enumerate(open_steps)]
        columns = (sql_column("n", Integer), sql_column("source", Text), sql_column("target", Text))
        steps = SqlValues(*columns, name="step", literal_binds=True).data(numbered).alias("step")
        requires = _by_number(steps.c.n, [_texts(r.message for r in step.requires) for step in open_steps])
        missing = _by_number(steps.c.n, [_missing(row, step.requires) for step in open_steps])
        return (
            select(steps.c.target.label("to"), requires.label("requires"), missing.label("blocked_because"))
            .select_from(steps)
            .where(steps.c.source == row.c.status)
            .order_by(steps.c.n)
        )

    async def move(
        self,
        session: Session,
        row: S,
        target: StrEnum,
        *,
        expected_version: int | None = None,
        reason: str | None = None,
        **changes: object,
    ) -> S:
        """Take one step with a row that was read locked; writes the history row and the event.

        Raises StaleVersion, InvalidTransition, or Blocked with each condition that is missing.
        """
        check_version(row, expected_version)
        source = row.status  # type: ignore[attr-defined]  # every model with a machine has a status
        step = self._step(source, target)
        await self._refuse_if_blocked(session, row, step)
        await session.change(row, status=target, **changes)
        self.remember(session, row.id, source, target, reason)
        return row

    def remember(
        self,
        session: Session,
        subject_id: UUID,
        source: str | None,
        target: StrEnum,
        reason: str | None = None,
    ) -> None:
        """Write the history row and the event of a step; a thing that is just beginning has no source."""
        name = self.model.__name__
        # As plain values: a batch remembers a thousand steps, and models cost ten times as much to make.
        step = {"id": uuid7(), "subject_type": name, "subject_id": subject_id, "source": source}
        told = {"actor": session.actor.subject, "reason": reason, "occurred_at": session.now}
        session.insert(StateChange, [{**step, "target": target, **told}])
        session.emit(f"{event_name(name)}.{target.lower()}", subject_id, source=source, reason=reason)

    def check_request(self, source: str, target: StrEnum) -> None:
        """Refuse a step that a request may not take: InvalidTransition, also where only rules take it."""
        self._find(source, target, [step for step in self.from_state(source) if not step.by_system])

    def _step(self, source: str, target: StrEnum) -> Step:
        return self._find(source, target, self.from_state(source))

    def _find(self, source: str, target: StrEnum, steps: Sequence[Step]) -> Step:
        for step in steps:
            if step.target == target:
                return step
        allowed = ", ".join(step.target for step in steps) or "nowhere"
        name = self.model.__name__
        raise InvalidTransition("to", thing=name, source=source, target=target, allowed=allowed)

    async def _refuse_if_blocked(self, session: Session, row: VersionedRow, step: Step) -> None:
        if not step.requires:
            return
        missing = await self.missing(session, row.id, step.requires)
        if missing:
            raise Blocked("to", reasons=missing)

    async def missing(self, session: Session, id_: UUID, requires: Sequence[Requirement]) -> list[str]:
        """Return the messages of the conditions that the stored row does not meet."""
        found = await session.row(_missing_statement(self.model, tuple(requires)), id=id_)
        return list(found["missing"]) if found else []


def event_name(type_name: str) -> str:
    """Return a type's name as events write it: `FollowUp` is `follow_up`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in type_name).lstrip("_")


@cache
def _missing_statement(model: type[VersionedRow], requires: tuple[Requirement, ...]) -> Statement:
    table = table_of(model).alias("row")
    found = and_(table.c.tenant_id == TENANT, table.c.id == bindparam("id"))
    return Statement(select(_missing(table, requires).label("missing")).where(found))


def _text(message: str) -> Texts:
    return literal_column("'" + message.replace("'", "''") + "'", Text)


def _sentence(row: FromClause, requirement: Requirement) -> Texts:
    """Return what is said of a row that lacks this; never null, which would count as met."""
    usual = _text(requirement.message)
    return usual if requirement.told is None else func.coalesce(requirement.told(row), usual)


def _texts(messages: Iterable[str]) -> Texts:
    return cast(array([_text(message) for message in messages]), ARRAY(Text))


def _missing(row: FromClause, requires: Sequence[Requirement]) -> Texts:
    """Return the messages of what the row does not meet; an unknown answer counts as not met."""
    unmet = [case((func.coalesce(r.met(row), False), None), else_=_sentence(row, r)) for r in requires]
    return func.array_remove(cast(array(unmet), ARRAY(Text)), None, type_=ARRAY(Text))


def _by_number(number: ColumnElement[int], values: Sequence[Texts]) -> Texts:
    none = cast(array([]), ARRAY(Text))
    whens = [(number == literal_column(str(n)), value) for n, value in enumerate(values)]
    return case(*whens, else_=none) if whens else none
