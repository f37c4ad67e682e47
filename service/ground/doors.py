"""Where does a transaction begin? Behind one of two doors, and nowhere else."""

from asyncio import Future
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from service.ground.actor import Actor
from service.ground.idempotency import Claim
from service.ground.session import Session


class Unreachable(Exception):
    """The database went away before the transaction was to be kept: nothing was done."""


class OutcomeUnknown(Exception):
    """The database went away while the transaction was being kept: it was done, or it was not."""


class Doors(Protocol):
    """The ways into the database."""

    def work(self, actor: Actor, claim: Claim | None = None) -> AbstractAsyncContextManager[Session]:
        """Open a transaction for writing; leaving it commits, any exception rolls everything back.

        A claimed key is kept with what the transaction did; where it is taken, the session `repeats`.
        Raises Unreachable, or OutcomeUnknown where the connection ended with COMMIT on its way.
        """

    def read(self, tenant_id: UUID, sql: str, arguments: Sequence[object]) -> Future[bytes]:
        """Run one planned statement inside a tenant, whose single text is awaited as bytes."""
