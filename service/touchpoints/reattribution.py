"""Who was it, after all? Events that named a customer or touchpoint unknown at the time are matched again."""

from functools import cache

from sqlalchemy import ARRAY, FromClause, and_, bindparam, func, or_, select, true, update

from service.customers.tables import Customer, CustomerExternalId
from service.ground.problems import Invalid
from service.ground.session import Row, Session
from service.ground.statements import TENANT, Statement, column_arrays
from service.ground.tables import table_of
from service.touchpoints.rules import keeps_standard, what_is_unmatched
from service.touchpoints.tables import Touchpoint, TouchpointEvent

MOST_EVENTS = 1000
CHANGED = (
    "id",
    "customer_id",
    "touchpoint_id",
    "unmatched",
    "unmatched_customer_system",
    "unmatched_customer_value",
    "unmatched_touchpoint_key",
    "standard_met",
)


async def reattribute(session: Session, limit: int = MOST_EVENTS) -> int:
    """Match up to `limit` events whose customer or touchpoint has become known, and return how many.

    Call it again while it returns `limit`. Two that run at once share the work. What is matched is announced
    by one event, `touchpoint_event.reattributed`, whose subject is the first of `ids`.
    """
    if not 1 <= limit <= MOST_EVENTS:
        raise Invalid("limit", reason=f"Between 1 and {MOST_EVENTS} events are matched at a time.")
    found = await session.rows(_matches(), limit=limit)
    if not found:
        return 0
    rows = [_matched(one) for one in found]
    await session.about_to_change(TouchpointEvent, [row["id"] for row in found])
    await session.run(_update(), **dict(zip(CHANGED, column_arrays(rows, CHANGED), strict=True)))
    ids = [str(row["id"]) for row in found]
    session.emit("touchpoint_event.reattributed", found[0]["id"], count=len(ids), ids=ids)
    return len(ids)


def _matched(found: Row) -> dict[str, object]:
    """Return an event's references with what was found; what was not found stays as it was sent."""
    row = {name: found[name] for name in CHANGED}
    if found["found_customer_id"] is not None:
        row["customer_id"] = found["found_customer_id"]
        row["unmatched_customer_system"] = row["unmatched_customer_value"] = None
    if found["found_touchpoint_id"] is not None:
        row["touchpoint_id"] = found["found_touchpoint_id"]
        row["unmatched_touchpoint_key"] = None
        if row["standard_met"] is None:
            standard = found["standard_measure"], found["standard_threshold"]
            row["standard_met"] = keeps_standard(*standard, found["measured"])
    row["unmatched"] = what_is_unmatched(
        customer=row["unmatched_customer_value"] is not None,
        touchpoint=row["unmatched_touchpoint_key"] is not None,
    )
    return row


@cache
def _matches() -> Statement:
    """Select events of which something is known by now, passing over those that are being matched."""
    event, touchpoint = table_of(TouchpointEvent), table_of(Touchpoint)
    owner = _by_external_id(event)
    addressee = _by_email(event)
    customer_id = func.coalesce(owner.c.customer_id, addressee.c.id)
    same_key = and_(touchpoint.c.tenant_id == TENANT, touchpoint.c.key == event.c.unmatched_touchpoint_key)
    joined = event.outerjoin(owner, true()).outerjoin(addressee, true()).outerjoin(touchpoint, same_key)
    columns = [event.c[name] for name in (*CHANGED, "measured")]
    return Statement(
        select(
            *columns,
            customer_id.label("found_customer_id"),
            touchpoint.c.id.label("found_touchpoint_id"),
            touchpoint.c.standard_measure,
            touchpoint.c.standard_threshold,
        )
        .select_from(joined)
        .where(event.c.tenant_id == TENANT, event.c.unmatched.is_not(None))
        .where(or_(customer_id.is_not(None), touchpoint.c.id.is_not(None)))
        .limit(bindparam("limit"))
        .with_for_update(of=event, skip_locked=True)
    )


def _by_external_id(event: FromClause) -> FromClause:
    name = table_of(CustomerExternalId)
    return (
        select(name.c.customer_id)
        .where(name.c.tenant_id == TENANT, name.c.system == event.c.unmatched_customer_system)
        .where(name.c.value == event.c.unmatched_customer_value)
        .correlate(event)
        .lateral()
    )


def _by_email(event: FromClause) -> FromClause:
    """Find the customer of an address, as a reference by e-mail does: the one who changed last."""
    customer = table_of(Customer)
    return (
        select(customer.c.id)
        .where(customer.c.tenant_id == TENANT, customer.c.email == event.c.unmatched_customer_value)
        .where(event.c.unmatched_customer_system.is_(None), customer.c.merged_into_id.is_(None))
        .order_by(customer.c.updated_at.desc(), customer.c.id.desc())
        .limit(1)
        .correlate(event)
        .lateral()
    )


@cache
def _update() -> Statement:
    event = table_of(TouchpointEvent)
    arrays = [bindparam(name, type_=ARRAY(event.c[name].type)) for name in CHANGED]
    sent = func.unnest(*arrays).table_valued(*CHANGED, name="sent").render_derived()
    values = {name: sent.c[name] for name in CHANGED[1:]}
    same = (event.c.tenant_id == TENANT, event.c.id == sent.c.id)
    return Statement(update(event).where(*same).values(values))
