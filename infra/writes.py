"""What if many write the same at once? Writes of one statement each that wait leave as one statement for all.

All are kept, or none: then each is sent again by itself, and only what is wrong itself is refused. They are
of one tenant and one text, such as interactions that are logged: one round trip, one commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from infra.lanes import Lanes
from infra.lending import LOST, Busy, Lending, is_lost
from service.ground.doors import OutcomeUnknown, Unreachable
from service.ground.statements import Written, put_together, together

MOST_WRITTEN = 8
"""Fewer than reads: the rows stay locked until all are kept, and the next are made ready meanwhile."""


@dataclass(frozen=True, slots=True)
class Write:
    """A statement that is a transaction by itself: its arguments, and how many rows it returns."""

    written: Written
    arguments: Sequence[object]
    rows: int


class Writes(Lanes[Write, list[Any]]):
    """Keeps statements that stand alone, and returns the rows of each."""

    for_all = (Unreachable, OutcomeUnknown, Busy)

    def __init__(self, lending: Lending, lanes: int) -> None:
        """Let at most `lanes` statements run at a time, on connections lent for them."""
        super().__init__(lanes)
        self._lending = lending

    async def send(self, sql: str, tenant_id: UUID, sent: Sequence[Write]) -> list[list[Any]]:
        """Returns the rows of each write; raises OutcomeUnknown where only the server knows what was kept.

        Raises Unlike where one statement cannot write all.
        """
        del tenant_id  # the statement says it itself
        connection = await self._lending.take()
        try:
            if len(sent) == 1:
                return [await connection.fetch(sql, *sent[0].arguments)]
            written = sent[0].written
            arguments = put_together(written, [one.arguments for one in sent])
            found = iter(await connection.fetch(together(written), *arguments))
        except LOST as error:
            if is_lost(connection, error):
                raise OutcomeUnknown from error
            raise
        finally:
            await self._lending.give(connection)
        return [list(islice(found, one.rows)) for one in sent]

    def most(self, sql: str) -> int:
        """Returns how many writes leave together."""
        del sql
        return MOST_WRITTEN
