"""Where does a transaction begin? Behind one of two doors, and nowhere else."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from service.ground.actor import Actor
from service.ground.session import Session


class Away(Exception):
    """The database cannot be reached now; nothing was changed, or nobody can tell."""


class Doors(Protocol):
    """The ways into the database."""

    def work(self, actor: Actor) -> AbstractAsyncContextManager[Session]:
        """Open a transaction for writing; leaving it commits, any exception rolls everything back."""

    async def read(self, tenant_id: UUID, sql: str, arguments: Sequence[object]) -> bytes:
        """Run one planned statement inside a tenant and return its single text as bytes."""
