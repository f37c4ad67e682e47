"""What is promised to those who wait, and is it kept? Calendars, policies and the clocks of matters."""

from service.interactions.clocks.calendars import (
    Holiday,
    Period,
    WorkingHours,
    calendar_create,
    calendar_revise,
)
from service.interactions.clocks.firing import AT_ONCE, fire
from service.interactions.clocks.keeping import follow, start
from service.interactions.clocks.policies import (
    PolicyWording,
    Promised,
    policy_create,
    policy_retire,
    policy_revise,
)

__all__ = [
    "AT_ONCE",
    "Holiday",
    "Period",
    "PolicyWording",
    "Promised",
    "WorkingHours",
    "calendar_create",
    "calendar_revise",
    "fire",
    "follow",
    "policy_create",
    "policy_retire",
    "policy_revise",
    "start",
]
