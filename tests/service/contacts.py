"""How often did customers get in touch? Contacts laid into a tenant, from a seed or from the real log."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import numpy as np

from infra.demo import servicedesk
from service.ground.keys import uuid7
from service.ground.session import Session
from service.initiatives import Plan
from service.initiatives.scopes import Scope
from service.initiatives.tables import ComparisonKind, EffectScale, PlanBucket, WantedDirection
from service.interactions.tables import (
    ContactReason,
    Interaction,
    InteractionStatus,
    Origin,
    Priority,
    ReasonKind,
)
from service.touchpoints.tables import Channel
from tests.service.proof_series import noisy

BEGINNING = date(2025, 1, 6)
BEFORE, AFTER = 30, 14
CHANGE = BEGINNING + timedelta(weeks=BEFORE)
END = CHANGE + timedelta(weeks=AFTER)
EPOCH = date(2016, 1, 1)
MINUTES_A_DAY = 24 * 60


def reason(session: Session, key: str, parent: UUID | None = None) -> UUID:
    """Add a contact reason."""
    row = ContactReason(
        key=key, parent_id=parent, name=key, kind=ReasonKind.COMPLAINT, valid_from=midnight(EPOCH)
    )
    return session.add(row).id


def midnight(day: date) -> datetime:
    """Return the beginning of a day."""
    return datetime.combine(day, time(), UTC)


def lay(
    session: Session,
    reason_id: UUID | None,
    counts: Mapping[date, int],
    source: str = "desk",
    customer_id: UUID | None = None,
) -> None:
    """Add so many contacts about a reason on each day, at noon."""
    common = {
        "source": source,
        "customer_id": customer_id,
        "channel": Channel.PHONE,
        "status": InteractionStatus.NEW,
        "priority": Priority.NORMAL,
        "origin": Origin.REACTIVE,
        "contact_reason_id": reason_id,
        "reopen_count": 0,
        "version": 1,
        "created_at": session.now,
        "updated_at": session.now,
    }
    rows = [
        {"id": uuid7(), "key": str(uuid7()), **common, "opened_at": noon, "last_event_at": noon}
        for day, count in counts.items()
        for noon in [midnight(day) + timedelta(hours=12)] * count
    ]
    session.insert(Interaction, rows)


def weekly(counts: Sequence[float], first: date = BEGINNING) -> Mapping[date, int]:
    """Return the counts of weeks, all on their Wednesdays."""
    return {first + timedelta(weeks=n, days=2): int(count) for n, count in enumerate(counts)}


def steady(mean: float, seed: int, weeks: int = BEFORE + AFTER) -> list[float]:
    """Return contacts a week that vary more than chance and do not change."""
    return [float(one) for one in noisy(np.random.default_rng(seed), weeks, mean)]


def halved(counts: Sequence[float], seed: int = 7) -> list[float]:
    """Remove half of the contacts after the change by chance, one by one."""
    generator = np.random.default_rng(seed)
    return [*counts[:BEFORE], *(float(generator.binomial(int(one), 0.5)) for one in counts[BEFORE:])]


def weekly_plan(treated: UUID | None, **more: object) -> Plan:
    """Return a plan that wants fewer contacts about a reason, by 10 % at least."""
    values: dict[str, object] = {
        "metric_id": "CONTACT_RATE",
        "metric_version": 1,
        "direction": WantedDirection.DECREASE,
        "bucket": PlanBucket.WEEK,
        "practical_threshold": 0.1,
        "threshold_scale": EffectScale.RELATIVE,
        "baseline_start": midnight(BEGINNING),
        "baseline_end": midnight(CHANGE),
        "starts_at": midnight(CHANGE),
        "evaluation_end": midnight(END),
        "treated": Scope(contact_reasons=(treated,)) if treated else Scope(),
        **more,
    }
    return Plan(**values)  # type: ignore[arg-type]  # the values of several types are those of a plan


BESIDE_OTHERS = {"comparison_kind": ComparisonKind.COMPARISON_GROUP, "comparison": "All other reasons"}


def incidents_by_day() -> Mapping[int | None, Counter[date]]:
    """Return the real incidents of the service desk by category and day."""
    counts: dict[int | None, Counter[date]] = {}
    for incident in servicedesk.incidents():
        day = EPOCH + timedelta(days=incident.opened // MINUTES_A_DAY)
        counts.setdefault(incident.category, Counter())[day] += 1
    return counts
