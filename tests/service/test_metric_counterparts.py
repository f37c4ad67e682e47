"""Does each formula give in SQL what the pure one gives? Both compute the same random parts."""

import random
from collections.abc import Callable

import pytest
from sqlalchemy import BigInteger, ColumnElement, Numeric, literal_column, select

from infra.database import Database
from service.ground.statements import DIALECT
from service.metrics import contact_rate, nps, outcomes
from service.metrics.definitions import Measured, MetricFlag
from service.metrics.means import Moments, mean
from service.metrics.outcomes import Outcome
from service.metrics.proportions import share, weighted_share

Pair = tuple[Measured, Outcome]
CASES = 40
SIZES = (0, 1, 2, 3, 5, 29, 30, 61, 62, 400, 100_000)


def whole(value: int) -> ColumnElement[int]:
    return literal_column(f"{value}::bigint", BigInteger)


def exact(value: float) -> ColumnElement[object]:
    return literal_column(f"{value!r}::numeric", Numeric)


def a_share(chance: random.Random) -> Pair:
    n = chance.choice(SIZES)
    hits = chance.randint(0, n)
    return share(hits, n), outcomes.share(whole(hits), whole(n))


def a_weighted_share(chance: random.Random) -> Pair:
    weights = [round(chance.uniform(0.1, 4), 3) for _ in range(chance.choice(SIZES[:-1]))]
    hits = sum(weight for weight in weights if chance.random() < 0.4)
    total, squares = sum(weights), sum(weight * weight for weight in weights)
    sums = (exact(hits), exact(total), exact(squares), whole(len(weights)))
    return weighted_share(hits, total, squares, len(weights)), outcomes.weighted_share(*sums)


def an_nps(chance: random.Random) -> Pair:
    groups = nps.Groups(*(chance.choice(SIZES) for _ in range(3)))
    parts = {"hits": groups.promoters, "misses": groups.detractors, "n": groups.n}
    return nps.nps(groups), nps.outcome(lambda part: whole(int(parts[part])))


def a_weighted_nps(chance: random.Random) -> Pair:
    scores = [
        (chance.randint(0, 10), round(chance.uniform(0.1, 4), 3)) for _ in range(chance.choice(SIZES[:-1]))
    ]
    up = sum(weight for score, weight in scores if score > 8)
    down = sum(weight for score, weight in scores if score < 7)
    total, squares = sum(w for _, w in scores), sum(w * w for _, w in scores)
    parts = {"weight_hits": up, "weight_misses": down, "weight": total, "weight_squares": squares}
    pure = nps.weighted_nps(nps.Groups(up, total - up - down, down), squares, len(scores))
    return pure, nps.weighted_outcome(lambda p: whole(len(scores)) if p == "n" else exact(parts[p]))


def a_mean(chance: random.Random) -> Pair:
    values = [chance.randint(1, 7) for _ in range(chance.choice(SIZES[:-1]))]
    moments = Moments(len(values), sum(values), sum(value * value for value in values))
    sums = (whole(moments.n), exact(moments.total), exact(moments.squares))
    return mean(moments), outcomes.mean(*sums)


def a_rate(chance: random.Random) -> Pair:
    events, days = chance.choice((0, 1, 4, 5, 40, 900)), chance.choice((0.0, 0.5, 31.25, 90_000.0))
    pure = contact_rate.contact_rate(events, days)
    return pure, outcomes.poisson_rate(whole(events), exact(days), per=30_000)


@pytest.mark.parametrize(
    "draw",
    [a_share, a_weighted_share, an_nps, a_weighted_nps, a_mean, a_rate],
    ids=lambda draw: draw.__name__,
)
async def test_a_formula_gives_the_same_in_sql(
    database: Database, draw: Callable[[random.Random], Pair]
) -> None:
    chance = random.Random(11)  # noqa: S311 - only has to be the same each time
    for _ in range(CASES):
        pure, outcome = draw(chance)
        shown = select(outcome.value, outcome.n, outcome.low, outcome.high, outcome.few)
        [row] = await database.pool.fetch(
            str(shown.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
        )
        value, n, low, high, few = row.values()
        ends = (None, None) if pure.interval is None else (pure.interval.low, pure.interval.high)
        assert (value, low, high) == tuple(_near(each) for each in (pure.value, *ends)), pure
        assert n == pure.n
        if pure.n:
            assert few == (MetricFlag.LOW_SAMPLE in pure.flags)


def _near(value: float | None) -> object:
    return None if value is None else pytest.approx(value, rel=1e-8, abs=1e-8)
