"""How do clients keep what persons may ask? Export, erasure, retention."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from schema.customers.types import Customer
from schema.ground import ids
from schema.ground.context import Info, node
from schema.ground.fields import closed_set, extend, value
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from service import customers
from service.customers import reads
from service.ground import retention
from service.ground.scopes import Scope

closed_set(
    retention.RetentionKind,
    "A kind of data that tells of persons.",
    INTERACTIONS="Subjects and messages of interactions.",
    FEEDBACK="What customers said in answers and of their own accord.",
    TOUCHPOINT_EVENTS="Properties of what happened at touchpoints.",
)


@strawberry.input(description="Whose data to bring out.")
class CustomerExportInput:
    """An export."""

    customer_id: strawberry.ID = value("The customer; records merged with it are brought out too.")


@strawberry.type(description="Everything that is kept about one person.")
class CustomerExportPayload(Payload):
    """The answer to an export."""

    document: JSON | None = value("The rows by table, each as it is stored.", default=None)


@strawberry.input(description="Who is to be forgotten.")
class CustomerEraseInput:
    """An erasure."""

    customer_id: strawberry.ID = value("The customer; records merged with it are erased too.")


@strawberry.type(description="How many rows of one table no longer tell of the person.")
class ErasedRows:
    """A line of the receipt."""

    table: str = value("The table.")
    rows: int = value("How many rows.")


@strawberry.type(description="The receipt of an erasure. Everything still counts, and tells of nobody.")
class CustomerErasePayload(Payload):
    """The answer to an erasure."""

    customer: Customer | None = value("What is left of the customer: a number in counts.", default=None)
    erased_at: datetime | None = value("When it was done.", default=None)
    erased: list[ErasedRows] = strawberry.field(
        description="The receipt, table by table.", default_factory=list
    )


@strawberry.input(description="How long a kind of data may tell of persons.")
class RetentionSetInput:
    """A rule of retention."""

    kind: retention.RetentionKind = value("The kind of data.")
    days: int | None = value("For so many days, 1 to 36,500; null: without end.", default=None)


@strawberry.type(description="The rule that holds from now on.")
class RetentionSetPayload(Payload):
    """The answer to a rule of retention."""

    days: int | None = value("For so many days; null: without end.", default=None)


@extend(Mutation)
class PrivacyMutations:
    """The writes about persons."""

    @mutation(Scope.PRIVACY_MANAGE, description="Bring out everything that is kept about a person.")
    async def customer_export(self, info: Info, input: CustomerExportInput) -> CustomerExportPayload:  # noqa: A002
        """Export one customer."""
        id_ = ids.decode(input.customer_id, reads.CUSTOMER, "customerId")
        found = await customers.privacy.export(info.context.session, id_)
        return CustomerExportPayload(document=JSON(found))

    @mutation(Scope.PRIVACY_MANAGE, description="Let nothing tell of a person any more, for good.")
    async def customer_erase(self, info: Info, input: CustomerEraseInput) -> CustomerErasePayload:  # noqa: A002
        """Erase one customer."""
        id_ = ids.decode(input.customer_id, reads.CUSTOMER, "customerId")
        receipt = await customers.privacy.erase(info.context.session, id_)
        rows = [ErasedRows(table=name, rows=count) for name, count in sorted(receipt.rows.items())]
        return CustomerErasePayload(customer=node(Customer, id_), erased_at=receipt.erased_at, erased=rows)

    @mutation(Scope.PRIVACY_MANAGE, description="Say how long a kind of data may tell of persons.")
    async def retention_set(self, info: Info, input: RetentionSetInput) -> RetentionSetPayload:  # noqa: A002
        """Set a rule of retention."""
        await retention.keep_for(info.context.session, input.kind, input.days)
        return RetentionSetPayload(days=input.days)
