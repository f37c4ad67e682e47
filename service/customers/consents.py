"""What did a customer agree to? Each word is kept; for every purpose the latest one counts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, Select, literal_column, select
from sqlalchemy.dialects.postgresql import distinct_on

from service.customers.references import CustomerRef, require
from service.customers.tables import ConsentPurpose, ConsentStatus, CustomerConsent
from service.ground.moments import happened_at
from service.ground.reads import Condition, Expression, Listed
from service.ground.session import Session
from service.ground.statements import TENANT
from service.ground.tables import table_of

REFUSALS = (ConsentStatus.DENIED, ConsentStatus.REVOKED)

_consent = table_of(CustomerConsent)


@dataclass(frozen=True, slots=True)
class Word:
    """What a customer said to a purpose, when, and where that is written down."""

    purpose: ConsentPurpose
    status: ConsentStatus
    given_at: datetime | None = None
    source: str | None = None
    proof: str | None = None


async def record(session: Session, customer: CustomerRef, word: Word) -> UUID:
    """Keep what a customer said to a purpose; return the customer's id.

    Raises NotFound for an unknown customer, Invalid for a time to come.
    """
    customer_id = await require(session, customer, "customer")
    at = happened_at(word.given_at, session.now, "givenAt")
    row = CustomerConsent(
        customer_id=customer_id,
        purpose=word.purpose,
        status=word.status,
        source=word.source,
        proof=word.proof,
        given_at=at,
        recorded_at=session.now,
        recorded_by=session.actor.subject,
    )
    session.add(row)
    told = {"purpose": word.purpose, "status": word.status, "consent": str(row.id)}
    session.emit("customer.consent_recorded", customer_id, **told)
    return customer_id


def latest(customer_id: Expression, purpose: ConsentPurpose) -> Expression:
    """Return the latest word of a customer to a purpose, null where there is none."""
    consent = _consent.alias()
    return (
        select(consent.c.status)
        .where(consent.c.tenant_id == TENANT, consent.c.customer_id == customer_id)
        .where(consent.c.purpose == literal_column(f"'{purpose}'"))
        .order_by(consent.c.given_at.desc(), consent.c.id.desc())
        .limit(literal_column("1"))
        .correlate_except(consent)
        .scalar_subquery()
    )


def has_refused(customer_id: Expression, purpose: ConsentPurpose) -> Condition:
    """Tell whether a customer's latest word to a purpose is no; null where there is no word."""
    return latest(customer_id, purpose).in_([literal_column(f"'{status}'") for status in REFUSALS])


def _standing(customer: FromClause) -> "Select[Any]":
    """Select the latest word to each purpose."""
    consent = _consent.alias()
    names = ("purpose", "status", "source", "proof", "given_at", "recorded_at", "recorded_by")
    return (
        select(*(consent.c[name] for name in names))
        .where(consent.c.tenant_id == TENANT, consent.c.customer_id == customer.c.id)
        .ext(distinct_on(consent.c.purpose))
        .order_by(consent.c.purpose, consent.c.given_at.desc(), consent.c.id.desc())
    )


standing_of_customer = Listed(_standing)
