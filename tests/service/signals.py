"""What do the facts about insights speak of? Customers, what they said, and what they got in touch about."""

from datetime import UTC, datetime
from uuid import UUID

from service.customers.tables import Customer
from service.feedback.tables import Feedback, FeedbackKind, FeedbackSource
from service.ground.keys import uuid7
from service.ground.session import Session
from service.insights import Signal
from service.interactions.tables import Interaction
from service.touchpoints.tables import Channel, TouchpointEvent

WORDS = "The queue took an hour and nobody said why."
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def customer(session: Session, name: str) -> UUID:
    """Add a customer."""
    return session.add(Customer(display_name=name)).id


def feedback(session: Session, customer_id: UUID | None, verbatim: str) -> UUID:
    """Add something that a customer wrote."""
    row = Feedback(
        source="test",
        key=str(uuid7()),
        source_kind=FeedbackSource.REVIEW,
        kind=FeedbackKind.VERBATIM,
        customer_id=customer_id,
        verbatim=verbatim,
        submitted_at=MONDAY,
        recorded_at=session.now,
        recorded_by="test",
    )
    return session.add(row).id


def interaction(session: Session, customer_id: UUID | None) -> UUID:
    """Add a matter that a customer got in touch about."""
    row = Interaction(
        source="test",
        key=str(uuid7()),
        customer_id=customer_id,
        channel=Channel.PHONE,
        opened_at=MONDAY,
        last_event_at=MONDAY,
    )
    return session.add(row).id


def touchpoint_event(session: Session, customer_id: UUID | None) -> UUID:
    """Add something that happened to a customer."""
    row = TouchpointEvent(
        source="test",
        key=str(uuid7()),
        type="waited",
        channel=Channel.IN_STORE,
        customer_id=customer_id,
        occurred_at=MONDAY,
        recorded_at=session.now,
    )
    return session.add(row).id


def said(session: Session, *names: str) -> list[Signal]:
    """Add feedback of one customer for each name."""
    ids = [feedback(session, customer(session, name), WORDS) for name in names]
    return [Signal("feedback_id", id_) for id_ in ids]
