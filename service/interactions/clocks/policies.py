"""What is promised, and for which matters? Policies are made, revised, retired; an edition never changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select

from service.ground.keys import uuid7
from service.ground.problems import Invalid, NotFound, Required
from service.ground.session import Session, check_version
from service.ground.statements import TENANT, Statement
from service.ground.tables import TenantRow, table_of
from service.interactions.clocks import firing
from service.interactions.clocks.tables import (
    BusinessCalendar,
    ClockTarget,
    SlaCondition,
    SlaCriterion,
    SlaPolicy,
    SlaPolicyEdition,
    SlaTarget,
)
from service.interactions.tables import ContactReason, Team

IMMINENT_SHARE = 0.2
"""A clock is imminent in the last fifth of its time, unless the policy says otherwise."""

PAUSES_ON_CUSTOMER = {ClockTarget.FIRST_RESOLUTION, ClockTarget.FULL_RESOLUTION, ClockTarget.UPDATE}
"""Which clocks wait for the customer, unless the policy says so; who has no answer is not waited for."""

KEYED: Mapping[SlaCriterion, tuple[type[TenantRow], str, str]] = {
    SlaCriterion.TEAM: (Team, "team", "team"),
    SlaCriterion.CONTACT_REASON: (ContactReason, "contact reason", "contactReason"),
}
"""Which conditions name a thing by its key: what it is, what it is called, and in which field."""

_policy = table_of(SlaPolicy)
LAST = Statement(
    select(func.coalesce(func.max(_policy.c.position), 0).label("position")).where(
        _policy.c.tenant_id == TENANT
    )
)


@dataclass(frozen=True, slots=True)
class Promised:
    """One target of a policy; what is not given is as usual for such a target."""

    target: ClockTarget
    seconds: int
    imminent_seconds: int | None = None
    pauses_on_customer: bool | None = None
    pauses_on_hold: bool | None = None


@dataclass(frozen=True, slots=True)
class PolicyWording:
    """What a policy says: for which matters, what, and by whose hours; without a calendar round the clock."""

    promises: Sequence[Promised]
    conditions: Mapping[SlaCriterion, Sequence[str]] = field(default_factory=dict)
    calendar_key: str | None = None


async def policy_create(
    session: Session, key: str, name: str, wording: PolicyWording, *, position: int | None = None
) -> UUID:
    """Make a policy for matters opened from now on; without a position it comes after all others."""
    check(wording)
    if position is None:
        found = await session.row(LAST)
        position = 1 + (found["position"] if found else 0)
    policy = session.add(SlaPolicy(key=key, name=name, position=position))
    await _write(session, policy, wording)
    session.emit("sla_policy.created", policy.id, key=key)
    return policy.id


async def policy_revise(
    session: Session,
    key: str,
    wording: PolicyWording,
    *,
    name: str | None = None,
    position: int | None = None,
    applies_to_open: bool = False,
    expected_version: int | None = None,
) -> UUID:
    """Word a policy anew. Matters keep the wording under which they came, unless it `applies_to_open`."""
    check(wording)
    policy = await _locked(session, key, expected_version)
    changes = {"name": name or policy.name, "position": policy.position if position is None else position}
    await session.change(policy, edition=policy.edition + 1, **changes)
    edition_id = await _write(session, policy, wording)
    session.emit("sla_policy.revised", policy.id, key=key, edition=policy.edition)
    if applies_to_open:
        await firing.renew(session, policy.id, edition_id)
    return policy.id


async def policy_retire(session: Session, key: str, *, expected_version: int | None = None) -> UUID:
    """Let a policy apply to nothing new; matters under it keep their promises."""
    policy = await _locked(session, key, expected_version)
    if policy.retired_at is None:
        await session.change(policy, retired_at=session.now)
        session.emit("sla_policy.retired", policy.id, key=key)
    return policy.id


async def _locked(session: Session, key: str, expected_version: int | None) -> SlaPolicy:
    found = await session.find(SlaPolicy, key=key, locked=True)
    if not found:
        raise NotFound("key", thing="SLA policy", key="key")
    check_version(found[0], expected_version)
    return found[0]


async def _write(session: Session, policy: SlaPolicy, wording: PolicyWording) -> UUID:
    await _check_keys(session, wording)
    edition = SlaPolicyEdition(
        sla_policy_id=policy.id,
        edition=policy.edition,
        business_calendar_id=await _calendar(session, wording.calendar_key),
        actor=session.actor.subject,
        recorded_at=session.now,
    )
    session.add(edition)
    own = {"edition_id": edition.id}
    session.insert(
        SlaCondition,
        [
            {"id": uuid7(), **own, "criterion": criterion, "value": value}
            for criterion, values in wording.conditions.items()
            for value in dict.fromkeys(values)
        ],
    )
    session.insert(SlaTarget, [{"id": uuid7(), **own, **_columns(one)} for one in wording.promises])
    return edition.id


async def _calendar(session: Session, key: str | None) -> UUID | None:
    if key is None:
        return None
    found = await session.find(BusinessCalendar, key=key)
    if not found:
        raise NotFound("wording", "calendarKey", thing="business calendar", key="key")
    return found[0].id


def _columns(promised: Promised) -> dict[str, object]:
    imminent, waits = promised.imminent_seconds, promised.pauses_on_customer
    return {
        "target": promised.target,
        "seconds": promised.seconds,
        "imminent_seconds": int(promised.seconds * IMMINENT_SHARE) if imminent is None else imminent,
        "pauses_on_customer": promised.target in PAUSES_ON_CUSTOMER if waits is None else waits,
        "pauses_on_hold": bool(promised.pauses_on_hold),
    }


def check(wording: PolicyWording) -> None:
    """Raise what is wrong with a wording, placed at the target."""
    if not wording.promises:
        raise Required("wording", "targets")
    for number, one in enumerate(wording.promises):
        if one.seconds < 1:
            raise Invalid(
                "wording", "targets", number, "seconds", reason="A promise takes at least a second."
            )
        if not 0 <= (one.imminent_seconds or 0) <= one.seconds:
            reason = "A clock is imminent for a part of its time."
            raise Invalid("wording", "targets", number, "imminentSeconds", reason=reason)
    if len({one.target for one in wording.promises}) < len(wording.promises):
        raise Invalid("wording", "targets", reason="Each target is promised once.")


async def _check_keys(session: Session, wording: PolicyWording) -> None:
    """Refuse a policy for a team or a contact reason that does not exist: it would never apply."""
    for criterion, (model, thing, field_name) in KEYED.items():
        keys = list(wording.conditions.get(criterion, ()))
        found = await session.lookup(model, ("key",), [(key,) for key in keys])
        for number, key in enumerate(keys):
            if (key,) not in found:
                raise NotFound("wording", "conditions", field_name, number, thing=thing, key="key")
