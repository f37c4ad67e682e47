"""Which metrics can an effect be judged by? What each counts row by row, and how buckets are compared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import FromClause, and_, case, extract, false, func, literal_column, or_

from service.feedback.tables import Feedback, FeedbackKind, NpsCategory, ScaleDirection, Sentiment
from service.ground.reads import Condition, Expression, among, exists_in
from service.ground.tables import TenantRow
from service.initiatives.proof.guards import LevelKind
from service.initiatives.proof.series import Measure
from service.initiatives.tables import EffectScale
from service.interactions.tables import Interaction, Origin
from service.metrics import ces, csat
from service.touchpoints.tables import TouchpointEvent

CONTACT_REASONS, TOUCHPOINTS, TEAMS, SEGMENTS = "contact_reasons", "touchpoints", "teams", "segments"
"""The kinds of things that rows can be told apart by."""
REPEAT_WINDOW: Expression = literal_column("interval '7 days'")
ONE: Expression = literal_column("1.0")
ZERO: Expression = literal_column("0.0")


@dataclass(frozen=True, slots=True)
class Measurement:
    """How a metric is read from rows: which ones count, when, and what each says.

    `value` is None where rows are counted. `dimensions` are the kinds of things that tell its rows apart,
    those first that an insight is looked up by.
    """

    model: type[TenantRow]
    at: str
    measure: Measure
    dimensions: tuple[str, ...]
    counts: Callable[[FromClause], Condition] | None = None
    value: Callable[[FromClause], Expression] | None = None
    kind: LevelKind = LevelKind.MEAN

    @property
    def scale(self) -> EffectScale:
        """What the effect on it is measured in."""
        return EffectScale.METRIC_UNIT if self.measure is Measure.LEVEL else EffectScale.RELATIVE


def find(metric_id: str) -> Measurement | None:
    """Return how a metric is read, None for one that no series can be made of."""
    return MEASUREMENTS.get(metric_id)


def _share(condition: Condition) -> Expression:
    return case((condition, ONE), else_=ZERO)


def _answers(kind: FeedbackKind) -> Callable[[FromClause], Condition]:
    return lambda row: and_(among(row.c.kind, [kind]), row.c.score.is_not(None))


def _score(row: FromClause) -> Expression:
    return row.c.score


def _nps_points(row: FromClause) -> Expression:
    """Return 100 for a promoter and -100 for a detractor: the mean of an NPS."""
    return case(
        (among(row.c.nps_category, [NpsCategory.PROMOTER]), literal_column("100.0")),
        (among(row.c.nps_category, [NpsCategory.DETRACTOR]), literal_column("-100.0")),
        else_=ZERO,
    )


def _lower_is_better(row: FromClause) -> Condition:
    return func.coalesce(among(row.c.direction, [ScaleDirection.LOWER_IS_BETTER]), false())


def _satisfied(row: FromClause) -> Expression:
    """Return 1 for an answer in the top boxes of its scale, the SQL twin of `csat.is_satisfied`."""
    boxes = row.c.scale_max - row.c.scale_min + ONE
    distance = case((boxes >= literal_column(str(csat.FEWEST_FOR_TWO)), ONE), else_=ZERO)
    return case(
        (and_(_lower_is_better(row), row.c.score <= row.c.scale_min + distance), ONE),
        (and_(~_lower_is_better(row), row.c.score >= row.c.scale_max - distance), ONE),
        else_=ZERO,
    )


def _easy(row: FromClause) -> Expression:
    """Return 1 for an answer on the easy side of its scale, the SQL twin of `ces.is_easy`."""
    part = (row.c.score - row.c.scale_min) / func.nullif(row.c.scale_max - row.c.scale_min, ZERO)
    merit = case((_lower_is_better(row), ONE - part), else_=part)
    return _share(merit > literal_column(str(ces.MIDDLE)))


def _resolved(row: FromClause) -> Condition:
    return row.c.resolved_at.is_not(None)


def _of_known_customer(row: FromClause) -> Condition:
    return row.c.customer_id.is_not(None)


def _same_matter(row: FromClause, other: FromClause) -> Condition:
    return and_(
        other.c.customer_id == row.c.customer_id,
        other.c.contact_reason_id == row.c.contact_reason_id,
        other.c.id != row.c.id,
    )


def _repeats(row: FromClause) -> Expression:
    return _share(
        exists_in(
            Interaction,
            lambda earlier: and_(
                _same_matter(row, earlier),
                earlier.c.opened_at <= row.c.opened_at,
                earlier.c.opened_at > row.c.opened_at - REPEAT_WINDOW,
            ),
        )
    )


def _settled_at_once(row: FromClause) -> Expression:
    comes_back = exists_in(
        Interaction,
        lambda later: and_(
            _same_matter(row, later),
            later.c.opened_at >= row.c.opened_at,
            later.c.opened_at <= row.c.resolved_at + REPEAT_WINDOW,
        ),
    )
    return case((or_(row.c.reopen_count > literal_column("0"), comes_back), ZERO), else_=ONE)


def _seconds(ended: str) -> Callable[[FromClause], Expression]:
    return lambda row: extract("epoch", row.c[ended] - row.c.opened_at)


_MATTERS = (CONTACT_REASONS, TOUCHPOINTS, TEAMS, SEGMENTS)
_WORDS = (TOUCHPOINTS, CONTACT_REASONS, TEAMS, SEGMENTS)
_PLACES = (TOUCHPOINTS, SEGMENTS)


def _of_answers(
    kind: FeedbackKind, value: Callable[[FromClause], Expression], level: LevelKind
) -> Measurement:
    return Measurement(Feedback, "submitted_at", Measure.LEVEL, _WORDS, _answers(kind), value, level)


def _of_matters(
    at: str, counts: Callable[[FromClause], Condition], value: Callable[[FromClause], Expression]
) -> Measurement:
    return Measurement(Interaction, at, Measure.LEVEL, _MATTERS, counts, value, LevelKind.SHARE)


def _of_durations(ended: str, origins: Sequence[Origin] = tuple(Origin)) -> Measurement:
    def has_ended(row: FromClause) -> Condition:
        return and_(row.c[ended].is_not(None), among(row.c.origin, origins))

    return Measurement(Interaction, ended, Measure.DURATION, _MATTERS, has_ended, _seconds(ended))


MEASUREMENTS: Mapping[str, Measurement] = {
    "CONTACT_RATE": Measurement(Interaction, "opened_at", Measure.COUNT, _MATTERS),
    "NPS": _of_answers(FeedbackKind.NPS, _nps_points, LevelKind.NPS),
    "CSAT": _of_answers(FeedbackKind.CSAT, _satisfied, LevelKind.SHARE),
    "CSAT_MEAN": _of_answers(FeedbackKind.CSAT, _score, LevelKind.MEAN),
    "CES_MEAN": _of_answers(FeedbackKind.CES, _score, LevelKind.MEAN),
    "CES_EASY": _of_answers(FeedbackKind.CES, _easy, LevelKind.SHARE),
    "NEGATIVE_SENTIMENT": Measurement(
        Feedback,
        "submitted_at",
        Measure.LEVEL,
        _WORDS,
        lambda row: row.c.sentiment.is_not(None),
        lambda row: _share(among(row.c.sentiment, [Sentiment.NEGATIVE])),
        LevelKind.SHARE,
    ),
    "SLA_ATTAINMENT": _of_matters(
        "resolved_at",
        lambda row: and_(_resolved(row), row.c.sla_met.is_not(None)),
        lambda row: _share(row.c.sla_met),
    ),
    "REOPEN_RATE": _of_matters(
        "resolved_at", _resolved, lambda row: _share(row.c.reopen_count > literal_column("0"))
    ),
    "FCR": _of_matters(
        "resolved_at", lambda row: and_(_resolved(row), _of_known_customer(row)), _settled_at_once
    ),
    "REPEAT_CONTACT": _of_matters("opened_at", _of_known_customer, _repeats),
    "FRT_HUMAN": _of_durations("first_responded_at", [Origin.REACTIVE]),
    "FULL_RESOLUTION": _of_durations("resolved_at"),
    "PROMISE_ADHERENCE": Measurement(
        TouchpointEvent,
        "occurred_at",
        Measure.LEVEL,
        _PLACES,
        lambda row: row.c.standard_met.is_not(None),
        lambda row: _share(row.c.standard_met),
        LevelKind.SHARE,
    ),
}
"""What each metric is made of, by its id; those that are absent are no series of buckets."""
