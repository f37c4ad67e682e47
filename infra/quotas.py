"""How much may a tenant ask for? A bucket of points for each, which refills as time goes by.

The buckets are this process's own: with several replicas a tenant has as many of each.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from schema.guard.charges import Allowance, RateLimitedError
from service.ground.actor import Actor

MOST_BUCKETS: Final = 10_000


@dataclass(slots=True)
class Bucket:
    """The points of one tenant, as they were at a moment."""

    left: float
    at: float


@dataclass(slots=True)
class Quotas:
    """Keeps account of every tenant's points."""

    per_second: float
    most: int
    """Points that can be saved up."""
    clock: Callable[[], float] = time.monotonic
    _buckets: dict[UUID, Bucket] = field(default_factory=dict)

    def take(self, actor: Actor, points: int) -> None:
        """Charges the actor's tenant; raises RateLimitedError where it has too few points left."""
        now = self.clock()
        bucket = self._buckets.get(actor.tenant_id) or self._opened(actor.tenant_id, now)
        left = bucket.left + (now - bucket.at) * self.per_second
        left = min(left, self.most)
        bucket.at = now
        # What is dearer than a full bucket is let through a full one, else it could never be asked.
        if left < points and left < self.most:
            bucket.left = left
            raise RateLimitedError((min(points, self.most) - left) / self.per_second)
        bucket.left = left - points

    def allowance(self, actor: Actor) -> Allowance:
        """Returns what the actor's tenant has left."""
        now = self.clock()
        bucket = self._buckets.get(actor.tenant_id) or Bucket(self.most, now)
        left = min(bucket.left + (now - bucket.at) * self.per_second, self.most)
        whole = timedelta(seconds=(self.most - left) / self.per_second)
        return Allowance(self.most, max(0, math.floor(left)), datetime.now(UTC) + whole)

    def _opened(self, tenant: UUID, now: float) -> Bucket:
        """Returns the full bucket of a tenant; forgets those that are full again when there are many."""
        if len(self._buckets) >= MOST_BUCKETS:
            full = self.most / self.per_second
            self._buckets = {key: one for key, one in self._buckets.items() if now - one.at < full}
        return self._buckets.setdefault(tenant, Bucket(self.most, now))
