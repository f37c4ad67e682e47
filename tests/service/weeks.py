"""What do the facts about detection speak of? Weeks of contacts by reason, perhaps with a surge."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from service.customers.tables import Customer
from service.ground.keys import uuid7
from service.ground.session import Session
from service.interactions.tables import ContactReason, Interaction, ReasonKind
from service.touchpoints.tables import Channel

TODAY = date(2026, 6, 1)
MIDNIGHT = datetime.combine(TODAY, time(), UTC)
USUAL: Mapping[str, tuple[int, ...]] = {
    "billing": (12, 9, 11, 10, 8, 12, 10, 9),
    "delivery": (20, 23, 18, 21, 19, 22, 20, 20),
    "login": (6, 8, 5, 7, 6, 7, 8, 6),
    "returns": (15, 13, 16, 14, 15, 17, 14, 15),
}
"""Contacts a week by reason, the earliest of eight weeks first."""


def reason(session: Session, key: str) -> UUID:
    """Add a contact reason that was there long before."""
    row = ContactReason(
        key=key, name=key.capitalize(), kind=ReasonKind.COMPLAINT, valid_from=datetime(2020, 1, 1, tzinfo=UTC)
    )
    return session.add(row).id


def contacts(
    session: Session,
    reason_id: UUID,
    count: int,
    *,
    weeks_ago: int,
    source: str = "desk",
    customers: tuple[UUID, ...] = (),
) -> None:
    """Add contacts within one week, in even steps; week 0 ends with yesterday."""
    begin = MIDNIGHT - timedelta(days=7 * (weeks_ago + 1))
    for number in range(count):
        at = begin + timedelta(days=7) * (number + 0.5) / count
        session.add(
            Interaction(
                source=source,
                key=str(uuid7()),
                customer_id=customers[number % len(customers)] if customers else None,
                contact_reason_id=reason_id,
                channel=Channel.PHONE,
                opened_at=at,
                last_event_at=at,
            )
        )


def past(session: Session, *, times: int = 1, source: str = "desk") -> dict[str, UUID]:
    """Add eight usual weeks, and return the reasons by key."""
    reasons = {key: reason(session, key) for key in USUAL}
    for key, counts in USUAL.items():
        for week, count in enumerate(counts):
            contacts(session, reasons[key], count * times, weeks_ago=8 - week, source=source)
    return reasons


def last_week(session: Session, reasons: Mapping[str, UUID], **counts: int) -> tuple[UUID, ...]:
    """Add the week in question, usual where no count is given; returns the five customers it is about."""
    people = tuple(session.add(Customer(display_name=f"Customer {n}")).id for n in range(5))
    for key, id_ in reasons.items():
        contacts(session, id_, counts.get(key, round(sum(USUAL[key]) / 8)), weeks_ago=0, customers=people)
    return people
