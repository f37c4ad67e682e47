"""How are customers read? Their entities, edges, orders and the conditions of their filters."""

from sqlalchemy import FromClause, and_, func, literal_column

from service.customers.tables import (
    Account,
    AccountExternalId,
    Customer,
    CustomerConsent,
    CustomerExternalId,
    CustomerMerge,
    LifecycleChange,
    Segment,
    SegmentMembership,
)
from service.ground.reads import (
    Condition,
    Entity,
    Expression,
    Many,
    Meets,
    Order,
    Where,
    all_of,
    column,
    exists_in,
    to_many,
    to_one,
)

ACCOUNT = Entity(Account, "acc")
CUSTOMER = Entity(Customer, "cus")
SEGMENT = Entity(Segment, "seg")
CUSTOMER_MERGE = Entity(CustomerMerge, "mrg")


def name_of(row: FromClause) -> Expression:
    """Return the name to sort by; nameless customers come first."""
    return func.coalesce(row.c.display_name, literal_column("''"), type_=row.c.display_name.type)


CUSTOMER_ORDERS = {
    "CREATED_AT": Order(column("created_at")),
    "UPDATED_AT": Order(column("updated_at")),
    "NAME": Order(name_of),
}
ACCOUNT_ORDERS = {"CREATED_AT": Order(column("created_at")), "NAME": Order(column("name"))}
JOINED_AT = {"JOINED_AT": Order(column("joined_at"))}

CUSTOMERS = all_of(Customer, CUSTOMER_ORDERS)
ACCOUNTS = all_of(Account, ACCOUNT_ORDERS)
SEGMENTS = all_of(Segment, {"KEY": Order(column("key"))}, descending=False)

account_of_customer = to_one(Account, "account_id")
customers_of_account = to_many(Customer, "account_id", CUSTOMER_ORDERS)
survivor_of_customer = to_one(Customer, "merged_into_id")
external_ids_of_customer = to_many(
    CustomerExternalId, "customer_id", {"SYSTEM": Order(column("system"))}, descending=False
)
external_ids_of_account = to_many(
    AccountExternalId, "account_id", {"SYSTEM": Order(column("system"))}, descending=False
)
lifecycle_of_customer = to_many(
    LifecycleChange, "customer_id", {"CHANGED_AT": Order(column("changed_at"))}, descending=False
)
consents_of_customer = to_many(
    CustomerConsent, "customer_id", {"GIVEN_AT": Order(column("given_at"))}, descending=False
)
merges_of_customer = to_many(CustomerMerge, "survivor_id", {"MERGED_AT": Order(column("merged_at"))})
merged_customer = to_one(Customer, "merged_id")
surviving_customer = to_one(Customer, "survivor_id")
segments_of_customer = Many(
    Segment,
    lambda customer, stay: and_(stay.c.customer_id == customer.c.id, stay.c.left_at.is_(None)),
    JOINED_AT,
    through=SegmentMembership,
    onward=lambda stay, segment: stay.c.segment_id == segment.c.id,
    by_link=True,
)
customers_of_segment = Many(
    Customer,
    lambda segment, stay: and_(stay.c.segment_id == segment.c.id, stay.c.left_at.is_(None)),
    JOINED_AT,
    through=SegmentMembership,
    onward=lambda stay, customer: stay.c.customer_id == customer.c.id,
    by_link=True,
)


def _has_external_id(customer: FromClause, system: Expression, value: Expression) -> Condition:
    return exists_in(
        CustomerExternalId,
        lambda name: and_(
            name.c.system == system, name.c.value == value, name.c.customer_id == customer.c.id
        ),
    )


def _is_known_to(customer: FromClause, system: Expression) -> Condition:
    return exists_in(
        CustomerExternalId, lambda name: and_(name.c.customer_id == customer.c.id, name.c.system == system)
    )


def _is_in_segment(customer: FromClause, key: Expression) -> Condition:
    return exists_in(
        SegmentMembership,
        lambda stay: and_(
            stay.c.customer_id == customer.c.id,
            stay.c.left_at.is_(None),
            exists_in(Segment, lambda segment: and_(segment.c.id == stay.c.segment_id, segment.c.key == key)),
        ),
    )


by_id = Where(column("id"), names=Customer)
by_external_id = Meets(_has_external_id)
by_name = Where(name_of)
by_account = Where(column("account_id"), names=Account)
known_to_system = Meets(_is_known_to)
in_segment = Meets(_is_in_segment)
