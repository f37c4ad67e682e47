"""When is periodic work done next, and who does it? One row for each job of a tenant, claimed for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Boolean, Interval, String, bindparam, case, func, or_, select, update
from sqlmodel import Field

from service.ground.keys import uuid7
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import SortedText, TenantRow, moment, table_of, unique


class PeriodicJob(TenantRow, table=True):
    """A job of one tenant: when it is due, who has claimed it until when, and how it went."""

    __tablename__ = "periodic_job"
    __table_args__ = (unique("name"),)

    name: str = Field(sa_type=SortedText)
    due_at: datetime = moment()
    holder: str | None = None
    claimed_until: datetime | None = moment(nullable=True)
    finished_at: datetime | None = moment(nullable=True)
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """One process's right to do a job, until `LEASE` has passed without a renewal."""

    name: str
    holder: str


LEASE = timedelta(seconds=30)
"""How long a claim lasts that nobody renews: after so long another process takes a job over."""

_job = table_of(PeriodicJob)
# The database's own clock decides, so that processes whose clocks differ agree.
_now = func.now()
NAME, HOLDER = bindparam("job", type_=String()), bindparam("claimant", type_=String())
LASTING = bindparam("lasting", type_=Interval())
_named = (_job.c.tenant_id == TENANT, _job.c.name == NAME)
_held = (*_named, _job.c.holder == HOLDER)

CLAIMING = Statement(
    update(_job)
    .values(holder=HOLDER, claimed_until=_now + LASTING)
    .where(*_named, _job.c.due_at <= _now, or_(_job.c.claimed_until.is_(None), _job.c.claimed_until <= _now))
    .returning(_job.c.id)
)
RENEWING = Statement(update(_job).values(claimed_until=_now + LASTING).where(*_held).returning(_job.c.id))
RELEASING = Statement(update(_job).values(holder=None, claimed_until=None).where(*_held).returning(_job.c.id))
FINISHING = Statement(
    update(_job)
    .values(
        holder=None,
        claimed_until=None,
        finished_at=_now,
        due_at=_now + LASTING,
        failures=case((bindparam("failed", type_=Boolean()), _job.c.failures + 1), else_=0),
    )
    .where(*_held)
    .returning(_job.c.id)
)
_free_at = func.greatest(_job.c.due_at, func.coalesce(_job.c.claimed_until, _job.c.due_at))
WAITING = Statement(select((_free_at - _now).label("wait")).where(*_named))


async def claim(session: Session, name: str, holder: str) -> Claim | timedelta:
    """Claim a job; return how long to wait where it is not due yet, or where another has it.

    A job that is new in this tenant is due at once.
    """
    if await session.row(CLAIMING, job=name, claimant=holder, lasting=LEASE):
        return Claim(name, holder)
    row = await session.row(WAITING, job=name)
    if row is not None:
        wait: timedelta = row["wait"]
        return wait
    new = {"id": uuid7(), "name": name, "due_at": session.now, "failures": 0}
    await session.insert_new(PeriodicJob, [new], ("name",))
    return timedelta(0)


async def renew(session: Session, claim: Claim) -> bool:
    """Keep a claim for longer; tell whether it was still held."""
    return bool(await session.row(RENEWING, job=claim.name, claimant=claim.holder, lasting=LEASE))


async def release(session: Session, claim: Claim) -> None:
    """Give a claim back undone: whoever asks next may have it at once."""
    await session.run(RELEASING, job=claim.name, claimant=claim.holder)


async def finish(session: Session, claim: Claim, interval: timedelta, *, failed: bool = False) -> None:
    """Give a claim back; the job is due again after its interval, whether or not it went well."""
    await session.run(FINISHING, job=claim.name, claimant=claim.holder, lasting=interval, failed=failed)
