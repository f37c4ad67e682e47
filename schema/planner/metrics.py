"""How is a metric read? As an object over the one row of its answer, inside the operation's statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from graphql import FieldNode, GraphQLField
from sqlalchemy import DateTime, Float, FromClause, Select, Text, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from schema.planner.catalogue import object_of
from schema.planner.given import Given, arguments
from schema.planner.scope import Scope
from schema.planner.text import Expression, joined, or_null, quoted
from service.ground.problems import Invalid, LimitExceeded
from service.metrics import answers, spans
from service.metrics.asking import Asked, Granularity, Told
from service.metrics.measures import Dimension
from service.metrics.places import PLACES
from service.metrics.questions import Node, Question
from service.metrics.registry import find
from service.metrics.sources import reading

if TYPE_CHECKING:
    from schema.planner.objects import Objects

MOMENT = DateTime(timezone=True)
WEIGHTED = {"NPS": "NPS_WEIGHTED", "CSAT": "CSAT_WEIGHTED"}
MOST_QUESTIONS = 20
MOST_ROWS = 1000
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Put:
    """A question as it was put: its period, and how it is to be cut."""

    question: Question
    scope: Scope
    starts_at: Expression
    ends_at: Expression
    granularity: Granularity | None
    breakdown: Dimension | None
    zone: str
    has_period: bool


class Metrics:
    """Composes the answers of metrics for one statement."""

    def __init__(self, objects: "Objects") -> None:
        self.objects = objects
        self._put: dict[FromClause, _Put] = {}

    def asked(
        self,
        scope: Scope,
        row: FromClause | None,
        field: GraphQLField,
        read: Asked,
        nodes: Sequence[FieldNode],
    ) -> Expression:
        """Return the answer to one question, or to each of a list."""
        given = arguments(field, nodes[0], self.objects.selector.variables)
        if not read.many:
            put = self._understood(scope, row, read, given["input"], ("input",))
            return self._figure(put, put.question, field, nodes)
        questions = given["inputs"].items()
        if len(questions) > MOST_QUESTIONS:
            raise LimitExceeded("inputs", limit=MOST_QUESTIONS, things="questions", found=len(questions))
        each = [
            self._understood(scope, row, read, one, ("inputs", place)) for place, one in enumerate(questions)
        ]
        texts = [self._figure(put, put.question, field, nodes) for put in each]
        parts = [part for text in texts for part in (",", text)]
        return joined(["[", *parts[1:], "]"])

    def told(
        self, row: FromClause, field: GraphQLField, read: Told, nodes: Sequence[FieldNode]
    ) -> Expression:
        """Return what an answer tells beside its value."""
        put = self._put[row]
        match read:
            case Told.SERIES:
                return self._series(put, field, nodes)
            case Told.GROUPS:
                return self._groups(put, field, nodes)
            case Told.PREVIOUS:
                return self._previous(put, field, nodes)
            case Told.ROW_IDS:
                return self._rows(put, field, nodes)

    def _figure(
        self, put: _Put, question: Question, field: GraphQLField, nodes: Sequence[FieldNode]
    ) -> Expression:
        figure = answers.figures(question).subquery()
        self._put[figure] = put
        inner, type_ = put.scope.inside(figure), object_of(field.type)
        fields = self.objects.selector.fields(type_, nodes)
        return inner.finish(select(joined(self.objects.of_row(inner, figure, type_, fields))), figure)

    def _understood(
        self, scope: Scope, row: FromClause | None, read: Asked, given: Given, path: Path
    ) -> _Put:
        """Return the question that an input puts; raises Invalid, placed in it, for one without answer."""
        value = given.value
        metric_id = _weighed(value["metric"].value, weighted=bool(value.get("weighted")), path=path)
        found, definition = reading(metric_id), find(metric_id)
        if definition is None or found is None or not read.place.answers(found):
            raise Invalid(*path, "metric", reason=_where(metric_id))
        starts, ends = self._moments(given, path)
        survey, as_of, quantile = self._details(given, path)
        question = Question(
            definition,
            found,
            spans.period(starts, ends),
            None if row is None else Node(read.place, row),
            survey=survey,
            as_of=as_of,
            quantile=quantile,
            around=scope.rows,
        )
        granularity = value.get("granularity")
        has_period = given.has("from") and given.has("to")
        if granularity is not None and not has_period:
            raise Invalid(*path, "granularity", reason="A series needs a period: say from when to when.")
        breakdown = self._breakdown(question, value.get("breakdown"), path)
        self._check_survey(question, path)
        zone = value.get("timeZone") or "UTC"
        if zone not in available_timezones():
            raise Invalid(*path, "timeZone", reason="This is not the name of a time zone.")
        return _Put(question, scope, starts, ends, granularity, breakdown, zone, has_period)

    def _moments(self, given: Given, path: Path) -> tuple[Expression, Expression]:
        bind = self.objects.parameters.bind
        starts = bind(given.field("from"), MOMENT) if given.has("from") else spans.BEGINNING
        ends = bind(given, MOMENT, _end_of(path)) if given.has("to") else spans.END
        return starts, ends

    def _details(
        self, given: Given, path: Path
    ) -> tuple[Expression | None, Expression | None, Expression | None]:
        bind = self.objects.parameters.bind
        return (
            bind(given.field("survey"), Text()) if given.has("survey") else None,
            bind(given.field("asOf"), MOMENT) if given.has("asOf") else None,
            bind(given.field("quantile"), Float(), _quantile(path)) if given.has("quantile") else None,
        )

    @staticmethod
    def _breakdown(question: Question, chosen: Any, path: Path) -> Dimension | None:  # noqa: ANN401 - an enum or none
        if chosen is None:
            return None
        dimension = Dimension(chosen.value)
        if not any(dimension in each.facts.dimensions for each in question.measures):
            reason = f"What this metric counts is not known by {dimension.lower().replace('_', ' ')}."
            raise Invalid(*path, "breakdown", reason=reason)
        return dimension

    @staticmethod
    def _check_survey(question: Question, path: Path) -> None:
        if question.survey is not None and any(
            Dimension.SURVEY not in each.facts.dimensions for each in question.measures
        ):
            raise Invalid(*path, "survey", reason="This metric does not count answers to surveys.")

    def _series(self, put: _Put, field: GraphQLField, nodes: Sequence[FieldNode]) -> Expression:
        if put.granularity is None:
            return quoted("[]")
        cut = spans.buckets(put.starts_at, put.ends_at, put.granularity, put.zone)
        return self._listed(put, answers.figures(put.question.of(cut)), "place", field, nodes)

    def _groups(self, put: _Put, field: GraphQLField, nodes: Sequence[FieldNode]) -> Expression:
        if put.breakdown is None:
            return quoted("[]")
        question = put.question.of(put.question.spans, breakdown=put.breakdown)
        return self._listed(put, answers.groups(question), "grp", field, nodes)

    def _listed(
        self,
        put: _Put,
        rows: "Select[Any]",
        order: str,
        field: GraphQLField,
        nodes: Sequence[FieldNode],
    ) -> Expression:
        item, type_ = rows.subquery(), object_of(field.type)
        inner = put.scope.inside(item)
        text = joined(self.objects.of_row(inner, item, type_, self.objects.selector.fields(type_, nodes)))
        items = func.string_agg(text, aggregate_order_by(quoted(","), item.c[order].asc()))
        return inner.finish(select(joined(["[", func.coalesce(items, quoted("")), "]"])), item)

    def _previous(self, put: _Put, field: GraphQLField, nodes: Sequence[FieldNode]) -> Expression:
        if not put.has_period:
            return quoted("null")
        earlier = put.question.of(spans.before(put.starts_at, put.ends_at))
        return or_null(self._figure(put, earlier, field, nodes))

    def _rows(self, put: _Put, field: GraphQLField, nodes: Sequence[FieldNode]) -> Expression:
        given = arguments(field, nodes[0], self.objects.selector.variables)
        first = given["first"].value if "first" in given else None
        if first is None or not 1 <= first <= MOST_ROWS:
            raise Invalid("first", reason=f"Ask for 1 to {MOST_ROWS} rows.")
        found = answers.behind(put.question).subquery()
        latest = (
            select(found.c.id, found.c.at)
            .order_by(found.c.at.desc(), found.c.id.desc())
            .limit(literal_column(str(first)))
            .subquery()
        )
        newest_first = aggregate_order_by(latest.c.id, latest.c.at.desc(), latest.c.id.desc())
        text = cast(func.json_agg(newest_first), Text)
        inner = put.scope.inside(latest)
        return inner.finish(select(func.coalesce(text, quoted("[]"))), latest)


def _weighed(metric_id: str, *, weighted: bool, path: Path) -> str:
    if not weighted or metric_id in WEIGHTED.values():
        return metric_id
    if metric_id not in WEIGHTED:
        reason = f"Weights count in {' and '.join(WEIGHTED)} only."
        raise Invalid(*path, "weighted", reason=reason)
    return WEIGHTED[metric_id]


def _where(metric_id: str) -> str:
    """Say where a metric can be asked."""
    found = reading(metric_id)
    names = [place.name for place in PLACES if found is not None and place.answers(found)]
    if not names:
        return f"{metric_id} cannot be valued yet: what it counts is not recorded."
    return f"{metric_id} cannot be asked here; ask it at {', '.join(names)}."


def _end_of(path: Path) -> Any:  # noqa: ANN401 - a conversion of whatever was given
    def convert(value: Any) -> object:  # noqa: ANN401 - a coerced input object
        starts, ends = value.get("from"), value["to"]
        if starts is not None and not starts < ends:
            raise Invalid(*path, "to", reason="A period ends after it begins.")
        return ends

    return convert


def _quantile(path: Path) -> Any:  # noqa: ANN401 - a conversion of whatever was given
    def convert(value: float) -> object:
        if not 0 < value < 1:
            raise Invalid(*path, "quantile", reason="A quantile lies between 0 and 1.")
        return value

    return convert
