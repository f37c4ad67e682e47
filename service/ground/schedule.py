"""When is periodic work done next, and who does it? One row for each job of a tenant, claimed for a while."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, bindparam, or_, select, update
from sqlmodel import Field

from service.ground.keys import uuid7
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import Moment, SortedText, TenantRow, moment, table_of, unique


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


LEASE = timedelta(seconds=60)
"""How long a claim lasts that nobody renews: after so long another process takes a job over."""

_job = table_of(PeriodicJob)
NOW = bindparam("now", type_=Moment())
UNTIL = bindparam("until", type_=Moment())
NAME, HOLDER = bindparam("name", type_=String()), bindparam("holder", type_=String())
_named = (_job.c.tenant_id == TENANT, _job.c.name == NAME)

CLAIMING = Statement(
    update(_job)
    .values(holder=HOLDER, claimed_until=UNTIL)
    .where(*_named, _job.c.due_at <= NOW, or_(_job.c.claimed_until.is_(None), _job.c.claimed_until <= NOW))
    .returning(_job.c.id)
)
RENEWING = Statement(
    update(_job).values(claimed_until=UNTIL).where(*_named, _job.c.holder == HOLDER).returning(_job.c.id)
)
FINISHING = Statement(
    update(_job)
    .values(holder=None, claimed_until=None, finished_at=NOW, due_at=UNTIL, failures=bindparam("failures"))
    .where(*_named, _job.c.holder == HOLDER)
    .returning(_job.c.id)
)
FAILURES = Statement(select(_job.c.failures).where(*_named))
SCHEDULE = Statement(
    select(_job.c.name, _job.c.due_at, _job.c.claimed_until).where(_job.c.tenant_id == TENANT)
)


async def schedule(session: Session, names: Mapping[str, timedelta]) -> dict[str, datetime]:
    """Return when each job may next be claimed, by name; one that is new here is due at once."""
    rows = {row["name"]: row for row in await session.rows(SCHEDULE)}
    new = [{"id": uuid7(), "name": n, "due_at": session.now, "failures": 0} for n in names if n not in rows]
    await session.insert_new(PeriodicJob, new, ("name",))
    free = {n: max(row["due_at"], row["claimed_until"] or row["due_at"]) for n, row in rows.items()}
    return {name: free.get(name, session.now) for name in names}


async def claim(session: Session, name: str, holder: str) -> Claim | None:
    """Claim a job that is due; None where it is not, or where another has it."""
    until = session.now + LEASE
    row = await session.row(CLAIMING, name=name, holder=holder, now=session.now, until=until)
    return Claim(name, holder) if row else None


async def renew(session: Session, claim: Claim) -> bool:
    """Keep a claim for longer; tell whether it is still held."""
    until = session.now + LEASE
    return bool(await session.row(RENEWING, name=claim.name, holder=claim.holder, until=until))


async def finish(session: Session, claim: Claim, interval: timedelta, *, failed: bool = False) -> None:
    """Give a claim back; the job is due again after its interval, whether or not it went well."""
    row = await session.row(FAILURES, name=claim.name)
    failures = 1 + (row["failures"] if row else 0) if failed else 0
    due_at = session.now + interval
    await session.run(
        FINISHING, name=claim.name, holder=claim.holder, now=session.now, until=due_at, failures=failures
    )
