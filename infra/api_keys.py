"""Whose key is this? Looked up by its public part, compared by its digest, always in the same way."""

import hmac
import time
from collections.abc import Callable

from infra.bearer_tokens import Refused
from infra.database import Database
from service.access.keys import presented
from service.ground.actor import Actor, ActorKind
from service.ground.scopes import EVERY

SEEN_SECONDS = 5.0
"""For how long an answer about a key holds: a revocation is noticed by then."""
NOBODY = bytes(32)
LOOK_UP = """
    SELECT held.name, held.secret_sha256, held.scopes, held.expires_at, tenant.key AS tenant_key
    FROM api_key AS held JOIN tenant ON tenant.id = held.tenant_id
    WHERE held.tenant_id = $1 AND held.id = $2 AND held.revoked_at IS NULL
"""


class ApiKeys:
    """Knows integrations by their keys."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def actor(self, text: str) -> tuple[Actor, float]:
        """Returns whose key a text is, and until when that holds; raises Refused."""
        claim = presented(text)
        if claim is None:
            raise Refused("This is no key.")
        rows = await self._database.within(claim.tenant_id, LOOK_UP, claim.tenant_id, claim.key_id)
        kept = rows[0]["secret_sha256"] if rows else NOBODY
        proven = hmac.compare_digest(kept, claim.digest)
        until = rows[0]["expires_at"].timestamp() if rows else 0.0
        now = self._clock()
        if not rows or not proven or until <= now:
            raise Refused("The key is unknown, revoked or expired.")
        found = rows[0]
        scopes = EVERY & set(found["scopes"].split())
        subject = f"integration:{found['name']}"
        actor = Actor(claim.tenant_id, found["tenant_key"], subject, ActorKind.INTEGRATION, scopes)
        return actor, min(until, now + SEEN_SECONDS)
