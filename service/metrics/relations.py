"""Which rows answer? Roll-ups for whole hours and raw rows at the edges, or raw rows alone."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Float,
    FromClause,
    Join,
    Numeric,
    Select,
    Text,
    and_,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
    union_all,
)

from service.feedback.tables import Survey
from service.ground.reads import Condition, Expression
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.metrics import grains
from service.metrics.expressions import said, seconds
from service.metrics.measures import COUNTS, PARTS, AnyMeasure, Dimension, Measure, SpanMeasure, StayMeasure
from service.metrics.outcomes import Running
from service.metrics.questions import Question
from service.metrics.signals import ROLLED
from service.metrics.tables import Grain, MetricBin, MetricChange, MetricTally

ZERO: Expression = literal_column("0")
BEGINNING: Expression = literal_column("'-infinity'::timestamptz")
ROLLED_MEASURES = frozenset(measure.name for measure in ROLLED)
Columns = Callable[[FromClause, FromClause], list[Expression]]
"""Returns what is read of a raw row inside a span."""
Kept = Callable[[FromClause], list[Expression]]
"""Returns what is read of a row that is counted already."""


def parts(question: Question, counted: AnyMeasure) -> "list[Select[Any]]":
    """Return the parts of a measure that add up, by span and group."""
    if isinstance(counted, SpanMeasure):
        return [_spanned(question, counted)]
    if isinstance(counted, StayMeasure):
        message = f"{counted.name} has no parts that add up"
        raise TypeError(message)

    def kept(row: FromClause) -> list[Expression]:
        return [row.c.variant, *(row.c[name] for name in PARTS)]

    return _counted(question, counted, MetricTally, kept, lambda row, _span: _parts_of(counted, row))


def bins(question: Question, counted: Measure) -> "list[Select[Any]]":
    """Return how many values of a measure lie in each bin, by span and group."""

    def kept(row: FromClause) -> list[Expression]:
        return [row.c.bin, row.c.n]

    def raw(row: FromClause, _span: FromClause) -> list[Expression]:
        bin_ = counted.bin(row) if counted.bin else null()
        return [bin_.label("bin"), cast(literal_column("1"), BigInteger).label("n")]

    return _counted(question, counted, MetricBin, kept, raw)


def stays(question: Question, counted: StayMeasure) -> "Select[Any]":
    """Return how long each stay lasted, or has lasted so far, by span and group."""
    until = func.now() if question.as_of is None else question.as_of

    def raw(row: FromClause, _span: FromClause) -> list[Expression]:
        is_over = and_(counted.ends(row).is_not(None), counted.ends(row) <= until)
        lasted = seconds(func.least(func.coalesce(counted.ends(row), until), until), counted.at(row))
        return [cast(lasted, Float).label("duration"), is_over.label("is_over")]

    row = counted.facts.rows(whole=False)
    spans = question.spans
    return _read(question, counted, row, (spans.c.starts_at, spans.c.ends_at), raw)


def ids(question: Question, counted: Measure | StayMeasure) -> "Select[Any]":
    """Return the public ids of the rows that count, and when they did."""
    prefix = said(f"{counted.facts.entity.prefix}_")

    def raw(row: FromClause, _span: FromClause) -> list[Expression]:
        return [(prefix + cast(row.c.id, Text)).label("id"), counted.at(row).label("at")]

    row = counted.facts.rows(whole=isinstance(counted, Measure) and counted.whole)
    spans = question.spans
    return _read(question, counted, row, (_first(question), spans.c.ends_at), raw)


def is_rolled(question: Question, counted: AnyMeasure) -> bool:
    """Tell whether roll-ups answer this question about a measure."""
    if counted.name not in ROLLED_MEASURES or question.as_of is not None:
        return False
    asked = (question.node is not None, question.breakdown is not None, question.survey is not None)
    dimension = _dimension(question, counted)
    key = counted.facts.dimensions.get(dimension)
    return sum(asked) <= 1 and (dimension is Dimension.TENANT or (key is not None and key.rolled))


def _dimension(question: Question, counted: AnyMeasure) -> Dimension:
    """Return the dimension whose roll-ups would answer."""
    if question.node is not None:
        return question.node.place.dimension_of(counted.facts) or Dimension.TENANT
    if question.breakdown is not None:
        return question.breakdown
    return Dimension.TENANT if question.survey is None else Dimension.SURVEY


def _counted(
    question: Question,
    counted: Measure,
    model: type[MetricTally | MetricBin],
    kept: Kept,
    raw: Columns,
) -> "list[Select[Any]]":
    spans = question.spans
    first, last = _first(question), spans.c.ends_at
    row = counted.facts.rows(whole=counted.whole)
    if not is_rolled(question, counted):
        return [_read(question, counted, row, (first, last), raw)]
    begins, ends = grains.ceiling(Grain.HOUR, first), grains.floor(Grain.HOUR, last)
    other = counted.facts.rows(whole=counted.whole)
    return [
        _rolled(question, counted, table_of(model).alias(), (begins, ends), kept),
        _changed(question, counted, (begins, ends), kept),
        _read(question, counted, row, (first, func.least(begins, last)), raw),
        _read(question, counted, other, (func.greatest(ends, begins), last), raw),
    ]


def _first(question: Question) -> Expression:
    """Return the beginning of a span, or of everything."""
    return BEGINNING if isinstance(question.reading, Running) else question.spans.c.starts_at


def _rolled(
    question: Question,
    counted: Measure,
    kept: FromClause,
    within: tuple[Expression, Expression],
    columns: Kept,
) -> "Select[Any]":
    """Return what roll-ups say of whole hours: those of months and days where there are whole ones."""
    spans, dimension = question.spans, _dimension(question, counted)
    span = union_all(*(each.correlate(spans) for each in grains.ranges(*within))).lateral()
    conditions = [
        kept.c.tenant_id == TENANT,
        kept.c.measure == said(counted.name),
        kept.c.node_kind == said(dimension),
        kept.c.grain == span.c.grain,
        kept.c.starts_at >= span.c.first,
        kept.c.starts_at < span.c.last,
        *_wanted(question, dimension, kept.c.node),
    ]
    if dimension is Dimension.TENANT:
        conditions.append(kept.c.node == said(""))
    # Looked up span by span, never joined: the planner cannot know how few of the rows the spans meet.
    read = select(kept).where(*conditions).offset(ZERO).correlate_except(kept).lateral()
    joined = spans.join(span, true()).join(read, true())
    return _columns_of(question, counted, read.c.node, columns(read)).select_from(joined)


def _changed(
    question: Question, counted: Measure, within: tuple[Expression, Expression], columns: Kept
) -> "Select[Any]":
    """Return what is not in the roll-ups yet."""
    spans, dimension = question.spans, _dimension(question, counted)
    change = table_of(MetricChange).alias()
    mine = and_(
        change.c.tenant_id == TENANT,
        change.c.measure == said(counted.name),
        change.c.at_hour >= within[0],
        change.c.at_hour < within[1],
    )
    node: Expression = cast(null(), Text)
    joined = spans.join(change, mine)
    if dimension is not Dimension.TENANT:
        name = said(f"{dimension}:")
        each = func.unnest(change.c.nodes).table_valued("key", name="keyed").render_derived()
        node = func.substr(each.c.key, literal_column(str(len(dimension) + 2)))
        wanted = [func.starts_with(each.c.key, name), *_wanted(question, dimension, node)]
        joined = joined.join(each, and_(*wanted))
    return _columns_of(question, counted, node, columns(change)).select_from(joined)


def _wanted(question: Question, dimension: Dimension, node: Expression) -> list[Condition]:
    """Return the conditions on a node's key, if only some are asked for."""
    if question.node is not None and dimension is not Dimension.TENANT:
        return [question.node.wants(dimension, as_text=True)(node)]
    if question.survey is not None:
        return [node == cast(_survey(question.survey), Text)]
    return []


def _columns_of(
    question: Question, counted: Measure, node: Expression, columns: Sequence[Expression]
) -> "Select[Any]":
    group = node if question.breakdown is not None else cast(null(), Text)
    found = select(question.spans.c.place, group.label("grp"), said(counted.name).label("measure"), *columns)
    return found.correlate(*question.around)


def _survey(key: Expression) -> Expression:
    """Return the id of the survey with this key."""
    survey = table_of(Survey).alias()
    found = select(survey.c.id).where(survey.c.tenant_id == TENANT, survey.c.key == key)
    return found.correlate(None).scalar_subquery()


def _read(
    question: Question,
    counted: Measure | StayMeasure,
    row: FromClause,
    within: tuple[Expression, Expression],
    columns: Columns,
) -> "Select[Any]":
    """Return what counts of raw rows between two moments of each span."""
    spans, at = question.spans, counted.at(row)
    inside = [within[0] < within[1], at >= within[0], at < within[1]]
    counts = counted.counts(row) if isinstance(counted, Measure) else at.is_not(None)
    joined = spans.join(row, and_(*inside, counts, *_conditions(question, counted, row)))
    source, group = _grouped(question, counted, joined, row)
    found = select(spans.c.place, group.label("grp"), said(counted.name).label("measure"))
    return found.add_columns(*columns(row, spans)).select_from(source).correlate(*question.around)


def _grouped(
    question: Question,
    counted: AnyMeasure,
    source: Join,
    row: FromClause,
) -> tuple[Join, Expression]:
    key = counted.facts.dimensions.get(question.breakdown) if question.breakdown else None
    if key is None:
        return source, cast(null(), Text)
    if key.model is None or key.on is None:
        return source, cast(key.of(row), Text)
    other = table_of(key.model).alias()
    joined = source.join(other, and_(other.c.tenant_id == TENANT, key.on(row, other)))
    return joined, cast(key.of(other), Text)


def _conditions(question: Question, counted: AnyMeasure, row: FromClause) -> list[Condition]:
    found: list[Condition] = []
    if question.node is not None:
        dimension = question.node.place.dimension_of(counted.facts)
        if dimension is not None:
            found.append(counted.facts.dimensions[dimension].meets(row, question.node.wants(dimension)))
    if question.survey is not None:
        found.append(row.c.survey_id == _survey(question.survey))
    if question.as_of is not None:
        found.append(counted.facts.recorded_at(row) <= question.as_of)
        if not isinstance(counted, SpanMeasure):
            found.append(counted.at(row) <= question.as_of)
    return found


def _parts_of(counted: Measure, row: FromClause) -> list[Expression]:
    variant = counted.variant(row) if counted.variant else said("")
    return [variant.label("variant"), *(_part(counted.parts, name, row) for name in PARTS)]


def _part(of: Any, name: str, *rows: FromClause) -> Expression:  # noqa: ANN401 - a mapping of either kind
    value = of[name](*rows) if name in of else ZERO
    return cast(value, BigInteger() if name in COUNTS else Numeric()).label(name)


def _spanned(question: Question, counted: SpanMeasure) -> "Select[Any]":
    spans, row = question.spans, counted.facts.rows(whole=True)
    conditions = _conditions(question, counted, row)
    source, group = _grouped(
        question, counted, spans.join(row, and_(counted.when(row, spans), *conditions)), row
    )
    pieces = [_part(counted.parts, name, row, spans) for name in PARTS]
    found = select(spans.c.place, group.label("grp"), said(counted.name).label("measure"))
    columns = [said("").label("variant"), *pieces]
    return found.add_columns(*columns).select_from(source).correlate(*question.around)
