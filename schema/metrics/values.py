"""How does a metric's value look to a client? With its sample, interval and flags, over time and by group."""

from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import FromClause, case, func

from schema.ground.fields import answered, closed_set, column, nested, planned, value
from service.ground.reads import Expression, Nested
from service.metrics import asking, definitions
from service.metrics.ids import MetricId
from service.metrics.registry import DEFINITIONS

closed_set(
    MetricId,
    "A metric of the registry.",
    **{each.id: f"{each.name}: {each.formula}." for each in DEFINITIONS},
)
closed_set(
    definitions.MetricFlag,
    "What a reader of a value must know.",
    LOW_SAMPLE="Too few cases to rest on.",
    CENSORED="Some of what is counted is not over yet.",
    PARTIAL_BUCKET="The span is cut, or not over yet.",
    MATURING="The value may still change: what decides it can still happen.",
    MIXED_DEFINITION="Answers on different scales stand side by side.",
)
closed_set(
    asking.Granularity,
    "How long the buckets of a series are, in the time zone that is asked for.",
    HOUR="An hour.",
    DAY="A day.",
    WEEK="A week, from Monday.",
    MONTH="A month.",
    QUARTER="Three months.",
    YEAR="A year.",
)
closed_set(
    asking.Breakdown,
    "By what an answer is broken down.",
    CHANNEL="By channel.",
    CONTACT_REASON="By contact reason.",
    JOURNEY="By journey.",
    STAGE="By stage of a journey.",
    SURVEY="By survey.",
    TEAM="By team.",
    TOUCHPOINT="By touchpoint.",
)


@strawberry.input(description="What is asked of a metric.")
class MetricInput:
    """A question."""

    metric: MetricId = strawberry.field(description="Which metric.")
    from_: datetime | None = value(
        "From this moment on; from the beginning where absent.", default=None, name="from"
    )
    to: datetime | None = value("Before this moment; to this day where absent.", default=None)
    time_zone: str | None = value("The zone in which buckets begin; UTC where absent.", default=None)
    granularity: asking.Granularity | None = value("Asks for a series of buckets this long.", default=None)
    breakdown: asking.Breakdown | None = value("Asks for a value of each group.", default=None)
    as_of: datetime | None = value("Only what was recorded by then.", default=None)
    weighted: bool | None = value("Whether each answer counts by its weight; not where absent.", default=None)
    survey: str | None = value("Only answers to the survey with this key.", default=None)
    quantile: float | None = value(
        "Which share of durations lies below the value: between 0 and 1, the median where absent.",
        default=None,
    )


def _finite(name: str) -> Any:  # noqa: ANN401 - an expression of a row
    def of(row: FromClause) -> Expression:
        return case((func.isfinite(row.c[name]), row.c[name]))

    return of


def _is_known(row: FromClause) -> Any:  # noqa: ANN401 - a condition
    return row.c.low.is_not(None)


@strawberry.type(description="A range that holds the true value with a confidence of 95 %.")
class MetricInterval:
    """An interval."""

    method: definitions.IntervalMethod = column("How it was computed.")
    low: float = column("Its lower end.")
    high: float = column("Its upper end.")


@strawberry.type(description="The value of one bucket of a series.")
class MetricBucket:
    """A bucket."""

    starts_at: datetime | None = column("When it begins.", _finite("starts_at"))
    ends_at: datetime | None = column("When it ends.", _finite("ends_at"))
    value: float | None = column("The value; null where there is nothing to measure, which is not 0.")
    sample_size: int = column("How many cases it rests on.", lambda row: row.c.n)
    interval: MetricInterval | None = nested(
        "How sure it is; null where there is no interval.", Nested(_is_known)
    )
    flags: list[definitions.MetricFlag] = column("What its reader must know.")


@strawberry.type(description="The value of one group.")
class MetricGroup:
    """A group."""

    key: str = column(
        "What the group is: the UUID of its node, or the word of its channel.", lambda row: row.c.grp
    )
    value: float | None = column("The value; null where there is nothing to measure, which is not 0.")
    sample_size: int = column("How many cases it rests on.", lambda row: row.c.n)
    interval: MetricInterval | None = nested(
        "How sure it is; null where there is no interval.", Nested(_is_known)
    )
    flags: list[definitions.MetricFlag] = column("What its reader must know.")


@strawberry.type(description="The value of a metric at a node, with what it rests on.")
class MetricValue:
    """A value."""

    metric: MetricId = column("Which metric it is: of weighted answers, the weighted one.")
    definition_version: int = column("The version of the definition it was computed by.")
    unit: definitions.MetricUnit = column("What the value counts.")
    starts_at: datetime | None = column("From when; null for the beginning.", _finite("starts_at"))
    ends_at: datetime | None = column("Until when; null for no end.", _finite("ends_at"))
    value: float | None = column("The value; null where there is nothing to measure, which is not 0.")
    sample_size: int = column("How many cases it rests on.", lambda row: row.c.n)
    interval: MetricInterval | None = nested(
        "How sure it is; null where there is no interval.", Nested(_is_known)
    )
    flags: list[definitions.MetricFlag] = column("What its reader must know.")
    series: list[MetricBucket] = planned(
        "Its buckets, in order; none without a granularity.", asking.Told.SERIES
    )
    groups: list[MetricGroup] = planned("Its groups, by key; none without a break-down.", asking.Told.GROUPS)
    previous: MetricBucket | None = planned(
        "The value of the period of the same length before; null without a period.", asking.Told.PREVIOUS
    )
    row_ids: list[strawberry.ID] = answered(
        "The ids of the newest of the rows behind the value; of a cohort of customers there are none.",
        asking.Told.ROW_IDS,
        {"first": (int, "How many: 1 to 1000.")},
    )
