"""When did it happen? At the time that was sent, if that can be, or now."""

from datetime import datetime, timedelta

from service.ground.problems import Invalid

FAST_CLOCK = timedelta(minutes=5)
"""How far the clock of whoever sends may be ahead of ours."""


def happened_at(sent: datetime | None, now: datetime, *field: str | int) -> datetime:
    """Return the time that was sent, or now; raises Invalid, placed at `field`, for a time yet to come."""
    if sent is None:
        return now
    if sent > now + FAST_CLOCK:
        raise Invalid(*field, reason="This time has not come yet.")
    return sent
