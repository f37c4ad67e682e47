"""What does the database hold in the end, compared with what the clients were told?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from tests.kill.writers import Matter

WRITTEN = """
SELECT i.subject, 'int_' || i.id AS id, e.position, e.body, e.id AS entry
FROM interaction i JOIN interaction_event e ON e.tenant_id = i.tenant_id AND e.interaction_id = i.id
WHERE i.subject LIKE $1 || '-%' ORDER BY i.id, e.position
"""
TOLD = """
SELECT i.subject, o.type, o.payload ->> 'entry' AS entry
FROM interaction i JOIN outbox_event o ON o.tenant_id = i.tenant_id AND o.subject_id = i.id
WHERE i.subject LIKE $1 || '-%' AND o.type IN ('interaction.opened', 'interaction.message_added')
ORDER BY i.id, o.id
"""
AUDITED = """
SELECT count(*) FROM audit_entry a JOIN interaction i
  ON i.tenant_id = a.tenant_id AND a.subjects -> 'interaction.opened' ->> 0 = i.id::text
WHERE i.subject LIKE $1 || '-%'
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What went wrong; nothing may be in any of these, except doubles where there were no keys."""

    lost: Sequence[str]
    doubled: Sequence[str]
    out_of_order: Sequence[str]
    unaudited: int


async def judge(url: str, run: str, matters: Sequence[Matter]) -> Verdict:
    """Compare what was acknowledged with what is kept."""
    connection = await asyncpg.connect(url)
    try:
        written, told = await connection.fetch(WRITTEN, run), await connection.fetch(TOLD, run)
        audited = await connection.fetchval(AUDITED, run)
    finally:
        await connection.close()
    opened = [row["subject"] for row in written if row["position"] == 1]
    names = Counter([*opened, *(row["body"] for row in written if row["body"])])
    ids = {row["id"] for row in written}
    wanted = [m.id for m in matters if m.id] + [body for m in matters for body in m.messages]
    return Verdict(
        [name for name in wanted if name not in names and name not in ids],
        [name for name, times in names.items() for _ in range(times - 1)],
        _out_of_order(written, told),
        len(opened) - audited,
    )


def _out_of_order(written: Sequence[asyncpg.Record], told: Sequence[asyncpg.Record]) -> list[str]:
    """Return the matters whose events do not tell, one each and in order, what their ledgers hold."""
    ledgers: dict[str, list[str]] = {}
    for row in written:
        kind = "interaction.opened" if row["position"] == 1 else str(row["entry"])
        ledgers.setdefault(row["subject"], []).append(kind)
    events: dict[str, list[str]] = {}
    for row in told:
        events.setdefault(row["subject"], []).append(row["entry"] or row["type"])
    return [subject for subject, ledger in ledgers.items() if events.get(subject) != ledger]
