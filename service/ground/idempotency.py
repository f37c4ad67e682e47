"""Was this asked before? A key names a request; what was answered is kept together with what was done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import Field

from service.ground.problems import Contended, ErrorCode, Problem
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import Moment, TenantRow, index, moment, table_of

KEPT_FOR = timedelta(hours=24)
"""How long a key is remembered."""


class IdempotentAnswer(TenantRow, table=True):
    """What was answered to a request that named a key; the id is a digest of the key, which is not kept."""

    __tablename__ = "idempotent_answer"
    __table_args__ = (index("ix_idempotent_answer_made_at", "made_at"),)

    arguments: bytes
    selection: bytes
    answer: bytes | None = Field(default=None)
    made_at: datetime = moment()


class KeyReused(Problem):
    """The key belongs to a request that was carried out: {difference}. A new request needs a new key."""

    code = ErrorCode.KEY_REUSED


class InProgress(Problem):
    """The same request is being carried out at this moment; send it again in a second."""

    code = ErrorCode.IN_PROGRESS


@dataclass(frozen=True, slots=True)
class Claim:
    """One request under a key: which one it is, and digests of what it asks to be done and to be shown."""

    id: UUID
    arguments: bytes
    selection: bytes

    @classmethod
    def on(cls, field: str, key: str, arguments: bytes, selection: bytes) -> "Claim":
        """Claim a key for one field of the mutations."""
        named = sha256(f"{field}\0{key}".encode()).digest()
        return cls(UUID(bytes=named[:16]), sha256(arguments).digest(), sha256(selection).digest())

    def sql(self, tenant_id: UUID) -> str:
        """Return the statement that takes the key unless it is taken.

        It holds digests and ids only, so it can travel in one message with BEGIN, which takes no arguments.
        Where another transaction is just taking the same key, it waits for the end of that one.
        """
        digests = f"'\\x{self.arguments.hex()}', '\\x{self.selection.hex()}'"
        return (
            "INSERT INTO idempotent_answer (tenant_id, id, arguments, selection, made_at) "  # noqa: S608 - hex
            f"VALUES ('{tenant_id}', '{self.id}', {digests}, now()) ON CONFLICT DO NOTHING"
        )

    def keeping(self, tenant_id: UUID, answer: bytes) -> str:
        """Return the statement that stores the answer; in hexadecimal, it can travel in COMMIT's message."""
        return (
            f"UPDATE idempotent_answer SET answer = '\\x{answer.hex()}' "  # noqa: S608 - hex and ids
            f"WHERE tenant_id = '{tenant_id}' AND id = '{self.id}'"
        )


_kept = table_of(IdempotentAnswer)
_mine = (_kept.c.tenant_id == TENANT, _kept.c.id == bindparam("claim"))
FINDING = Statement(select(_kept).where(*_mine))
EMPTYING = Statement(update(_kept).where(_kept.c.tenant_id == TENANT).values(answer=None))
FORGETTING = Statement(
    delete(_kept).where(_kept.c.tenant_id == TENANT, _kept.c.made_at < bindparam("limit", type_=Moment()))
)


async def recall(session: Session, claim: Claim) -> bytes:
    """Return what was answered to the same request; raises KeyReused for another one under the key."""
    kept = await session.row(FINDING, claim=claim.id)
    if kept is None:
        raise Contended  # the key was let go a moment ago
    if kept["arguments"] != claim.arguments:
        raise KeyReused("@idempotent", "key", difference="its arguments differ from these")
    if kept["answer"] is None:
        raise KeyReused("@idempotent", "key", difference="its answer held personal data and was erased")
    if kept["selection"] != claim.selection:
        raise KeyReused("@idempotent", "key", difference="it asked for other fields, or with other scopes")
    answer: bytes = kept["answer"]
    return answer


async def forget(session: Session) -> None:
    """Let the keys go that are older than a day."""
    await session.run(FORGETTING, limit=session.now - KEPT_FOR)


async def empty(session: Session) -> None:
    """Let no kept answer of the tenant show anything any more; the keys stay taken."""
    await session.run(EMPTYING)
