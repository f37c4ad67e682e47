"""How does a field ask? Each kind of field here names what it reads of a metric's answer."""

from dataclasses import dataclass
from enum import StrEnum

from service.metrics.questions import Place


class Granularity(StrEnum):
    """How long the buckets of a series are; they begin with the day, week or month of the time zone."""

    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


class Breakdown(StrEnum):
    """By what an answer is broken down."""

    CHANNEL = "CHANNEL"
    CONTACT_REASON = "CONTACT_REASON"
    JOURNEY = "JOURNEY"
    STAGE = "STAGE"
    SURVEY = "SURVEY"
    TEAM = "TEAM"
    TOUCHPOINT = "TOUCHPOINT"


@dataclass(frozen=True, slots=True)
class Asked:
    """A field that answers questions at one kind of node; `many` answers a list of them."""

    place: Place
    many: bool = False


class Told(StrEnum):
    """What a field tells beside the value itself."""

    SERIES = "SERIES"
    GROUPS = "GROUPS"
    PREVIOUS = "PREVIOUS"
    ROW_IDS = "ROW_IDS"
