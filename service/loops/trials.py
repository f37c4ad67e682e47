"""What would a rule have done? It is held against a period that is over, and nothing is changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from service.ground.problems import Invalid, LimitExceeded
from service.ground.session import Session
from service.loops import occasions
from service.loops.recovery_rules import SAID, rule_of
from service.loops.rule_tables import RecoveryRule
from service.loops.rules import Occasion, Rule
from service.loops.tables import Recovery

LONGEST_PERIOD = timedelta(days=366)
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Match:
    """A signal that the rule would have answered, and the recovery there is for it already, if any."""

    occasion: Occasion
    severity: int
    recovery_id: UUID | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have opened; `matches` holds the latest of them, at most a hundred."""

    examined: int
    would_open: int
    opened_already: int
    left_alone: int
    customers: int
    matches: Sequence[Match]


async def of_edition(session: Session, rule_id: UUID, since: datetime, until: datetime) -> Trial:
    """Hold an edition of a rule, whatever its state, against a period; raises NotFound and as `of_rule`."""
    row = await session.get(RecoveryRule, rule_id, "recoveryRuleId")
    return await of_rule(session, rule_of({name: getattr(row, name) for name in SAID}), since, until)


async def of_rule(session: Session, rule: Rule, since: datetime, until: datetime) -> Trial:
    """Hold a rule against a period: what it alone would have opened, had it been active.

    Raises Invalid for a period that is none or too long, LimitExceeded where too much happened in it.
    """
    if not since < until:
        raise Invalid("until", reason="A period ends after it begins.")
    if until - since > LONGEST_PERIOD:
        raise Invalid("until", reason=f"A period has at most {LONGEST_PERIOD.days} days.")
    found = await occasions.of_past(session, [rule.trigger], since, until)
    if len(found) > occasions.MOST_OCCASIONS:
        most = occasions.MOST_OCCASIONS
        raise LimitExceeded("until", limit=most, things="signals in a period", found=len(found))
    matched = [one for one in found if rule.matches(one)]
    meant = _without_pauses(matched, rule.quiet_days)
    recovered = await _recovered(session, meant)
    matches = [Match(one, rule.severity_of(one), recovered.get(_signal(one))) for one in meant]
    return Trial(
        examined=len(found),
        would_open=sum(one.recovery_id is None for one in matches),
        opened_already=sum(one.recovery_id is not None for one in matches),
        left_alone=len(matched) - len(meant),
        customers=len({one.occasion.customer_id for one in matches}),
        matches=matches[::-1][:MOST_SHOWN],
    )


def _without_pauses(matched: Sequence[Occasion], quiet_days: int) -> list[Occasion]:
    """Leave out what came too soon after the same customer's one before, and the same matter again."""
    last: dict[UUID, datetime] = {}
    seen: set[tuple[str, UUID | None]] = set()
    meant: list[Occasion] = []
    for one in matched:
        before = last.get(one.customer_id)
        if before and quiet_days and one.occurred_at < before + timedelta(days=quiet_days):
            continue
        if _signal(one) in seen:
            continue
        seen.add(_signal(one))
        last[one.customer_id] = one.occurred_at
        meant.append(one)
    return meant


def _signal(one: Occasion) -> tuple[str, UUID | None]:
    if one.feedback_id is not None:
        return "feedback_id", one.feedback_id
    return "interaction_id", one.interaction_id


async def _recovered(session: Session, meant: Sequence[Occasion]) -> dict[tuple[str, UUID | None], UUID]:
    """Return the recoveries that there are already, by the signal they answer."""
    found: dict[tuple[str, UUID | None], UUID] = {}
    for column in ("feedback_id", "interaction_id"):
        keys = [(id_,) for name, id_ in map(_signal, meant) if name == column]
        rows = await session.lookup(Recovery, (column,), keys)
        found |= {(column, row[column]): row["id"] for row in rows.values()}
    return found
