"""How is a question answered? What counts is summed by span and group, and the metric's formula applied."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Float,
    FromClause,
    Numeric,
    Select,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import array

from service.ground.reads import Condition, Expression
from service.metrics import relations
from service.metrics.definitions import FEWEST, FEWEST_OF_A_CLASS, MetricFlag
from service.metrics.expressions import said
from service.metrics.measures import COUNTS, PARTS, AnyMeasure, Measure, SpanMeasure, StayMeasure
from service.metrics.outcomes import Binned, Outcome, Running, Sums, Survived, Tallied
from service.metrics.quantiles import GAMMA, ZERO_BIN
from service.metrics.questions import Question

ZERO: Expression = literal_column("0")
NO_INTERVAL = [literal_column("NULL", Float).label(name) for name in ("low", "high")]
ONE_VARIANT: Expression = literal_column("1").label("variants")
MEDIAN: Expression = literal_column("0.5", Float)


def figures(question: Question) -> "Select[Any]":
    """Return one row for each span with the value and what it rests on."""
    spans, valued = question.spans, _valued(question)
    joined = spans.outerjoin(valued, valued.c.place == spans.c.place)
    return select(spans.c.place, *_shown(question, spans, valued)).select_from(joined)


def groups(question: Question) -> "Select[Any]":
    """Return one row for each group that has anything, by its key."""
    spans, valued = question.spans, _valued(question)
    joined = spans.join(valued, valued.c.place == spans.c.place)
    found = select(valued.c.grp, *_shown(question, spans, valued)).select_from(joined)
    return found.where(valued.c.grp.is_not(None))


def behind(question: Question) -> "Select[Any]":
    """Return the public ids of the rows that the value counts, with their times."""
    counted = [
        each for each in question.measures if not isinstance(each, SpanMeasure) and each.facts.entity.prefix
    ]
    if not counted:
        nothing: list[Expression] = [cast(null(), Text).label("id"), func.now().label("at")]
        return select(*nothing).where(false())
    each = [relations.ids(question, measure).subquery() for measure in counted]
    found = union_all(*(select(one.c.id, one.c.at) for one in each)).subquery()
    return select(found.c.id, func.max(found.c.at).label("at")).group_by(found.c.id)


def _shown(question: Question, spans: FromClause, valued: FromClause) -> list[Expression]:
    metric = question.metric
    return [
        said(metric.id).label("metric"),
        said(metric.unit).label("unit"),
        said(metric.method).label("method"),
        literal_column(str(metric.version)).label("definition_version"),
        spans.c.starts_at,
        spans.c.ends_at,
        valued.c.value,
        func.coalesce(valued.c.n, ZERO).label("n"),
        valued.c.low,
        valued.c.high,
        _flags(question, spans, valued).label("flags"),
    ]


def _flags(question: Question, spans: FromClause, valued: FromClause) -> Expression:
    days = question.reading.maturing_days
    unripe = spans.c.ends_at > func.now() - literal_column(f"interval '{days:g} days'") if days else false()
    told: dict[MetricFlag, Condition] = {
        MetricFlag.LOW_SAMPLE: and_(func.coalesce(valued.c.few, false()), valued.c.n > 0),
        MetricFlag.CENSORED: func.coalesce(valued.c.censored, false()),
        MetricFlag.PARTIAL_BUCKET: or_(spans.c.partial, _goes_on(spans)),
        MetricFlag.MATURING: unripe,
        MetricFlag.MIXED_DEFINITION: func.coalesce(valued.c.variants > 1, false()),
    }
    each = array([case((condition, said(flag))) for flag, condition in told.items()])
    return func.array_remove(cast(each, ARRAY(Text)), cast(null(), Text))


def _goes_on(spans: FromClause) -> Condition:
    return and_(func.isfinite(spans.c.ends_at), spans.c.ends_at > func.now())


def _valued(question: Question) -> FromClause:
    reading = question.reading
    match reading:
        case Binned():
            return _quantile(question).subquery()
        case Survived():
            return _survival(question).subquery()
        case Tallied() | Running():
            return _of_sums(question, reading.of).subquery()


def _of_sums(question: Question, formula: Callable[[Sums], Outcome]) -> "Select[Any]":
    summed = _sums(question).subquery()
    only = question.reading.measures[0]

    def of(part: str, measure: str = only) -> Expression:
        return summed.c[f"{measure}_{part}"]

    outcome = formula(of)
    return select(
        summed.c.place,
        summed.c.grp,
        outcome.value.label("value"),
        cast(outcome.n, BigInteger).label("n"),
        outcome.low.label("low"),
        outcome.high.label("high"),
        outcome.few.label("few"),
        outcome.censored.label("censored"),
        summed.c.variants,
    )


def _sums(question: Question) -> "Select[Any]":
    """Return the sums of each measure's parts by span and group."""
    found = [each for one in question.measures for each in relations.parts(question, one)]
    read = union_all(*found, _anchor(question)).subquery()
    names = [read.c[name] for name in ("place", "grp", "measure", "variant")]
    # What was taken back is of no scale any more: first the scales, then what they have in common.
    together = select(*names, *(func.sum(read.c[name]).label(name) for name in PARTS)).group_by(*names)
    counted = together.subquery()
    columns = [_sum(question, one, part, counted) for one in question.measures for part in PARTS]
    variants = func.count(counted.c.variant.distinct()).filter(counted.c.n > 0)
    keys = (counted.c.place, counted.c.grp)
    is_anything = or_(counted.c.grp.is_(None), func.sum(counted.c.n) > 0)
    found_sums = select(*keys, *columns, variants.label("variants")).group_by(*keys)
    return found_sums.having(is_anything)


def _sum(question: Question, counted: AnyMeasure, part: str, rows: FromClause) -> Expression:
    total: Expression = func.coalesce(
        func.sum(rows.c[part]).filter(rows.c.measure == said(counted.name)), ZERO
    )
    if question.breakdown is not None and question.breakdown not in counted.facts.dimensions:
        # Whoever cannot be told apart counts for each group.
        total = func.sum(total).over(partition_by=rows.c.place)
    return cast(total, BigInteger if part in COUNTS else Numeric).label(f"{counted.name}_{part}")


def _anchor(question: Question) -> "Select[Any]":
    """Return a row without anything for each span, so that a count of nothing is 0."""
    spans = question.spans
    keys = [cast(null(), Text).label("grp"), said("").label("measure"), cast(null(), Text).label("variant")]
    nothing = [cast(ZERO, BigInteger() if name in COUNTS else Numeric()).label(name) for name in PARTS]
    return select(spans.c.place, *keys, *nothing).select_from(spans).correlate(*question.around)


def _quantile(question: Question) -> "Select[Any]":
    """Return the quantile of bins: the counterpart of `quantiles.quantile`."""
    measures = [measure for measure in question.measures if isinstance(measure, Measure)]
    read = union_all(*(each for one in measures for each in relations.bins(question, one))).subquery()
    keys = (read.c.place, read.c.grp)
    by_bin = select(*keys, read.c.bin, func.sum(read.c.n).label("n")).group_by(*keys, read.c.bin)
    counted = by_bin.having(func.sum(read.c.n) > 0).subquery()
    mine = (counted.c.place, counted.c.grp)
    below = func.sum(counted.c.n).over(partition_by=mine, order_by=counted.c.bin)
    total = func.sum(counted.c.n).over(partition_by=mine)
    ranked = select(*counted.c, below.label("below"), total.label("total")).subquery()
    q = MEDIAN if question.quantile is None else question.quantile
    reached = cast(ranked.c.below, Float) > q * cast(ranked.c.total - 1, Float)
    bin_, n = func.min(ranked.c.bin).filter(reached), func.max(ranked.c.total)
    few = cast(n, Float) * func.least(q, 1 - q) < FEWEST_OF_A_CLASS
    named = [cast(n, BigInteger).label("n"), few.label("few"), false().label("censored")]
    found = select(ranked.c.place, ranked.c.grp, _value_of(bin_).label("value"), *named)
    keys = (ranked.c.place, ranked.c.grp)
    return found.add_columns(*NO_INTERVAL, ONE_VARIANT).group_by(*keys)


def _value_of(bin_: Expression) -> Expression:
    """Return the value that stands for a bin: the counterpart of `quantiles.value_of`."""
    gamma = literal_column(repr(GAMMA), Float)
    value = literal_column("2", Float) * func.power(gamma, cast(bin_, Float)) / (gamma + 1)
    return case((bin_ == literal_column(f"({ZERO_BIN})"), literal_column("0", Float)), else_=value)


def _survival(question: Question) -> "Select[Any]":
    """Return when a share of stays is over: the counterpart of `survival.survival_quantile`."""
    [measure] = question.measures
    if not isinstance(measure, StayMeasure):
        message = f"{measure.name} has no stays"
        raise TypeError(message)
    stay = relations.stays(question, measure).subquery()
    keys = (stay.c.place, stay.c.grp)
    ended = func.count().filter(stay.c.is_over)
    steps = select(*keys, stay.c.duration, func.count().label("n"), ended.label("ended"))
    step = steps.group_by(*keys, stay.c.duration).subquery()
    mine = (step.c.place, step.c.grp)
    at_risk = func.sum(step.c.n).over(partition_by=mine, order_by=step.c.duration.desc())
    total = func.sum(step.c.n).over(partition_by=mine)
    risky = select(*step.c, cast(at_risk, Float).label("at_risk"), total.label("total")).subquery()
    # A product as a sum of logarithms; where all that are left end together, nothing lasts.
    all_end = risky.c.ended == risky.c.at_risk
    logarithm = case(
        (all_end, literal_column("-1e300", Float)), else_=func.ln(1 - risky.c.ended / risky.c.at_risk)
    )
    keys = (risky.c.place, risky.c.grp)
    lasting = func.sum(logarithm).over(partition_by=keys, order_by=risky.c.duration)
    lasts = select(*risky.c, lasting.label("logarithm")).subquery()
    q = MEDIAN if question.quantile is None else question.quantile
    over = lasts.c.logarithm <= func.ln(1 - q) + literal_column("1e-12", Float)
    n = func.max(lasts.c.total)
    named = [
        func.min(lasts.c.duration).filter(over).label("value"),
        cast(n, BigInteger).label("n"),
        (n < FEWEST).label("few"),
        (func.sum(lasts.c.ended) < n).label("censored"),
    ]
    found = select(lasts.c.place, lasts.c.grp, *named, *NO_INTERVAL, ONE_VARIANT)
    return found.group_by(lasts.c.place, lasts.c.grp)
