"""How are single rows judged? Flags, durations, bins and scales as expressions, beside the pure rules."""

from sqlalchemy import Float, FromClause, Integer, Numeric, String, case, cast, extract, func, literal_column

from service.feedback.tables import ScaleDirection
from service.ground.reads import Condition, Expression, OfRow
from service.metrics import csat
from service.metrics.quantiles import LOG_GAMMA, ZERO_BIN

ONE: Expression = literal_column("1", Integer)


def said(text: str) -> Expression:
    """Return a constant text."""
    return literal_column(f"'{text}'", String)


def one(_row: FromClause) -> Expression:
    """Count each row once."""
    return ONE


def flag(condition: Condition) -> Expression:
    """Return 1 where a condition holds, 0 elsewhere."""
    return case((condition, ONE), else_=literal_column("0", Integer))


def exact(expression: Expression) -> Expression:
    """Return a number whose sums do not depend on their order."""
    return cast(expression, Numeric)


def seconds(later: Expression, earlier: Expression) -> Expression:
    """Return the seconds from one moment to another."""
    return cast(extract("epoch", later - earlier), Numeric)


def seconds_of(later: str, earlier: str) -> OfRow:
    """Return the seconds between two columns, 0 where they are the wrong way round."""
    return lambda row: func.greatest(
        seconds(row.c[later], row.c[earlier]), literal_column("0"), type_=Numeric
    )


def squared(of: OfRow) -> OfRow:
    """Return the square of an expression."""
    return lambda row: of(row) * of(row)


def binned(of: OfRow) -> OfRow:
    """Return the logarithmic bin of a duration: the counterpart of `quantiles.bin_of`."""

    def bin_(row: FromClause) -> Expression:
        value = cast(of(row), Float)
        place = cast(func.ceil(func.ln(value) / literal_column(repr(LOG_GAMMA), Float)), Integer)
        return case((value <= literal_column("0"), literal_column(f"({ZERO_BIN})", Integer)), else_=place)

    return bin_


def is_satisfied(row: FromClause) -> Condition:
    """Tell whether a score is in the top boxes of its scale: the counterpart of `csat.is_satisfied`."""
    boxes = row.c.scale_max - row.c.scale_min + 1
    distance = case((boxes >= csat.FEWEST_FOR_TWO, ONE), else_=literal_column("0", Integer))
    falling = row.c.direction == said(ScaleDirection.LOWER_IS_BETTER)
    return case(
        (falling, row.c.score <= row.c.scale_min + distance), else_=row.c.scale_max - distance <= row.c.score
    )


def is_easy(row: FromClause) -> Condition:
    """Tell whether a score lies on the easy side of its middle: the counterpart of `ces.is_easy`."""
    middle = (row.c.scale_min + row.c.scale_max) / 2
    falling = row.c.direction == said(ScaleDirection.LOWER_IS_BETTER)
    return case((falling, row.c.score < middle), else_=row.c.score > middle)


def scale_of(row: FromClause) -> Expression:
    """Name the scale a score was given on."""
    scale = cast(row.c.scale_min, String) + said("..") + cast(row.c.scale_max, String)
    return scale + said(" ") + row.c.direction


def merit(row: FromClause) -> Expression:
    """Return how good a score is, 0 to 1, null where there is none: the counterpart of `Scale.merit`."""
    part = (exact(row.c.score) - exact(row.c.scale_min)) / exact(row.c.scale_max - row.c.scale_min)
    falling = row.c.direction == said(ScaleDirection.LOWER_IS_BETTER)
    return case((falling, ONE - part), else_=part)


def score(row: FromClause) -> Expression:
    """Return the score as a number whose sums are exact."""
    return exact(row.c.score)
