"""How does consent look to a client? What a customer said to each purpose, and how it is recorded."""

from datetime import datetime

import strawberry

from schema.customers.queries import CustomerRef
from schema.customers.references import customer_ref
from schema.customers.types import Customer
from schema.ground.context import Info, node
from schema.ground.fields import closed_set, column, extend, listed, record, value
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from service import customers
from service.customers import reads, tables
from service.ground.scopes import Scope

closed_set(
    tables.ConsentPurpose,
    "What a customer may agree to.",
    FEEDBACK="To be asked for an opinion, and to be told what came of it.",
    MARKETING="To be sent offers.",
    ANALYTICS="That behaviour is analysed.",
)
closed_set(
    tables.ConsentStatus,
    "What a customer said to a purpose.",
    GRANTED="Yes.",
    DENIED="No, when asked.",
    REVOKED="Not any more.",
)


@record(
    tables.CustomerConsent,
    name="CustomerConsent",
    description="What a customer said to one purpose at one time; never changed afterwards.",
)
class CustomerConsent:
    """A word to a purpose."""

    purpose: tables.ConsentPurpose = column("To what.")
    status: tables.ConsentStatus = column("What was said.")
    source: str | None = column("Where it was said, such as a form.")
    proof: str | None = column("Where it is written down: a reference.")
    given_at: datetime = column("When it was said.")
    recorded_at: datetime = column("When it was recorded here.")
    recorded_by: str = column("Who recorded it.")


@strawberry.type(description="A customer's latest word to one purpose: the one that counts.")
class Consent:
    """What counts."""

    purpose: tables.ConsentPurpose = column("To what.")
    status: tables.ConsentStatus = column("What was said.")
    source: str | None = column("Where it was said, such as a form.")
    proof: str | None = column("Where it is written down: a reference.")
    given_at: datetime = column("When it was said.")
    recorded_at: datetime = column("When it was recorded here.")
    recorded_by: str = column("Who recorded it.")


@extend(Customer)
class CustomerConsents:
    """What a customer shows of consent."""

    consents: list[Consent] = listed(
        "The latest word to each purpose; a purpose without one is absent.",
        customers.consents.standing_of_customer,
    )
    consent_history: list[CustomerConsent] = listed(
        "Every word to every purpose, earliest first.", reads.consents_of_customer
    )


@strawberry.input(description="What a customer said to a purpose.")
class ConsentRecordInput:
    """A word."""

    customer: CustomerRef = value("Who said it.")
    purpose: tables.ConsentPurpose = value("To what.")
    status: tables.ConsentStatus = value("What was said.")
    given_at: datetime | None = value("When, if not now.", default=None)
    source: str | None = value("Where it was said, such as a form.", default=None)
    proof: str | None = value("Where it is written down: a reference.", default=None)


@strawberry.type(description="What recording a word did.")
class ConsentRecordPayload(Payload):
    """The answer to a word."""

    customer: Customer | None = value("The customer, as it is now.", default=None)


@extend(Mutation)
class ConsentMutations:
    """The writes of consent."""

    @mutation(
        Scope.CUSTOMERS_WRITE,
        description=(
            "Record what a customer said to a purpose. Whoever refuses FEEDBACK is neither asked nor told "
            "any more: follow-ups that are still owed are suppressed."
        ),
    )
    async def consent_record(self, info: Info, input: ConsentRecordInput) -> ConsentRecordPayload:  # noqa: A002
        """Record a word."""
        word = customers.consents.Word(input.purpose, input.status, input.given_at, input.source, input.proof)
        id_ = await customers.consents.record(
            info.context.session, customer_ref(input.customer, "customer"), word
        )
        return ConsentRecordPayload(customer=node(Customer, id_))
