"""What drives the scores? For each reason, touchpoint and theme: how much it pulls the score of all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import update

from service.ground.keys import uuid7
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.insights import runs, scores
from service.insights.finding_tables import AnalysisKind, Driver, DriverMetric
from service.insights.runs import Method
from service.insights.scores import Split
from service.metrics.definitions import CONFIDENCE, FEWEST, Interval
from service.metrics.nps import Groups, balance

SCORES_OF = timedelta(days=365)
RESAMPLES = 2_000
SEED = 20_260_301
"""The same answers give the same interval."""
METHOD = Method(
    AnalysisKind.DRIVERS,
    "leave one out, bootstrap",
    "1",
    {"days": SCORES_OF.days, "resamples": RESAMPLES, "seed": SEED, "fewest": FEWEST},
)

_driver = table_of(Driver)
AGEING = Statement(
    update(_driver).where(_driver.c.tenant_id == TENANT, _driver.c.current.is_(True)).values(current=False)
)


@dataclass(frozen=True, slots=True)
class Impact:
    """By how many points a subject moves the score: all answers less the answers without it."""

    points: float
    interval: Interval


async def run(session: Session, today: date) -> UUID:
    """Measure what drives NPS and CSAT in the year before `today`, and return the run.

    A subject needs FEWEST answers that speak of it, and as many that do not. Earlier runs are kept.
    """
    until = datetime.combine(today, time(), UTC)
    found: list[tuple[DriverMetric, str, Split]] = []
    for metric in DriverMetric:
        for column in scores.BY:
            splits = await scores.splits(session, metric, column, until - SCORES_OF, until)
            found += [(metric, column, split) for split in splits if _is_enough(split)]
    await session.run(AGEING)
    run_id = runs.record(session, METHOD, until=until, read=len(found), found=len(found))
    session.insert(Driver, [_row(session, run_id, *one) for one in found])
    return run_id


def impact(those: Groups, others: Groups) -> Impact:
    """Return what a subject adds to the score of all, in points, with the bootstrap's interval.

    The answers of those who met it and of the others are drawn again together, so both sizes vary, too.
    """
    points = 100 * (balance(those + others) - balance(others))
    cells = np.array([*_cells(those), *_cells(others)])
    drawn = np.random.default_rng(SEED).multinomial(int(cells.sum()), cells / cells.sum(), RESAMPLES)
    moved = _moved(drawn.astype(float))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(moved, [tail, 1 - tail])
    return Impact(points, Interval(float(low), float(high)))


def _moved(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the impact in each resample: one row each, with the three classes of either side."""
    those, others = drawn[:, :3], drawn[:, 3:]
    weights = np.array([1.0, 0.0, -1.0])
    without = others @ weights / np.maximum(others.sum(axis=1), 1)
    whole = (those + others) @ weights / drawn.sum(axis=1)
    moved: NDArray[np.float64] = 100 * (whole - without)
    return moved


def _cells(groups: Groups) -> Sequence[float]:
    return groups.promoters, groups.passives, groups.detractors


def _is_enough(split: Split) -> bool:
    return min(split.those.n, split.others.n) >= FEWEST


def _row(
    session: Session, run_id: UUID, metric: DriverMetric, column: str, split: Split
) -> dict[str, object]:
    found = impact(split.those, split.others)
    return {
        "id": uuid7(),
        "run_id": run_id,
        **{name: split.subject if name == column else None for name in scores.BY},
        "metric": metric,
        "answers": int(split.those.n),
        "other_answers": int(split.others.n),
        "score": 100 * balance(split.those),
        "other_score": 100 * balance(split.others),
        "impact": found.points,
        "impact_low": found.interval.low,
        "impact_high": found.interval.high,
        "current": True,
        "measured_at": session.now,
    }
