"""Because of what is something written? Whoever began it leaves a place here, which its events carry on."""

from contextvars import ContextVar
from typing import Protocol


class Origin(Protocol):
    """Where in a larger story the work stands that goes on now."""

    def sent(self, event_type: str) -> str:
        """Tell that an event is written, and return the place that it carries on, as a W3C traceparent."""


ORIGIN: ContextVar[Origin | None] = ContextVar("ORIGIN", default=None)
"""Where the work stands that goes on now; None where nobody follows it."""


def carried(event_type: str) -> str | None:
    """Return the place that an event of this type carries on, None where nobody follows."""
    origin = ORIGIN.get()
    return origin.sent(event_type) if origin else None
