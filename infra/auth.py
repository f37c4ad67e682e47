"""Who asks? In development a header names the tenant and everybody is trusted; the service says so loudly."""

from collections.abc import Mapping
from typing import Protocol

from infra.database import Database
from service.ground.actor import Actor, ActorKind
from service.ground.scopes import EVERY

TENANT_HEADER = b"x-cx-tenant"
SUBJECT_HEADER = b"x-cx-subject"
LOUD = "DEVELOPMENT IDENTITY: every caller is trusted and names its tenant in the header x-cx-tenant."

Headers = Mapping[bytes, bytes]


class Unauthenticated(Exception):
    """The request does not say who asks; the message says what is missing."""


class Identities(Protocol):
    """Finds out who asks."""

    async def actor(self, headers: Headers) -> Actor:
        """Returns the actor of a request; raises Unauthenticated."""


class DevelopmentIdentities:
    """Believes what the request says of itself."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[tuple[bytes, bytes], Actor] = {}

    async def actor(self, headers: Headers) -> Actor:
        """Returns a human of the tenant that the header names; where it names none, of the only tenant."""
        claim = headers.get(TENANT_HEADER, b""), headers.get(SUBJECT_HEADER, b"developer")
        return self._known.get(claim) or await self._believe(*claim)

    async def _believe(self, tenant: bytes, subject: bytes) -> Actor:
        tenants = await self._database.tenants()
        key = tenant.decode("latin-1")
        if not key and len(tenants) == 1:
            key = next(iter(tenants))
        if key not in tenants:
            known = ", ".join(sorted(tenants)) or "none yet: `python -m infra tenant KEY NAME` makes one"
            raise Unauthenticated(f"Name a tenant in the header x-cx-tenant. Tenants here: {known}.")
        actor = Actor(tenants[key], key, subject.decode("latin-1"), ActorKind.HUMAN, EVERY)
        if len(self._known) < len(tenants) * 100:
            self._known[tenant, subject] = actor
        return actor
