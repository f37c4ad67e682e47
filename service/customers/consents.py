"""What does a customer allow? Each purpose is allowed or not by the last that was said of it."""

from uuid import UUID

from service.customers.references import CustomerRef, require
from service.customers.tables import ConsentChange
from service.ground.problems import Invalid
from service.ground.session import Session


async def record(
    session: Session, customer: CustomerRef, purpose: str, *, granted: bool, source: str
) -> UUID:
    """Record that a customer allows a purpose, or no longer does; returns the customer's id.

    Raises NotFound for an unknown customer, Invalid for a purpose or a source that says nothing.
    """
    for field, text in (("purpose", purpose), ("source", source)):
        if not text.strip():
            raise Invalid(field, reason="A few words are needed here.")
    customer_id = await require(session, customer, "customer")
    session.enter(
        ConsentChange,
        customer_id=customer_id,
        purpose=purpose,
        granted=granted,
        source=source,
        actor=session.actor.subject,
        changed_at=session.now,
    )
    session.emit("consent.granted" if granted else "consent.withdrawn", customer_id, purpose=purpose)
    return customer_id
