"""Which contact reasons and touchpoints hurt most customers a month, and is that rising?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import bindparam, delete, func

from service.ground.keys import uuid7
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.insights import friction_counts, friction_rules, runs, scores
from service.insights.finding_tables import AnalysisKind, DriverMetric, FrictionPeriod, FrictionPoint
from service.insights.friction_counts import PERIOD, PlaceCount
from service.insights.friction_rules import Gap, Trend
from service.insights.runs import Method
from service.insights.scores import Split
from service.metrics.proportions import share

PERIODS = 13
"""This period, and the twelve before."""
SCORES_OF = timedelta(days=365)
"""How far back answers tell how satisfied those are who meet a place."""
METHOD = Method(
    AnalysisKind.FRICTION,
    "friction by place",
    "1",
    {"periodDays": PERIOD.days, "periods": PERIODS, "scoresOfDays": SCORES_OF.days},
)

_point = table_of(FrictionPoint)
REPLACING = Statement(
    delete(_point).where(_point.c.tenant_id == TENANT, _point.c.id == func.any(bindparam("ids")))
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A place with its periods, the latest first."""

    column: str
    id: UUID
    periods: tuple[PlaceCount, ...]


async def run(session: Session, today: date) -> UUID:
    """Measure every place that customers met in the 30 days before `today` or the 30 before; returns the run.

    What was measured before is replaced; a place keeps its id, and one that nobody meets any more is gone.
    """
    until = datetime.combine(today, time(), UTC)
    places = [place for column in friction_counts.COUNTS for place in await _places(session, column, until)]
    run_id = runs.record(session, METHOD, until=until, read=len(places), found=len(places))
    rows = [row for column in friction_counts.COUNTS for row in await _rows(session, column, places, until)]
    known = await _forget(session)
    points = [row | {"id": known.get(_key(row)) or uuid7(), "run_id": run_id} for row in rows]
    session.insert(FrictionPoint, points)
    ids = {_key(row): row["id"] for row in points}
    of_places = [(ids[_key({place.column: place.id})], place) for place in places]
    session.insert(FrictionPeriod, [row for id_, place in of_places for row in _history(id_, place, until)])
    return run_id


async def _places(session: Session, column: str, until: datetime) -> list[_Place]:
    found: dict[UUID, list[PlaceCount]] = {}
    for count in await friction_counts.counts(session, column, until - PERIODS * PERIOD, until):
        empty = [PlaceCount(count.place, ago, 0, 0, 0) for ago in range(PERIODS)]
        found.setdefault(count.place, empty)[count.ago] = count
    met = {place: periods for place, periods in found.items() if periods[0].contacts or periods[1].contacts}
    return [_Place(column, id_, tuple(periods)) for id_, periods in met.items()]


async def _rows(
    session: Session, column: str, places: Sequence[_Place], until: datetime
) -> list[dict[str, object]]:
    ours = [place for place in places if place.column == column]
    if not ours:
        return []
    gaps = await _gaps(session, column, until)
    counts = [[period.hurt for period in reversed(place.periods)] for place in ours]
    phi = friction_rules.scatter(friction_rules.months(counts))
    hurt = sum(place.periods[0].hurt for place in ours)
    met = sum(place.periods[0].met for place in ours)
    rows = []
    for place in ours:
        now = place.periods[0]
        compared = friction_rules.gap_of_friction(now.hurt, now.met, hurt - now.hurt, met - now.met)
        change = friction_rules.trend(now.hurt, place.periods[1].hurt, phi)
        rows.append(_row(session, place, change, gaps.get(place.id) or compared, until))
    return rows


async def _gaps(session: Session, column: str, until: datetime) -> Mapping[UUID, Gap]:
    """Return how much worse those score who meet each place: in satisfaction, else in recommending."""
    found: dict[UUID, Gap] = {}
    for metric in (DriverMetric.NPS, DriverMetric.CSAT):
        splits: list[Split] = await scores.splits(session, metric, column, until - SCORES_OF, until)
        gaps = {split.subject: friction_rules.gap_of_scores(metric, split) for split in splits}
        found |= {subject: gap for subject, gap in gaps.items() if gap}
    return found


def _row(
    session: Session, place: _Place, change: Trend, gap: Gap | None, until: datetime
) -> dict[str, object]:
    now = place.periods[0]
    rate = share(now.hurt, now.met)
    return {
        **{name: place.id if name == place.column else None for name in friction_counts.COUNTS},
        "period_start": until - PERIOD,
        "period_end": until,
        "contacts": now.contacts,
        "customers_met": now.met,
        "customers": now.hurt,
        "friction_rate": rate.value,
        "friction_rate_low": rate.interval.low if rate.interval else None,
        "friction_rate_high": rate.interval.high if rate.interval else None,
        "previous_customers": place.periods[1].hurt,
        "trend": change.ratio,
        "trend_low": change.interval.low,
        "trend_high": change.interval.high,
        "course": change.course,
        "gap_measure": gap.measure if gap else None,
        "gap": gap.points if gap else None,
        "gap_low": gap.interval.low if gap else None,
        "gap_high": gap.interval.high if gap else None,
        "priority": friction_rules.score(now.hurt, gap, change),
        "measured_at": session.now,
    }


async def _forget(session: Session) -> dict[object, UUID]:
    """Delete what was measured before, and return its ids by place."""
    before = await session.find(FrictionPoint)
    if before:
        await session.run(REPLACING, ids=[point.id for point in before])
    return {(point.contact_reason_id, point.touchpoint_id): point.id for point in before}


def _key(row: Mapping[str, object]) -> object:
    return row.get("contact_reason_id"), row.get("touchpoint_id")


def _history(point_id: object, place: _Place, until: datetime) -> Iterator[dict[str, object]]:
    for period in reversed(place.periods):
        yield {
            "id": uuid7(),
            "friction_point_id": point_id,
            "starts_at": until - (period.ago + 1) * PERIOD,
            "ends_at": until - period.ago * PERIOD,
            "contacts": period.contacts,
            "customers": period.hurt,
        }
