"""Which facts are counted? Those of feedback, of interactions and of what happened at touchpoints."""

from typing import Any

from sqlalchemy import (
    FromClause,
    Integer,
    Select,
    and_,
    cast,
    func,
    literal_column,
    or_,
    select,
)

from service.feedback.reads import FEEDBACK
from service.feedback.tables import FeedbackKind, FeedbackReason, Sentiment
from service.ground.reads import Condition, Expression, OfRow, column
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.interactions.reads import INTERACTION
from service.interactions.tables import (
    Interaction,
    InteractionEvent,
    LedgerType,
    Origin,
    Party,
    Visibility,
)
from service.metrics.abandonment import SHORT_SECONDS
from service.metrics.expressions import (
    binned,
    exact,
    flag,
    is_easy,
    is_satisfied,
    one,
    said,
    scale_of,
    score,
    seconds_of,
    squared,
)
from service.metrics.measures import Dimension, Facts, Key, Measure
from service.metrics.service_level import THRESHOLD
from service.touchpoints.reads import TOUCHPOINT_EVENT


def _scored(kind: FeedbackKind) -> "Any":  # noqa: ANN401 - a condition of a row
    return lambda row: and_(row.c.kind == said(kind), row.c.score.is_not(None))


def _weighing(hit: "Any") -> dict[str, OfRow]:  # noqa: ANN401 - a condition of a row
    weight: OfRow = lambda row: exact(row.c.weight)  # noqa: E731 - used by its neighbours
    return {
        "weight": weight,
        "weight_squares": squared(weight),
        "weight_hits": lambda row: weight(row) * flag(hit(row)),
    }


def _team_of_interaction() -> Key:
    return Key(
        column("team_id"),
        rolled=False,
        model=Interaction,
        on=lambda row, matter: matter.c.id == row.c.interaction_id,
    )


FEEDBACK_FACTS = Facts(
    FEEDBACK,
    {
        Dimension.TOUCHPOINT: Key(column("touchpoint_id")),
        Dimension.SURVEY: Key(column("survey_id")),
        Dimension.CHANNEL: Key(column("channel")),
        Dimension.CONTACT_REASON: Key(
            column("contact_reason_id"),
            model=FeedbackReason,
            on=lambda row, link: link.c.feedback_id == row.c.id,
        ),
        Dimension.CUSTOMER: Key(column("customer_id"), rolled=False),
        Dimension.TEAM: _team_of_interaction(),
    },
    column("recorded_at"),
)


def _is(category: str) -> "Any":  # noqa: ANN401 - a condition of a row
    return lambda row: row.c.nps_category == said(category)


NPS_ANSWERS = Measure(
    "NPS",
    FEEDBACK_FACTS,
    column("submitted_at"),
    {
        "n": one,
        "hits": lambda row: flag(_is("PROMOTER")(row)),
        "misses": lambda row: flag(_is("DETRACTOR")(row)),
        **_weighing(_is("PROMOTER")),
        "weight_misses": lambda row: exact(row.c.weight) * flag(_is("DETRACTOR")(row)),
    },
    when=_scored(FeedbackKind.NPS),
    bin=lambda row: cast(row.c.score, Integer),
)
CSAT_ANSWERS = Measure(
    "CSAT",
    FEEDBACK_FACTS,
    column("submitted_at"),
    {
        "n": one,
        "hits": lambda row: flag(is_satisfied(row)),
        "total": score,
        "squares": squared(score),
        **_weighing(is_satisfied),
    },
    when=_scored(FeedbackKind.CSAT),
    variant=scale_of,
)
CES_ANSWERS = Measure(
    "CES",
    FEEDBACK_FACTS,
    column("submitted_at"),
    {"n": one, "hits": lambda row: flag(is_easy(row)), "total": score, "squares": squared(score)},
    when=_scored(FeedbackKind.CES),
    variant=scale_of,
)
SENTIMENT = Measure(
    "SENTIMENT",
    FEEDBACK_FACTS,
    column("submitted_at"),
    {"n": one, "hits": lambda row: flag(row.c.sentiment == said(Sentiment.NEGATIVE))},
    when=lambda row: row.c.sentiment.is_not(None),
)
SAID_SOLVED_AT_ONCE = Measure(
    "SAID_SOLVED_AT_ONCE",
    FEEDBACK_FACTS,
    column("submitted_at"),
    {"n": one, "hits": lambda row: flag(row.c.resolved_at_first_contact)},
    when=lambda row: row.c.resolved_at_first_contact.is_not(None),
)


def _ledger_of(row: FromClause) -> "Select[Any]":
    """Return the moments that a matter's ledger tells, each null where it does not."""
    entry = _in_order(row)
    public = and_(entry.c.type == said(LedgerType.MESSAGE), entry.c.visibility == said(Visibility.PUBLIC))
    replies = and_(public, entry.c.occurred_at >= row.c.opened_at)
    helpers = or_(entry.c.actor_kind == said(Party.AGENT), entry.c.actor_kind == said(Party.BOT))
    first = func.min(entry.c.occurred_at)

    def of(type_: LedgerType) -> Condition:
        return entry.c.type == said(type_)

    working = or_(public, of(LedgerType.ASSIGNED), of(LedgerType.HANDED_OVER))
    return select(
        first.filter(and_(replies, helpers)).label("first_reply_at"),
        first.filter(of(LedgerType.RESOLVED)).label("first_resolved_at"),
        first.filter(of(LedgerType.REOPENED)).label("first_reopened_at"),
        first.filter(of(LedgerType.QUEUED)).label("queued_at"),
        first.filter(of(LedgerType.ABANDONED)).label("abandoned_at"),
        first.filter(entry.c.handle_seconds.is_not(None)).label("handled_at"),
        func.sum(entry.c.handle_seconds).label("handle_seconds"),
        first.filter(and_(entry.c.actor_kind == said(Party.AGENT), working)).label("answered_at"),
    ).select_from(entry)


def _in_order(row: FromClause) -> FromClause:
    """Return a matter's entries in the order of the ledger, which one index alone has.

    Of a tenant that PostgreSQL does not know yet it expects a row or none. Without the order, an index of all
    the tenant's entries seems as good, and an import reads them all for each of its rows.
    """
    entry = table_of(InteractionEvent).alias()
    mine = (entry.c.tenant_id == TENANT, entry.c.interaction_id == row.c.id)
    columns = (
        entry.c.type,
        entry.c.visibility,
        entry.c.actor_kind,
        entry.c.occurred_at,
        entry.c.handle_seconds,
    )
    return select(*columns).where(*mine).order_by(entry.c.position).correlate(row).lateral()


INTERACTION_FACTS = Facts(
    INTERACTION,
    {
        Dimension.TOUCHPOINT: Key(column("touchpoint_id")),
        Dimension.CONTACT_REASON: Key(column("contact_reason_id")),
        Dimension.TEAM: Key(column("team_id")),
        Dimension.CHANNEL: Key(column("channel")),
        Dimension.CUSTOMER: Key(column("customer_id"), rolled=False),
    },
    column("created_at"),
    beside=_ledger_of,
)
IN_TIME: Expression = literal_column(str(int(THRESHOLD.default)))
SHORT: Expression = literal_column(str(int(SHORT_SECONDS)))


def _lasting(later: str, earlier: str) -> dict[str, OfRow]:
    lasting = seconds_of(later, earlier)
    return {"n": one, "total": lasting, "squares": squared(lasting)}


def _is_answered(row: FromClause) -> Condition:
    came_first = or_(row.c.abandoned_at.is_(None), row.c.answered_at <= row.c.abandoned_at)
    return and_(row.c.queued_at.is_not(None), row.c.answered_at >= row.c.queued_at, came_first)


def _gave_up(row: FromClause) -> Condition:
    nobody = or_(row.c.answered_at.is_(None), row.c.abandoned_at < row.c.answered_at)
    return and_(row.c.queued_at.is_not(None), nobody)


def _left_unresolved(row: FromClause) -> Condition:
    unresolved = or_(row.c.first_resolved_at.is_(None), row.c.abandoned_at < row.c.first_resolved_at)
    return and_(row.c.queued_at.is_not(None), unresolved)


def _waited(limit: Expression, later: str, *, below: bool = False) -> OfRow:
    wait = seconds_of(later, "queued_at")
    return lambda row: flag(wait(row) < limit if below else wait(row) <= limit)


def _reopened_soon(row: FromClause) -> Expression:
    window: Expression = literal_column("interval '30 days'")
    return flag(
        and_(
            row.c.first_reopened_at.is_not(None),
            row.c.first_reopened_at - row.c.first_resolved_at < window,
        )
    )


def _busy(row: FromClause) -> Expression:
    """Return for how many seconds agents were busy with a matter, however often it came to one."""
    return exact(row.c.handle_seconds)


def _of_ledger(name: str, at: str, parts: dict[str, OfRow], **more: "Any") -> Measure:  # noqa: ANN401
    return Measure(name, INTERACTION_FACTS, column(at), parts, whole=True, **more)


OPENED = Measure(
    "OPENED",
    INTERACTION_FACTS,
    column("opened_at"),
    {
        "n": one,
        "hits": lambda row: flag(row.c.sla_met.is_(True)),
        "misses": lambda row: flag(row.c.sla_met.is_(False)),
    },
)


def _answered_in(name: str, at: str, when: OfRow) -> Measure:
    lasting = seconds_of(at, "opened_at")
    return _of_ledger(
        name,
        at,
        _lasting(at, "opened_at"),
        when=lambda row: and_(row.c.origin == said(Origin.REACTIVE), when(row)),
        bin=binned(lasting),
    )


def _resolved_in(name: str, at: str, when: OfRow) -> Measure:
    parts = {**_lasting(at, "opened_at"), "hits": _reopened_soon}
    return _of_ledger(name, at, parts, when=when, bin=binned(seconds_of(at, "opened_at")))


# What is the same for two metrics is counted once, what differs apart: most answers and resolutions are one.
ANSWERED_AT_ONCE = _answered_in(
    "ANSWERED_AT_ONCE", "first_responded_at", lambda row: row.c.first_reply_at == row.c.first_responded_at
)
ANSWERED_AFTERWARDS = _answered_in(
    "ANSWERED_AFTERWARDS",
    "first_responded_at",
    lambda row: row.c.first_reply_at.is_distinct_from(row.c.first_responded_at),
)
ANSWERED_BY_BOT = _answered_in(
    "ANSWERED_BY_BOT",
    "first_reply_at",
    lambda row: row.c.first_reply_at.is_distinct_from(row.c.first_responded_at),
)
RESOLVED_FOR_GOOD = _resolved_in(
    "RESOLVED_FOR_GOOD", "resolved_at", lambda row: row.c.first_resolved_at == row.c.resolved_at
)
RESOLVED_AGAIN = _resolved_in(
    "RESOLVED_AGAIN", "resolved_at", lambda row: row.c.first_resolved_at.is_distinct_from(row.c.resolved_at)
)
RESOLVED_AT_FIRST = _resolved_in(
    "RESOLVED_AT_FIRST",
    "first_resolved_at",
    lambda row: row.c.first_resolved_at.is_distinct_from(row.c.resolved_at),
)
CLOSED_UNRESOLVED = Measure(
    "CLOSED_UNRESOLVED",
    INTERACTION_FACTS,
    column("closed_at"),
    {"n": one},
    when=lambda row: row.c.resolved_at.is_(None),
)
QUEUE_ANSWERED = _of_ledger(
    "QUEUE_ANSWERED",
    "answered_at",
    {**_lasting("answered_at", "queued_at"), "hits": _waited(IN_TIME, "answered_at")},
    when=_is_answered,
)
QUEUE_ABANDONED = _of_ledger(
    "QUEUE_ABANDONED",
    "abandoned_at",
    {
        "n": one,
        "hits": _waited(IN_TIME, "abandoned_at"),
        "misses": _waited(SHORT, "abandoned_at", below=True),
    },
    when=_gave_up,
)
LEFT_UNRESOLVED = _of_ledger(
    "LEFT_UNRESOLVED",
    "abandoned_at",
    {"n": one, "misses": _waited(SHORT, "abandoned_at", below=True)},
    when=_left_unresolved,
)
HANDLED = _of_ledger("HANDLED", "handled_at", {"n": one, "total": _busy, "squares": squared(_busy)})
EVENT_FACTS = Facts(
    TOUCHPOINT_EVENT,
    {
        Dimension.TOUCHPOINT: Key(column("touchpoint_id")),
        Dimension.CHANNEL: Key(column("channel")),
        Dimension.CUSTOMER: Key(column("customer_id"), rolled=False),
    },
    column("recorded_at"),
)
PROMISED = Measure(
    "PROMISED",
    EVENT_FACTS,
    column("occurred_at"),
    {"n": one, "hits": lambda row: flag(row.c.standard_met.is_(True))},
    when=lambda row: row.c.standard_met.is_not(None),
)
ROLLED: tuple[Measure, ...] = (
    NPS_ANSWERS,
    CSAT_ANSWERS,
    CES_ANSWERS,
    SENTIMENT,
    SAID_SOLVED_AT_ONCE,
    OPENED,
    ANSWERED_AT_ONCE,
    ANSWERED_AFTERWARDS,
    ANSWERED_BY_BOT,
    RESOLVED_FOR_GOOD,
    RESOLVED_AGAIN,
    RESOLVED_AT_FIRST,
    CLOSED_UNRESOLVED,
    QUEUE_ANSWERED,
    QUEUE_ABANDONED,
    LEFT_UNRESOLVED,
    HANDLED,
    PROMISED,
)
"""The measures of which roll-ups are kept."""
