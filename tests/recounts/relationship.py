"""Who stays, and how are they doing? Customers over a span of time, and their health."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from service.metrics import churn, contact_rate, health
from service.metrics.definitions import Measured
from tests.recounts.answers import merit
from tests.recounts.rows import Formulas, Recount, Row

DAY = 86400


@dataclass(frozen=True)
class _Stay:
    """From when to when a customer was there."""

    since: datetime
    lost_at: datetime | None


def _stay(recount: Recount, row: Row) -> _Stay:
    rows = recount.rows
    heard = [
        row["created_at"],
        *(one["opened_at"] for one in rows.where("interaction", "customer_id", row["id"])),
        *(one["submitted_at"] for one in rows.where("feedback", "customer_id", row["id"])),
    ]
    changes = rows.where("lifecycle_change", "customer_id", row["id"])
    left = [one["changed_at"] for one in changes if one["stage"] == "CHURNED"]
    is_lost = row["lifecycle_stage"] == "CHURNED"
    return _Stay(min(heard), max(left, default=row["updated_at"]) if is_lost else None)


def _stays(recount: Recount, *, everybody: bool = False) -> Iterator[_Stay]:
    for row in recount.rows.tables["customer"]:
        if row["merged_into_id"] is None and (everybody or recount.is_here({"customer": {row["id"]}})):
            yield _stay(recount, row)


def _days(recount: Recount, *, everybody: bool) -> float:
    """Return how many days customers were there in the period; nobody was there later than now."""
    total, ends = 0.0, min(recount.ends_at, recount.now)
    for stay in _stays(recount, everybody=everybody):
        begins = max(stay.since, recount.starts_at)
        total += max(0.0, (min(stay.lost_at or ends, ends) - begins).total_seconds())
    return total / DAY


def _cohort(recount: Recount) -> tuple[int, int]:
    """Return how many of those of the start were lost, and how many they were."""
    start = recount.starts_at
    there = [s for s in _stays(recount) if s.since < start and (s.lost_at is None or s.lost_at >= start)]
    return sum(s.lost_at is not None and s.lost_at < recount.ends_at for s in there), len(there)


def _churn_rate(recount: Recount) -> Measured:
    lost = sum(recount.holds(stay.lost_at) for stay in _stays(recount))
    return churn.churn_rate(lost, _days(recount, everybody=False))


def _contact_rate(recount: Recount) -> Measured:
    """Set contacts against the customers of the node, or against all where it is no customer's."""
    knows_customers = recount.node is None or recount.node[0] in {"Customer", "Account", "Segment"}
    contacts = sum(1 for _ in recount.of("interaction", "opened_at"))
    return contact_rate.contact_rate(contacts, _days(recount, everybody=not knows_customers))


def parts_of_health(recount: Recount) -> list[health.Part]:
    """Return the parts of the health of all customers of a node together."""

    def part(name: str, weight: int, scores: list[float]) -> health.Part:
        return health.Part(name, weight, sum(scores) / len(scores) if scores else None)

    said = [r for r in recount.of("feedback", "submitted_at") if r["customer_id"]]
    opened = [r for r in recount.of("interaction", "opened_at") if r["customer_id"]]
    resolved = [r for r in recount.of("interaction", "resolved_at") if r["customer_id"]]
    judged = [r["sentiment"] != "NEGATIVE" for r in said if r["sentiment"] is not None]
    return [
        part("SATISFACTION", 3, [merit(r) for r in said if r["score"] is not None]),
        part("PROMISES_KEPT", 2, [100.0 * r["sla_met"] for r in opened if r["sla_met"] is not None]),
        part("SOLVED_FOR_GOOD", 2, [100.0 * (r["reopen_count"] == 0) for r in resolved]),
        part("SENTIMENT", 1, [100.0 * each for each in judged]),
    ]


RECOUNTS: Formulas = {
    "CHURN": lambda recount: churn.churn(*_cohort(recount)),
    "RETENTION": lambda recount: churn.retention(*_cohort(recount)),
    "CHURN_RATE": _churn_rate,
    "CONTACT_RATE": _contact_rate,
    "HEALTH": lambda recount: health.health(parts_of_health(recount)),
}
