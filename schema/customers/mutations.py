"""How do clients write customers? Upserts one by one and in batches, merges, accounts."""

from collections.abc import Mapping

import strawberry
from strawberry.scalars import JSON

from schema.customers.queries import CustomerRef
from schema.customers.references import customer_ref, external_name
from schema.customers.types import Account, Customer, CustomerMerge
from schema.ground import ids
from schema.ground.batches import BatchInput, BatchPayload, BatchRow, errors_of, summary_of
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.inputs import ExternalIdInput
from schema.ground.patches import given
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from service import customers
from service.customers import reads
from service.customers.tables import LifecycleStage
from service.ground.batches import Outcome
from service.ground.scopes import Scope

COLUMNS = ("display_name", "email", "phone", "locale", "time_zone", "lifecycle_stage", "attributes")


@strawberry.input(description="What is to be true of a customer; fields that are absent keep what they are.")
class CustomerUpsertInput:
    """A customer to create or change."""

    match: CustomerRef = value(
        "Which customer; created if it is not known by this external id or e-mail address."
    )
    external_ids: list[ExternalIdInput] | None = value(
        "Names other systems gave; they are added.", default=None
    )
    display_name: strawberry.Maybe[str | None] = value("The name to show; null clears it.")
    email: strawberry.Maybe[str | None] = value("The e-mail address; null clears it.")
    phone: strawberry.Maybe[str | None] = value("The telephone number; null clears it.")
    locale: strawberry.Maybe[str | None] = value(
        "The preferred language, as BCP 47 writes it; null clears it."
    )
    time_zone: strawberry.Maybe[str | None] = value("The IANA time zone; null clears it.")
    lifecycle_stage: strawberry.Maybe[LifecycleStage] = value("Where the customer stands.")
    attributes: strawberry.Maybe[JSON] = value("All free attributes.")
    account: strawberry.Maybe[strawberry.ID | None] = value(
        "The account the customer belongs to; null: to none."
    )
    segments: strawberry.Maybe[list[str]] = value("The keys of all segments the customer is in.")
    expected_version: int | None = value(
        "Refuse if the customer has changed since this version.", default=None
    )


@strawberry.input(description="Up to 1,000 customers to create or change.")
class CustomerBatchUpsertInput(BatchInput):
    """A batch of customers."""

    customers: list[CustomerUpsertInput] = value("The customers, written in this order.")


@strawberry.input(one_of=True, description="Names one account.")
class AccountRef:
    """A reference to an account."""

    id: strawberry.Maybe[strawberry.ID] = value("By id.")
    external_id: strawberry.Maybe[ExternalIdInput] = value("By the name another system gave.")


@strawberry.input(description="What is to be true of an account.")
class AccountUpsertInput:
    """An account to create or change."""

    match: AccountRef = value("Which account; created if it is not known by this external id.")
    name: strawberry.Maybe[str] = value("Its name; a new account needs one.")
    tier: strawberry.Maybe[str | None] = value("Its commercial tier; null clears it.")
    expected_version: int | None = value(
        "Refuse if the account has changed since this version.", default=None
    )


@strawberry.input(description="Two customers that are one.")
class CustomerMergeInput:
    """A merge."""

    survivor_id: strawberry.ID = value("The customer everything belongs to afterwards.")
    merged_id: strawberry.ID = value("The customer that is the same person.")
    reason: str = value("How it is known that they are the same.")


@strawberry.type(description="What an upsert did.")
class CustomerUpsertPayload(Payload):
    """The answer to an upsert."""

    customer: Customer | None = value("The customer, as it is now.", default=None)
    outcome: Outcome | None = value("Whether it was created, changed, or already like this.", default=None)


@strawberry.type(description="What became of one customer of a batch.")
class CustomerUpsertRow(BatchRow):
    """One row's result."""

    customer: Customer | None = value("The customer; null where nothing is kept.", default=None)


@strawberry.type(description="What a batch of upserts did.")
class CustomerBatchUpsertPayload(BatchPayload):
    """The answer to a batch."""

    results: list[CustomerUpsertRow] = strawberry.field(
        description="One a row, in order.", default_factory=list
    )


@strawberry.type(description="What an upsert of an account did.")
class AccountUpsertPayload(Payload):
    """The answer to an upsert."""

    account: Account | None = value("The account, as it is now.", default=None)
    outcome: Outcome | None = value("Whether it was created, changed, or already like this.", default=None)


@strawberry.type(description="What a merge, or its undoing, did.")
class CustomerMergePayload(Payload):
    """The answer to a merge."""

    merge: CustomerMerge | None = value("The merge.", default=None)


def _patch(sent: CustomerUpsertInput, *field: str | int) -> customers.CustomerPatch:
    """Return what the service is to make true."""
    values = dict(given(sent, COLUMNS))
    if sent.account:
        values["account_id"] = ids.decode_optional(sent.account.value, reads.ACCOUNT, *field, "account")
    return customers.CustomerPatch(
        match=customer_ref(sent.match, *field, "match"),
        values=values,
        external_ids=tuple(external_name(one) for one in sent.external_ids or ()),
        segments=frozenset(sent.segments.value) if sent.segments else None,
        expected_version=sent.expected_version,
    )


def _account_patch(sent: AccountUpsertInput) -> customers.AccountPatch:
    values: Mapping[str, object] = given(sent, ("name", "tier"))
    if sent.match.id:
        match = ids.decode(str(sent.match.id.value), reads.ACCOUNT, "match", "id")
        return customers.AccountPatch(match, values, sent.expected_version)
    name = (
        external_name(sent.match.external_id.value)
        if sent.match.external_id
        else customers.ExternalName("", "")
    )
    return customers.AccountPatch(name, values, sent.expected_version)


@extend(Mutation)
class CustomerMutations:
    """The writes of the first chapter."""

    @mutation(Scope.CUSTOMERS_WRITE, description="Create or change a customer by any of its names.")
    async def customer_upsert(self, info: Info, input: CustomerUpsertInput) -> CustomerUpsertPayload:  # noqa: A002
        """Upsert one customer."""
        id_, outcome = await customers.upsert(info.context.session, _patch(input))
        return CustomerUpsertPayload(customer=node(Customer, id_), outcome=outcome)

    @mutation(
        Scope.CUSTOMERS_WRITE, description="Create or change up to 1,000 customers, with a result for each."
    )
    async def customer_batch_upsert(
        self,
        info: Info,
        input: CustomerBatchUpsertInput,  # noqa: A002
    ) -> CustomerBatchUpsertPayload:
        """Upsert many customers."""
        patches = [_patch(sent, "customers", n) for n, sent in enumerate(input.customers)]
        session = info.context.session
        results = await customers.upsert_all(session, patches, input.error_policy, dry_run=input.dry_run)
        rows = [
            CustomerUpsertRow(
                index=r.index, outcome=r.outcome, user_errors=errors_of(r), customer=node(Customer, r.id)
            )
            for r in results
        ]
        return CustomerBatchUpsertPayload(results=rows, summary=summary_of(results))

    @mutation(Scope.CUSTOMERS_WRITE, description="Create or change an account.")
    async def account_upsert(self, info: Info, input: AccountUpsertInput) -> AccountUpsertPayload:  # noqa: A002
        """Upsert one account."""
        id_, outcome = await customers.account_upsert(info.context.session, _account_patch(input))
        return AccountUpsertPayload(account=node(Account, id_), outcome=outcome)

    @mutation(Scope.CUSTOMERS_WRITE, description="Record that two customers are one; it can be undone.")
    async def customer_merge(self, info: Info, input: CustomerMergeInput) -> CustomerMergePayload:  # noqa: A002
        """Merge two customers."""
        survivor = ids.decode(input.survivor_id, reads.CUSTOMER, "survivorId")
        merged = ids.decode(input.merged_id, reads.CUSTOMER, "mergedId")
        id_ = await customers.merge(info.context.session, survivor, merged, input.reason)
        return CustomerMergePayload(merge=node(CustomerMerge, id_))

    @mutation(Scope.CUSTOMERS_WRITE, description="Undo a merge: what it handed to the survivor goes back.")
    async def customer_unmerge(self, info: Info, merge_id: strawberry.ID) -> CustomerMergePayload:
        """Undo a merge."""
        record = await customers.unmerge(
            info.context.session, ids.decode(merge_id, reads.CUSTOMER_MERGE, "mergeId")
        )
        return CustomerMergePayload(merge=node(CustomerMerge, record.id))
