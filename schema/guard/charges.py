"""What does asking cost? Whoever runs the service may meter it; this is what the two agree on."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from service.ground.actor import Actor


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a tenant has left at this moment."""

    limit: int
    """Points that a tenant can have saved up."""
    remaining: int
    reset_at: datetime
    """When all points will be there again, if nothing is asked until then."""


class RateLimitedError(Exception):
    """The tenant has used up its points; holds after how many seconds this request would be answered."""

    def __init__(self, retry_after: float) -> None:
        """Remember the wait in seconds."""
        super().__init__("The tenant's points are used up for the moment.")
        self.retry_after = retry_after

    @property
    def seconds(self) -> int:
        """The whole seconds to wait, as clients are told them."""
        return max(1, math.ceil(self.retry_after))


class Charge(Protocol):
    """Keeps account of points."""

    def take(self, actor: Actor, points: int) -> None:
        """Charge the actor's tenant; raises RateLimitedError where it has too few points left."""

    def allowance(self, actor: Actor) -> Allowance | None:
        """Return what the actor's tenant has left; None where nobody counts."""


class Free:
    """Lets everything pass and counts nothing."""

    def take(self, actor: Actor, points: int) -> None:
        """Charge nothing."""

    def allowance(self, actor: Actor) -> Allowance | None:
        """Return None: there is no account."""


FREE: Final = Free()
