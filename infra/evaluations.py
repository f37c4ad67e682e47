"""Did what has shipped work, does what was resolved stay away? Looked at by nobody's hand."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from infra.database import Database
from service import initiatives
from service.ground.actor import Actor
from service.ground.batches import Outcome
from service.ground.problems import Problem
from service.ground.session import Session


@dataclass(slots=True)
class Found:
    """What a run did; `refused` says of which initiatives or insights nothing could be said, and why."""

    evaluated: int = 0
    unchanged: int = 0
    regressed: int = 0
    refused: dict[UUID, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return it in a sentence."""
        return (
            f"{self.evaluated} evaluated anew, {self.unchanged} unchanged, {self.regressed} regressed, "
            f"{len(self.refused)} refused"
        )


async def work(database: Database, system: Actor) -> Found:
    """Evaluates what is due and watches what is resolved, each in a transaction of its own."""
    found = Found()

    async def evaluate(session: Session, id_: UUID) -> None:
        judged = await initiatives.judging.evaluate(session, id_)
        if judged.outcome is Outcome.UNCHANGED:
            found.unchanged += 1
        else:
            found.evaluated += 1

    async def watch(session: Session, id_: UUID) -> None:
        found.regressed += await initiatives.watch.watch(session, id_)

    await _each(database, system, initiatives.judging.due, evaluate, found)
    await _each(database, system, initiatives.watch.resolved, watch, found)
    return found


async def _each(
    database: Database,
    system: Actor,
    listing: Callable[[Session], Awaitable[list[UUID]]],
    look: Callable[[Session, UUID], Awaitable[None]],
    found: Found,
) -> None:
    """Looks at each thing alone: one that is refused leaves the others as they are."""
    async with database.work(system) as session:
        ids = await listing(session)
    for id_ in ids:
        try:
            async with database.work(system) as session:
                await look(session, id_)
        except Problem as problem:
            found.refused[id_] = problem.message
