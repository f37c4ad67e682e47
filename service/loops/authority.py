"""How much may somebody grant? Limits for agents and roles; what goes beyond needs somebody else's yes."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Text, and_, bindparam, func, literal_column, or_, select

from service.ground.batches import Outcome
from service.ground.problems import BeyondAuthority, Invalid, Required
from service.ground.session import Session, check_version
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.loops.rule_tables import AuthorityLimit, HolderKind
from service.loops.tables import ActionDecision, RecoveryAction

CURRENCY_LETTERS = 3

_limit = table_of(AuthorityLimit)
_action = table_of(RecoveryAction)
LIMITS = Statement(
    select(
        func.count().label("known"),
        func.max(_limit.c.amount_minor)
        .filter(
            and_(
                _limit.c.holder_kind == literal_column(f"'{HolderKind.AGENT}'"),
                _limit.c.holder == bindparam("agent"),
            )
        )
        .label("own"),
        func.max(_limit.c.amount_minor)
        .filter(
            and_(
                _limit.c.holder_kind == literal_column(f"'{HolderKind.ROLE}'"),
                _limit.c.holder == func.any(bindparam("roles", type_=ARRAY(Text()))),
            )
        )
        .label("by_role"),
    ).where(_limit.c.tenant_id == TENANT, _limit.c.currency == bindparam("currency"))
)
GRANTED_BEFORE = Statement(
    select(func.coalesce(func.sum(_action.c.amount_minor), 0).label("amount")).where(
        _action.c.tenant_id == TENANT,
        _action.c.recovery_id == bindparam("recovery"),
        _action.c.currency == bindparam("currency"),
        _action.c.decision == literal_column(f"'{ActionDecision.GRANTED}'"),
        or_(
            _action.c.decided_by == bindparam("agent"),
            and_(_action.c.decided_by.is_(None), _action.c.actor == bindparam("agent")),
        ),
    )
)


async def set_limit(
    session: Session,
    kind: HolderKind,
    holder: str,
    currency: str,
    amount_minor: int,
    *,
    expected_version: int | None = None,
) -> tuple[UUID, Outcome]:
    """Set how much an agent or a role may grant one customer for one recovery, in a currency."""
    _check(holder, currency, amount_minor)
    found = await session.find(
        AuthorityLimit, holder_kind=kind, holder=holder, currency=currency, locked=True
    )
    if not found:
        row = AuthorityLimit(holder_kind=kind, holder=holder, currency=currency, amount_minor=amount_minor)
        session.add(row)
        session.emit("authority_limit.set", row.id, amount_minor=amount_minor, currency=currency)
        return row.id, Outcome.CREATED
    check_version(found[0], expected_version)
    if found[0].amount_minor == amount_minor:
        return found[0].id, Outcome.UNCHANGED
    await session.change(found[0], amount_minor=amount_minor)
    session.emit("authority_limit.set", found[0].id, amount_minor=amount_minor, currency=currency)
    return found[0].id, Outcome.UPDATED


async def limit_of(session: Session, currency: str) -> int | None:
    """Return how much whoever acts may grant in a currency; None where the tenant set no limits in it.

    An agent's own limit comes before those of roles, of which the highest counts. Where there are limits, who
    has none may grant nothing.
    """
    roles: Sequence[str] = sorted(session.actor.scopes)
    found = await session.row(LIMITS, agent=session.actor.subject, roles=roles, currency=currency)
    if found is None or found["known"] == 0:
        return None
    own: int | None = found["own"]
    by_role: int | None = found["by_role"]
    return own if own is not None else by_role or 0


async def check(session: Session, recovery_id: UUID, amount_minor: int, currency: str) -> None:
    """Raise BeyondAuthority, naming the limit, where whoever acts may not grant this much.

    What the same person granted for this recovery before counts in: a sum in pieces stays the sum.
    """
    limit = await limit_of(session, currency)
    if limit is None:
        return
    values = {"recovery": recovery_id, "currency": currency, "agent": session.actor.subject}
    before = await session.row(GRANTED_BEFORE, **values)
    total = amount_minor + (int(before["amount"]) if before else 0)
    if total > limit:
        raise BeyondAuthority("amountMinor", limit=limit, currency=currency, amount=total)


def _check(holder: str, currency: str, amount_minor: int) -> None:
    if not holder.strip():
        raise Required("holder")
    if len(currency) != CURRENCY_LETTERS or not (currency.isascii() and currency.isupper()):
        raise Invalid("currency", reason="A currency is its ISO 4217 code: three capital letters.")
    if amount_minor < 0:
        raise Invalid("amountMinor", reason="A limit is nothing or more.")
