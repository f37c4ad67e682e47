"""What has become of what a customer said? The level of a signal, derived from all that followed it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import FromClause, String, and_, case, false, literal, or_

from service.ground.reads import Condition, Expression, OfPair, OfRow, among, exists_in
from service.initiatives.tables import Initiative, InitiativeInsight
from service.insights.tables import Evidence, Insight
from service.interactions.tables import Interaction
from service.loops.machine import TOLD
from service.loops.tables import FollowUp, FollowUpStatus, News, Recovery, RecoveryStatus

SIGNALS = ("feedback_id", "interaction_id", "touchpoint_event_id")


class LoopLevel(StrEnum):
    """How far the loop of one signal has come; never stored."""

    HEARD = "HEARD"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RECOVERED = "RECOVERED"
    DECLINED_AND_TOLD = "DECLINED_AND_TOLD"
    CAUSE_ADDRESSED = "CAUSE_ADDRESSED"
    TOLD = "TOLD"
    VERIFIED = "VERIFIED"


@dataclass(frozen=True, slots=True)
class Signal:
    """How a kind of row is a signal: its evidence, its recoveries, and whether somebody answered it."""

    is_evidence: OfPair
    is_recovery: OfPair
    is_answered: Callable[[FromClause], Condition]


def level_of(signal: Signal) -> OfRow:
    """Return the level of a row: the furthest that anything which followed from it has come.

    An effect alone does not verify: the customer has to be told of it, unless nobody knows who said it.
    """

    def level(row: FromClause) -> Expression:
        reached = (
            (_is_verified(signal, row), LoopLevel.VERIFIED),
            (_is_told(signal, row, News.CHANGED), LoopLevel.TOLD),
            (_is_addressed(signal, row), LoopLevel.CAUSE_ADDRESSED),
            (_is_told(signal, row, News.DECLINED), LoopLevel.DECLINED_AND_TOLD),
            (_is_recovered(signal, row), LoopLevel.RECOVERED),
            (_is_acknowledged(signal, row), LoopLevel.ACKNOWLEDGED),
        )
        return case(
            *((condition, _word(value)) for condition, value in reached), else_=_word(LoopLevel.HEARD)
        )

    return level


def _word(level: LoopLevel) -> Expression:
    return literal(level.value, String)


def _is_verified(signal: Signal, row: FromClause) -> Condition:
    def confirmed(evidence: FromClause, link: FromClause) -> Condition:
        return _has_follow_up(evidence, link, lambda one: one.c.status == FollowUpStatus.CONFIRMED)

    def proven(evidence: FromClause, link: FromClause) -> Condition:
        effect = exists_in(
            Insight, lambda one: and_(one.c.id == evidence.c.insight_id, one.c.verified_at.is_not(None))
        )
        told = _has_follow_up(evidence, link, lambda one: _tells(one, News.CHANGED))
        return and_(effect, or_(evidence.c.customer_id.is_(None), told))

    return _leads_to(
        signal, row, lambda evidence, link: or_(confirmed(evidence, link), proven(evidence, link))
    )


def _is_told(signal: Signal, row: FromClause, news: News) -> Condition:
    return _leads_to(
        signal, row, lambda evidence, link: _has_follow_up(evidence, link, lambda one: _tells(one, news))
    )


def _is_addressed(signal: Signal, row: FromClause) -> Condition:
    def shipped(_evidence: FromClause, link: FromClause) -> Condition:
        return exists_in(
            Initiative, lambda one: and_(one.c.id == link.c.initiative_id, one.c.shipped_at.is_not(None))
        )

    return _leads_to(signal, row, shipped)


def _is_recovered(signal: Signal, row: FromClause) -> Condition:
    return exists_in(
        Recovery, lambda one: and_(signal.is_recovery(row, one), one.c.status == RecoveryStatus.RECOVERED)
    )


def _is_acknowledged(signal: Signal, row: FromClause) -> Condition:
    recovery = exists_in(
        Recovery, lambda one: and_(signal.is_recovery(row, one), one.c.acknowledged_at.is_not(None))
    )
    return or_(signal.is_answered(row), recovery)


def _leads_to(signal: Signal, row: FromClause, meets: OfPair) -> Condition:
    """Tell whether the row is standing evidence of an insight, linked to an initiative that meets this."""
    return exists_in(
        Evidence,
        lambda evidence: and_(
            signal.is_evidence(row, evidence),
            evidence.c.unlinked_at.is_(None),
            exists_in(
                InitiativeInsight,
                lambda link: and_(link.c.insight_id == evidence.c.insight_id, meets(evidence, link)),
            ),
        ),
    )


def _has_follow_up(
    evidence: FromClause, link: FromClause, meets: Callable[[FromClause], Condition]
) -> Condition:
    return exists_in(
        FollowUp,
        lambda one: and_(
            one.c.initiative_id == link.c.initiative_id,
            one.c.customer_id == evidence.c.customer_id,
            meets(one),
        ),
    )


def _tells(follow_up: FromClause, news: News) -> Condition:
    return and_(among(follow_up.c.status, TOLD), follow_up.c.news == news)


def _named_by(name: str) -> OfPair:
    return lambda row, other: other.c[name] == row.c.id


def _same_signal(row: FromClause, other: FromClause) -> Condition:
    return or_(*(other.c[name] == row.c[name] for name in SIGNALS))


def _interaction_is_answered(row: FromClause) -> Condition:
    return exists_in(
        Interaction,
        lambda one: and_(one.c.id == row.c.interaction_id, one.c.first_responded_at.is_not(None)),
    )


level_of_feedback = level_of(Signal(_named_by("feedback_id"), _named_by("feedback_id"), lambda _row: false()))
level_of_interaction = level_of(
    Signal(
        _named_by("interaction_id"),
        _named_by("interaction_id"),
        lambda row: row.c.first_responded_at.is_not(None),
    )
)
level_of_touchpoint_event = level_of(
    Signal(_named_by("touchpoint_event_id"), _named_by("touchpoint_event_id"), lambda _row: false())
)
level_of_evidence = level_of(Signal(_same_signal, _same_signal, _interaction_is_answered))
