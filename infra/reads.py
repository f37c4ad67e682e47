"""What if many ask the same at once? Reads of one plan and one tenant that wait leave as one statement.

Each statement tells PostgreSQL its tenant while it runs, so row-level security lets it see that tenant only.
Nothing of that stays on the connection, and reads of different tenants never share a statement.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from uuid import UUID

from infra.lanes import Lanes
from service.ground.doors import Unreachable
from service.ground.statements import TENANT_SETTING

Run = Callable[[str, Sequence[object]], Awaitable[list[bytes]]]
"""Runs a statement and returns its single column."""

MOST_TOGETHER = 32
PARAMETER = re.compile(
    r"\$(\d+)::(TIMESTAMP WITH TIME ZONE|UUID|VARCHAR|TEXT|INTEGER|BIGINT|BOOLEAN|FLOAT)(?![\w\[])"
)


class Reads(Lanes[Sequence[object], bytes]):
    """Answers planned reads: the single value of each, by its arguments."""

    for_all = (Unreachable,)
    ends_forsaken = True

    def __init__(self, run: Run, lanes: int) -> None:
        """Let at most `lanes` statements run at a time."""
        super().__init__(lanes)
        self._run = run

    async def send(self, sql: str, tenant_id: UUID, sent: Sequence[Sequence[object]]) -> Sequence[bytes]:
        """Returns the value of each read."""
        at_once = together(sql) if len(sent) > 1 else None
        if at_once is None:
            (arguments,) = sent
            return await self._run(alone(sql), [*arguments, tenant_id])
        columns = [list(column) for column in zip(*sent, strict=True)]
        return await self._run(at_once, [*columns, tenant_id])

    def most(self, sql: str) -> int:
        """Returns how many reads of a plan one statement can answer."""
        return MOST_TOGETHER if together(sql) else 1


@lru_cache(maxsize=4096)
def alone(sql: str) -> str:
    """Returns the statement that answers one argument list, and takes the tenant as its last argument."""
    return f"SELECT ({sql}) FROM {_entering(sql)}"  # noqa: S608 - ours


@lru_cache(maxsize=4096)
def together(sql: str) -> str | None:
    """Returns the statement that answers many argument lists of a statement at once, in their order.

    Each parameter becomes an array, and a row of the arrays takes the parameters' place; the tenant, one for
    all, is the last. None where a parameter is itself an array, or of a type that is not expected.
    """
    types = {int(number): type_ for number, type_ in PARAMETER.findall(sql)}
    used = {int(number) for number in re.findall(r"\$(\d+)", sql)}
    if not used or set(types) != used or used != set(range(1, len(used) + 1)):
        return None
    if len(PARAMETER.findall(sql)) != len(re.findall(r"\$\d+", sql)):
        return None
    one = PARAMETER.sub(lambda match: f"asked.given_{match[1]}", sql)
    arrays = ", ".join(f"${number}::{types[number]}[]" for number in sorted(types))
    names = ", ".join(f"given_{number}" for number in sorted(types))
    return (
        f"SELECT ({one}) FROM {_entering(sql)}, "  # noqa: S608 - ours
        f"unnest({arrays}) WITH ORDINALITY AS asked ({names}, place) ORDER BY asked.place"
    )


def _entering(sql: str) -> str:
    """Returns the part of a FROM clause that tells the tenant, for as long as the statement runs.

    A row leaves FROM before its columns are computed, so whatever reads a table comes after it. Were it ever
    otherwise, the policies would meet no tenant and show no rows.
    """
    last = max((int(number) for number in re.findall(r"\$(\d+)", sql)), default=0) + 1
    return f"set_config('{TENANT_SETTING}', ${last}::uuid::text, true) AS entered"
