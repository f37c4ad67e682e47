"""Which inputs do several chapters take? Comparisons of filters, directions, external ids."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.ground.fields import closed_set, value


class OrderDirection(Enum):
    """Which end comes first."""

    ASC = "ASC"
    DESC = "DESC"


closed_set(
    OrderDirection,
    "Which end comes first.",
    ASC="The smallest, or the earliest.",
    DESC="The largest, or the latest.",
)


@strawberry.input(description="A half-open span of time; an absent end is open.")
class DateTimeRange:
    """A span of time."""

    gte: datetime | None = value("From this moment on.", default=strawberry.UNSET)
    lt: datetime | None = value("Before this moment.", default=strawberry.UNSET)


@strawberry.input(description="A comparison of a text; all that are given must hold.")
class StringFilter:
    """A comparison of a text."""

    eq: str | None = value("Equal, letter by letter.", default=strawberry.UNSET)
    in_: list[str] | None = value("Equal to one of these, at most 100.", default=strawberry.UNSET, name="in")
    starts_with: str | None = value("Begins with this, letter by letter.", default=strawberry.UNSET)


@strawberry.input(description="A span of numbers, both ends included; an absent end is open.")
class FloatRange:
    """A span of numbers."""

    gte: float | None = value("At least this.", default=strawberry.UNSET)
    lte: float | None = value("At most this.", default=strawberry.UNSET)


@strawberry.input(description="A name that another system gave to a thing.")
class ExternalIdInput:
    """An external id."""

    system: str = value("The system that gave it, such as `salesforce`.")
    value: str = strawberry.field(description="The name it gave.")
