"""Which buckets are looked at? Days, weeks and months of the plan's time zone, here and in SQL."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Date, FromClause, Text, bindparam, cast, func, literal_column

from service.ground.reads import Condition, Expression
from service.ground.tables import Moment
from service.initiatives.tables import PlanBucket


@dataclass(frozen=True, slots=True)
class Span:
    """Which buckets: from the one that holds `first` to the last that ends by `until`, in a time zone."""

    bucket: PlanBucket
    first: date
    until: date
    zone: ZoneInfo

    @property
    def start(self) -> date:
        """The first day of the first bucket."""
        match self.bucket:
            case PlanBucket.DAY:
                return self.first
            case PlanBucket.WEEK:
                return self.first - timedelta(days=self.first.weekday())
            case PlanBucket.MONTH:
                return self.first.replace(day=1)

    def values(self) -> dict[str, object]:
        """Return the values that the statements name."""
        return {
            "zone": self.zone.key,
            "since": self._midnight(self.start),
            "until": self._midnight(self.until),
        }

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)


def bucket_of(at: Expression, bucket: PlanBucket) -> Expression:
    """Return the first day of the bucket that a moment lies in."""
    local = func.timezone(bindparam("zone", type_=Text()), at)
    return cast(func.date_trunc(literal_column(f"'{bucket.lower()}'"), local), Date)


def within(row: FromClause, at: str) -> tuple[Condition, Condition]:
    """Return the conditions that a moment lies within the buckets."""
    return (
        row.c[at] >= bindparam("since", type_=Moment()),
        row.c[at] < bindparam("until", type_=Moment()),
    )
