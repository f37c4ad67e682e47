"""What is loaded, in which order, in which portions? The plan that the sender follows for each tenant."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import cast

from infra.demo import (
    airport,
    airport_catalogue,
    airport_story,
    servicedesk,
    servicedesk_catalogue,
    servicedesk_story,
)
from infra.demo.rows import InteractionRow, Row
from infra.demo.story import Story

BATCH_ROWS = 1_000
BATCH_LEDGER_ENTRIES = 5_000


class Kind(StrEnum):
    """The kinds of rows, in the order in which they must arrive."""

    TEAM = "team"
    CONTACT_REASON = "contact reason"
    SURVEY = "survey"
    TOUCHPOINT = "touchpoint"
    JOURNEY = "journey"
    CALENDAR = "business calendar"
    POLICY = "SLA policy"
    CUSTOMER = "customer"
    INTERACTION = "interaction"
    FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True)
class Load:
    """Rows of one kind; `total` is for the progress bar and is checked against the rows by a test."""

    kind: Kind
    total: int
    rows: Callable[[], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class Tenant:
    """A demo tenant and everything that goes into it."""

    key: str
    name: str
    loads: tuple[Load, ...]
    story: Story

    @property
    def total(self) -> int:
        """How many rows go into it."""
        return sum(load.total for load in self.loads)


def tenants(years: Sequence[int] = airport.YEARS) -> tuple[Tenant, ...]:
    """Both tenants, the smaller first; the airport's years come newest first."""
    return (
        Tenant(
            "servicedesk",
            "Service desk",
            (
                Load(Kind.TEAM, 78, servicedesk.teams),
                Load(Kind.CONTACT_REASON, 388, servicedesk.reasons),
                Load(Kind.SURVEY, 1, servicedesk_catalogue.surveys),
                Load(Kind.TOUCHPOINT, 6, servicedesk_catalogue.touchpoints),
                Load(Kind.JOURNEY, 1, servicedesk_catalogue.journeys),
                Load(Kind.CALENDAR, 1, servicedesk_catalogue.calendars),
                Load(Kind.POLICY, 2, servicedesk_catalogue.policies),
                Load(Kind.CUSTOMER, 5_245, servicedesk.customers),
                Load(Kind.INTERACTION, 24_918, servicedesk.interactions),
            ),
            servicedesk_story.STORY,
        ),
        Tenant(
            "airport",
            "San Francisco International Airport",
            (
                Load(Kind.CONTACT_REASON, 154, airport_catalogue.reasons),
                Load(Kind.SURVEY, 6, airport_catalogue.surveys),
                Load(Kind.TOUCHPOINT, 20, airport_catalogue.touchpoints),
                Load(Kind.JOURNEY, 1, airport_catalogue.journeys),
                *(load for year in years for load in _year(year)),
            ),
            airport_story.STORY,
        ),
    )


_INTERVIEWS = {
    2010: 3_234,
    2011: 3_872,
    2012: 3_521,
    2013: 3_535,
    2014: 2_818,
    2015: 2_958,
    2016: 3_087,
    2017: 2_831,
    2018: 2_809,
}
_ANSWERS = {
    2010: 48_948,
    2011: 58_634,
    2012: 56_448,
    2013: 62_598,
    2014: 51_661,
    2015: 54_628,
    2016: 57_583,
    2017: 55_949,
    2018: 53_322,
}


def _year(year: int) -> tuple[Load, Load]:
    return (
        Load(Kind.CUSTOMER, _INTERVIEWS[year], partial(airport.customers, (year,))),
        Load(Kind.FEEDBACK, _ANSWERS[year], partial(airport.feedback, (year,))),
    )


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Portions of at most 1,000 rows; interactions also bring at most 5,000 ledger entries together."""
    batch: list[Row] = []
    entries = 0
    for row in rows:
        more = ledger_length(row)
        if batch and (len(batch) == BATCH_ROWS or entries + more > BATCH_LEDGER_ENTRIES):
            yield batch
            batch, entries = [], 0
        batch.append(row)
        entries += more
    if batch:
        yield batch


def ledger_length(row: Row) -> int:
    """How many ledger entries a row brings along; none unless it is an interaction."""
    return len(cast("InteractionRow", row)["events"]) if "events" in row else 0
