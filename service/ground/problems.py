"""What can be refused? A small closed family; the docstring of each class is the message a client reads."""

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self


class ErrorCode(StrEnum):
    """Why a write was refused."""

    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    NOT_FOUND = "NOT_FOUND"
    TAKEN = "TAKEN"
    CONFLICT = "CONFLICT"
    STALE_VERSION = "STALE_VERSION"
    INVALID_TRANSITION = "INVALID_TRANSITION"
    BLOCKED = "BLOCKED"
    FORBIDDEN = "FORBIDDEN"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    KEY_REUSED = "KEY_REUSED"
    IN_PROGRESS = "IN_PROGRESS"
    BEYOND_AUTHORITY = "BEYOND_AUTHORITY"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason, as the client reads it; `field` is the path into the input, outermost first."""

    code: ErrorCode
    message: str
    field: tuple[str, ...]


class Problem(Exception):
    """The request was refused."""

    code: ClassVar[ErrorCode] = ErrorCode.INVALID
    passing = False
    """Whether the same write may succeed a moment later, because it only met another one."""

    def __init__(self, *field: str | int, **details: object) -> None:
        """Remember where in the input the problem is and the details its message names."""
        self.field = tuple(str(part) for part in field)
        self.details = details
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The class's docstring with the details filled in."""
        return inspect.cleandoc(type(self).__doc__ or "").format(**self.details)

    def beneath(self, *path: str | int) -> Self:
        """Place the problem deeper: its field path now starts with `path`."""
        self.field = (*(str(part) for part in path), *self.field)
        return self

    def refusals(self) -> Iterator[Refusal]:
        """Yield each reason; one for most problems."""
        yield Refusal(self.code, self.message, self.field)


class Invalid(Problem):
    """{reason}"""  # noqa: D415 - the message is the writer's sentence

    code = ErrorCode.INVALID


class Required(Problem):
    """A value is required here."""

    code = ErrorCode.REQUIRED


class NotFound(Problem):
    """No {thing} with this {key} exists."""

    code = ErrorCode.NOT_FOUND


class Taken(Problem):
    """Another {thing} already has this {key}."""

    code = ErrorCode.TAKEN


class Contended(Problem):
    """Others are changing the same things at this moment; send the request again."""

    code = ErrorCode.CONFLICT
    passing = True


class StaleVersion(Problem):
    """It has changed: expected version {expected}, found {actual}. Read it again and repeat."""

    code = ErrorCode.STALE_VERSION


class InvalidTransition(Problem):
    """A {thing} cannot go from {source} to {target}. From {source} it can go to: {allowed}."""

    code = ErrorCode.INVALID_TRANSITION


class Forbidden(Problem):
    """Only {needs} may do this."""

    code = ErrorCode.FORBIDDEN


class LacksScope(Problem):
    """You may not do this: it needs {scopes}."""

    code = ErrorCode.FORBIDDEN


class LimitExceeded(Problem):
    """At most {limit} {things} are accepted here, {found} were sent."""

    code = ErrorCode.LIMIT_EXCEEDED


class BeyondAuthority(Problem):
    """Your authority ends at {limit} {currency} in minor units, and this makes {amount}: ask for approval."""

    code = ErrorCode.BEYOND_AUTHORITY


class Blocked(Problem):
    """Conditions are missing: {missing}."""

    code = ErrorCode.BLOCKED

    def __init__(self, *field: str | int, reasons: Sequence[str]) -> None:
        """Remember each missing condition."""
        self.reasons = tuple(reasons)
        super().__init__(*field, missing="; ".join(reasons))

    def refusals(self) -> Iterator[Refusal]:
        """Yield one reason for each missing condition."""
        for reason in self.reasons:
            yield Refusal(self.code, reason, self.field)
