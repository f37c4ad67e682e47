"""What became of each row of a batch? One result a row, in order, whatever happened to the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from service.ground.problems import LimitExceeded, Problem
from service.ground.session import Session

MOST_ROWS = 1000


class ErrorPolicy(StrEnum):
    """What happens to a batch in which some rows are refused."""

    REJECT_ALL = "REJECT_ALL"
    REJECT_FAILED = "REJECT_FAILED"


class Outcome(StrEnum):
    """What a write did to one thing."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    UNCHANGED = "UNCHANGED"
    DUPLICATE = "DUPLICATE"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row; `id` names the thing, None where nothing is kept."""

    index: int
    outcome: Outcome
    id: UUID | None = None
    problem: Problem | None = None


class Batch:
    """The results of one batch while it is written."""

    def __init__(self, rows: Sequence[object], *field: str) -> None:
        """Expect one result for each row; raises LimitExceeded, placed at `field`, for too many rows."""
        if len(rows) > MOST_ROWS:
            raise LimitExceeded(*field, limit=MOST_ROWS, things="rows", found=len(rows))
        self.field = field
        self._results: list[RowResult | None] = [None] * len(rows)

    def settle(self, index: int, outcome: Outcome, id_: UUID) -> None:
        """Record what a row's write did."""
        self._results[index] = RowResult(index, outcome, id_)

    def reject(self, index: int, problem: Problem) -> None:
        """Record why a row was refused; the first reason stays."""
        if self._results[index] is None:
            self._results[index] = RowResult(
                index, Outcome.REJECTED, None, problem.beneath(*self.field, index)
            )

    def is_open(self, index: int) -> bool:
        """Tell whether a row has no result yet."""
        return self._results[index] is None

    def finish(self, session: Session, policy: ErrorPolicy, *, dry_run: bool) -> list[RowResult]:
        """Return the results; nothing is kept of a dry run, nor of a batch that is refused whole."""
        results = [result for result in self._results if result is not None]
        refused = any(result.outcome is Outcome.REJECTED for result in results)
        if not dry_run and not (refused and policy is ErrorPolicy.REJECT_ALL):
            return results
        session.discard()
        if dry_run:
            return [RowResult(one.index, one.outcome, None, one.problem) for one in results]
        return [RowResult(one.index, Outcome.REJECTED, None, one.problem) for one in results]
