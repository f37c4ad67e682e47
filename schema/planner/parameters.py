"""Which values does a statement take? Each is bound once, with the way to find it in later requests."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ClauseElement, bindparam
from sqlalchemy.types import TypeEngine

from schema.planner.given import Given, Variables
from service.ground.statements import DIALECT

Convert = Callable[[Any], object]
Arguments = Callable[[UUID, Variables], list[object]]


class Parameters:
    """The values of one statement, collected while it is composed."""

    def __init__(self) -> None:
        self._given: dict[str, tuple[Given, Convert]] = {}

    def bind(
        self, given: Given, type_: TypeEngine[Any], convert: Convert | None = None
    ) -> BindParameter[Any]:
        """Return a parameter for a value; `convert` makes what asyncpg takes of it, and may refuse it."""
        name = f"given_{len(self._given)}"
        convert = convert or plain
        convert(given.value)
        self._given[name] = (given, convert)
        return bindparam(name, type_=type_)

    def finish(self, clause: ClauseElement) -> tuple[str, Arguments]:
        """Return the statement's text and what computes its arguments from a tenant and variables."""
        compiled = clause.compile(dialect=DIALECT)
        names: Sequence[str] = compiled.positiontup or ()  # type: ignore[attr-defined]  # of SQL compilers only
        getters = [self._getter(name, compiled.params) for name in names]

        def arguments(tenant: UUID, variables: Variables) -> list[object]:
            return [get(tenant, variables) for get in getters]

        return str(compiled), arguments

    def _getter(self, name: str, constants: Mapping[str, Any]) -> Callable[[UUID, Variables], object]:
        if name == "tenant":
            return lambda tenant, _variables: tenant
        if name in self._given:
            given, convert = self._given[name]
            get = given.get
            return lambda _tenant, variables: convert(get(variables))
        value = constants[name]
        return lambda _tenant, _variables: value


def plain(value: object) -> object:
    """Return a value as asyncpg takes it: enums by their values, inside lists too."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value
