"""Who does periodic work, and when? Every process offers itself; the database says who may.

A job of a tenant is claimed before it is done, the claim is renewed meanwhile, and finishing it says when it
is due again. A process that ends leaves a claim that runs out, so nothing is forgotten and little is late.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from uuid import UUID

from infra.database import Database
from infra.jobs import Job
from infra.telemetry import meters, names
from service.ground import schedule
from service.ground.actor import Actor, ActorKind
from service.ground.schedule import Claim

LONGEST_WAIT_SECONDS = 15.0
"""After so long a new tenant, or a claim that ran out early, is noticed."""

Report = Callable[[BaseException], str]
Around = Callable[[str], AbstractContextManager[object]]
"""Follows one run of the job with this name."""


class Timer:
    """One process's share of the periodic work."""

    def __init__(
        self, database: Database, jobs: Sequence[Job], report: Report, around: Around = nullcontext
    ) -> None:
        """Prepares to do these jobs, each inside `around`; `report` is told of what fails."""
        self._around = around
        self._database = database
        self._jobs = jobs
        self._report = report
        self._holder = secrets.token_hex(8)
        self._not_before: dict[tuple[UUID, str], float] = {}

    async def run(self) -> None:
        """Does what is due until cancelled; no job waits for another."""
        async with asyncio.TaskGroup() as group:
            for job in self._jobs:
                group.create_task(self._repeat(job))

    async def once(self) -> list[tuple[str, str]]:
        """Does what is due now; returns the tenant's key and the job's name of all that was done."""
        return [(key, job.name) for job in self._jobs for key in await self._everywhere(job)]

    async def _repeat(self, job: Job) -> None:
        while True:
            try:
                await self._everywhere(job)
            except Exception as error:  # noqa: BLE001 - a lost connection must not end the work for ever
                self._report(error)
            await asyncio.sleep(min(job.interval.total_seconds(), LONGEST_WAIT_SECONDS))

    async def _everywhere(self, job: Job) -> list[str]:
        """Does a job for every tenant where it is due; returns their keys."""
        tenants = await self._database.tenants()
        return [key for key, id_ in sorted(tenants.items()) if await self._do(job, _system(id_, key))]

    async def _do(self, job: Job, actor: Actor) -> bool:
        """Does a job for a tenant if it is due and nobody else does it; tells whether it was done."""
        place, now = (actor.tenant_id, job.name), asyncio.get_running_loop().time()
        if self._not_before.get(place, now) > now:
            return False
        try:
            claim = await self._claim(job, actor)
            if isinstance(claim, Claim):
                return await self._do_claimed(job, claim, actor)
        except asyncio.CancelledError:
            # Who is cancelled on the way does not know whether the claim was taken, or finished.
            async with self._database.work(actor) as session:
                await schedule.release(session, Claim(job.name, self._holder))
            raise
        self._not_before[place] = now + min(claim, LONGEST_WAIT_SECONDS)
        return False

    async def _do_claimed(self, job: Job, claim: Claim, actor: Actor) -> bool:
        """Does a job, and says when it is due again; tells whether it was done."""
        begun = time.perf_counter()
        async with self._keeping(claim, actor):
            failed = await self._fails(job, actor)
        meters.histogram(names.JOB_DURATION).record(time.perf_counter() - begun, job.name)
        meters.counter(names.JOB_RUNS).add(1, job.name, "failed" if failed else "done")
        async with self._database.work(actor) as session:
            await schedule.finish(session, claim, job.interval, failed=failed)
        return not failed

    async def _claim(self, job: Job, actor: Actor) -> Claim | float:
        """Returns the claim, or for how many seconds there is none to be had."""
        for _ in range(2):  # the second time a job that was new here is in the schedule
            async with self._database.work(actor) as session:
                found = await schedule.claim(session, job.name, self._holder)
            if isinstance(found, Claim):
                return found
            if found.total_seconds() > 0:
                return found.total_seconds()
        return 0.0

    async def _fails(self, job: Job, actor: Actor) -> bool:
        try:
            with self._around(job.name):
                await job.run(self._database, actor)
        except Exception as error:  # noqa: BLE001 - whatever a job did not expect is reported; it is due again
            self._report(error)
            return True
        return False

    @asynccontextmanager
    async def _keeping(self, claim: Claim, actor: Actor) -> AsyncIterator[None]:
        """Keeps a claim while the work goes on."""
        renewing = asyncio.create_task(self._renew(claim, actor))
        try:
            yield
        finally:
            renewing.cancel()

    async def _renew(self, claim: Claim, actor: Actor) -> None:
        while True:
            await asyncio.sleep(schedule.LEASE.total_seconds() / 3)
            async with self._database.work(actor) as session:
                if not await schedule.renew(session, claim):
                    return


def _system(tenant_id: UUID, tenant_key: str) -> Actor:
    return Actor(tenant_id, tenant_key, "system", ActorKind.SYSTEM, frozenset())


@asynccontextmanager
async def running(timer: Timer) -> AsyncIterator[None]:
    """Lets a timer do its work beside something else, and ends it in order."""
    task = asyncio.create_task(timer.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
