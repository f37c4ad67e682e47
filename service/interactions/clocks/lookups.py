"""What do clocks have to know of a matter? The statements that find it, for many matters at once."""

from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, ScalarSelect, Uuid, and_, any_, bindparam, delete, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

from service.customers.tables import Account, Customer
from service.ground.arrangements import ARRANGED, arranged
from service.ground.business_time import Calendar, Opening
from service.ground.session import Row, Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.interactions.clocks.matching import Offer, conditions_from
from service.interactions.clocks.tables import (
    BusinessCalendar,
    BusinessCalendarEdition,
    CalendarHoliday,
    CalendarPeriod,
    Clock,
    ClockTarget,
    SlaApplication,
    SlaCondition,
    SlaPolicy,
    SlaPolicyEdition,
    SlaTarget,
    Weekday,
)
from service.interactions.clocks.terms import Hours, Promise, Terms
from service.interactions.rules import Entry
from service.interactions.tables import (
    ContactReason,
    Interaction,
    InteractionEvent,
    InteractionStatus,
    LedgerType,
    Party,
    Team,
    Visibility,
)

IDS = bindparam("ids", type_=ARRAY(Uuid()))
DAYS = {weekday: number for number, weekday in enumerate(Weekday)}

_matter = table_of(Interaction)
_customer, _account = table_of(Customer), table_of(Account)
_reason, _team = table_of(ContactReason), table_of(Team)
_event = table_of(InteractionEvent)
_policy, _edition = table_of(SlaPolicy), table_of(SlaPolicyEdition)
_condition, _target = table_of(SlaCondition), table_of(SlaTarget)
_application = table_of(SlaApplication)
_calendar, _hours = table_of(BusinessCalendar), table_of(BusinessCalendarEdition)
_clock = table_of(Clock)

_FACTS = ("id", "opened_at", "origin", "status", "sla_met", "channel", "priority")
_IDS_OF = ("customer_id", "contact_reason_id", "team_id")
MATTERS = Statement(
    select(
        *(_matter.c[name] for name in (*_FACTS, *_IDS_OF)),
        _reason.c.kind.label("reason_kind"),
        _reason.c.key.label("reason_key"),
        _team.c.key.label("team_key"),
        _account.c.tier.label("account_tier"),
    )
    .select_from(_matter)
    .outerjoin(_reason, and_(_reason.c.tenant_id == TENANT, _reason.c.id == _matter.c.contact_reason_id))
    .outerjoin(_team, and_(_team.c.tenant_id == TENANT, _team.c.id == _matter.c.team_id))
    .outerjoin(_customer, and_(_customer.c.tenant_id == TENANT, _customer.c.id == _matter.c.customer_id))
    .outerjoin(_account, and_(_account.c.tenant_id == TENANT, _account.c.id == _customer.c.account_id))
    .where(_matter.c.tenant_id == TENANT, _matter.c.id == any_(IDS))
)
"""The matters with everything that policies look at."""

_CALENDAR_OF_EDITION = (
    _calendar,
    and_(_calendar.c.tenant_id == TENANT, _calendar.c.id == _edition.c.business_calendar_id),
)
_HOURS_IN_FORCE = (
    _hours,
    and_(
        _hours.c.tenant_id == TENANT,
        _hours.c.business_calendar_id == _calendar.c.id,
        _hours.c.edition == _calendar.c.edition,
    ),
)

OFFERS = Statement(
    select(
        _policy.c.id,
        _edition.c.id.label("edition_id"),
        _hours.c.id.label("calendar_edition_id"),
        _condition.c.criterion,
        _condition.c.value,
    )
    .select_from(_policy)
    .join(
        _edition,
        and_(
            _edition.c.tenant_id == TENANT,
            _edition.c.sla_policy_id == _policy.c.id,
            _edition.c.edition == _policy.c.edition,
        ),
    )
    .outerjoin(_condition, and_(_condition.c.tenant_id == TENANT, _condition.c.edition_id == _edition.c.id))
    .outerjoin(*_CALENDAR_OF_EDITION)
    .outerjoin(*_HOURS_IN_FORCE)
    .where(_policy.c.tenant_id == TENANT, _policy.c.retired_at.is_(None))
    .order_by(_policy.c.position, _policy.c.id)
)
"""The policies that may apply now, in their order, a row for each condition."""

APPLICATIONS = Statement(
    select(
        _application.c.interaction_id,
        _application.c.edition_id,
        _application.c.applied_at,
        _edition.c.sla_policy_id,
        _hours.c.id.label("calendar_edition_id"),
    )
    .select_from(_application)
    .outerjoin(_edition, and_(_edition.c.tenant_id == TENANT, _edition.c.id == _application.c.edition_id))
    .outerjoin(*_CALENDAR_OF_EDITION)
    .outerjoin(*_HOURS_IN_FORCE)
    .where(_application.c.tenant_id == TENANT, _application.c.interaction_id == any_(IDS))
    .order_by(_application.c.interaction_id, _application.c.applied_at, _application.c.id)
)
"""What has applied to the matters, in order."""

LEDGERS = Statement(
    select(
        *(_event.c[name] for name in ("interaction_id", "type", "occurred_at", "actor_kind")),
        *(_event.c[name] for name in ("status", "visibility")),
    )
    .where(_event.c.tenant_id == TENANT, _event.c.interaction_id == any_(IDS))
    .order_by(_event.c.interaction_id, _event.c.position)
)

TARGETS = Statement(
    select(
        _edition.c.id,
        _edition.c.business_calendar_id,
        *(_target.c[name] for name in ("target", "seconds", "imminent_seconds")),
        *(_target.c[name] for name in ("pauses_on_customer", "pauses_on_hold")),
    )
    .select_from(_edition)
    .outerjoin(_target, and_(_target.c.tenant_id == TENANT, _target.c.edition_id == _edition.c.id))
    .where(_edition.c.tenant_id == TENANT, _edition.c.id == any_(IDS))
)


def _parts(model: type[SQLModel], *names: str) -> ScalarSelect[Any]:
    """Select what belongs to an edition of a calendar, as a list of lists."""
    table = table_of(model)
    every = func.jsonb_agg(func.jsonb_build_array(*(table.c[name] for name in names)), type_=JSONB)
    found = select(func.coalesce(every, literal_column("'[]'::jsonb")))
    return found.where(table.c.tenant_id == TENANT, table.c.edition_id == _hours.c.id).scalar_subquery()


HOURS = Statement(
    select(
        *(_hours.c[name] for name in ("id", "business_calendar_id", "time_zone", "valid_from")),
        _parts(CalendarPeriod, "weekday", "opens", "closes").label("periods"),
        _parts(CalendarHoliday, "day").label("holidays"),
    )
    .where(_hours.c.tenant_id == TENANT, _hours.c.business_calendar_id == any_(IDS))
    .order_by(_hours.c.business_calendar_id, _hours.c.edition)
)

CLOCKS = Statement(select(_clock).where(_clock.c.tenant_id == TENANT, _clock.c.interaction_id == any_(IDS)))
ARRANGED.update(
    (BusinessCalendar, BusinessCalendarEdition, SlaPolicy, SlaPolicyEdition, SlaCondition),
)
REMOVING = Statement(delete(_clock).where(_clock.c.tenant_id == TENANT, _clock.c.id == any_(IDS)))


async def offers(session: Session) -> list[Offer]:
    """Return the policies that may apply now, in their order."""
    return await arranged(session, _read_offers)


async def _read_offers(session: Session) -> list[Offer]:
    rows = await session.rows(OFFERS)
    editions = {row["edition_id"]: (row["id"], row["calendar_edition_id"]) for row in rows}
    return [
        Offer(policy_id, edition_id, calendar_edition_id, conditions_from(_conditions_of(rows, edition_id)))
        for edition_id, (policy_id, calendar_edition_id) in editions.items()
    ]


def _conditions_of(rows: Iterable[Row], edition_id: UUID) -> list[tuple[str, str]]:
    return [
        (row["criterion"], row["value"])
        for row in rows
        if row["edition_id"] == edition_id and row["criterion"] is not None
    ]


TermsKey = tuple[UUID, UUID | None]
"""An edition of a policy, and the latest edition of its calendar."""

MOST_KNOWN = 1000
_known: dict[TermsKey, Terms] = {}
"""Terms that were read before: editions never change, and an id that was rolled back never comes again."""


async def terms(session: Session, keys: Iterable[TermsKey]) -> dict[UUID, Terms]:
    """Return what these editions of policies promise, with the hours of their calendars."""
    wanted = set(keys)
    found = {key: _known[key] for key in wanted if key in _known}
    missing = wanted - found.keys()
    if missing:
        read = await _read_terms(session, {edition_id for edition_id, _ in missing})
        found |= {key: read[key[0]] for key in missing}
        if len(_known) + len(missing) > MOST_KNOWN:
            _known.clear()
        _known.update(found)
    return {edition_id: one for (edition_id, _), one in found.items()}


async def _read_terms(session: Session, edition_ids: set[UUID]) -> dict[UUID, Terms]:
    rows = await session.rows(TARGETS, ids=sorted(edition_ids))
    calendars = {row["id"]: row["business_calendar_id"] for row in rows}
    hours = await hours_of(session, {id_ for id_ in calendars.values() if id_ is not None})
    return {
        id_: Terms(_promises(rows, id_), tuple(hours.get(calendar_id, ())), id_)
        for id_, calendar_id in calendars.items()
    }


def _promises(rows: Sequence[Row], edition_id: UUID) -> dict[ClockTarget, Promise]:
    return {
        ClockTarget(row["target"]): _promise(row) for row in rows if row["id"] == edition_id and row["target"]
    }


def _promise(row: Row) -> Promise:
    return Promise(
        time=timedelta(seconds=row["seconds"]),
        imminent=timedelta(seconds=row["imminent_seconds"]),
        pauses_on_customer=row["pauses_on_customer"],
        pauses_on_hold=row["pauses_on_hold"],
    )


async def hours_of(session: Session, calendar_ids: set[UUID]) -> dict[UUID, list[Hours]]:
    """Return the editions of calendars, earliest first."""
    found: dict[UUID, list[Hours]] = {}
    if calendar_ids:
        for row in await session.rows(HOURS, ids=sorted(calendar_ids)):
            calendar = calendar_of(row["time_zone"], row["periods"], row["holidays"])
            hours = Hours(calendar, row["valid_from"], row["id"])
            found.setdefault(row["business_calendar_id"], []).append(hours)
    return found


def calendar_of(
    time_zone: str, periods: Sequence[tuple[str, str, str]], holidays: Sequence[tuple[str]]
) -> Calendar:
    """Return a calendar from its parts as they are stored."""
    openings: dict[int, list[Opening]] = {}
    for weekday, opens, closes in sorted(periods, key=lambda period: period[1]):
        opening = Opening(time.fromisoformat(opens), _end(closes))
        openings.setdefault(DAYS[Weekday(weekday)], []).append(opening)
    return Calendar(
        ZoneInfo(time_zone),
        {day: tuple(spans) for day, spans in openings.items()},
        frozenset(date.fromisoformat(day) for [day] in holidays),
    )


def _end(closes: str) -> time:
    """Return the end of a span; midnight ends the day."""
    return time(0) if closes == "24:00" else time.fromisoformat(closes)


async def ledgers(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[Entry]]:
    """Return the ledgers of matters, each in its order."""
    found: dict[UUID, list[Entry]] = {}
    for row in await session.rows(LEDGERS, ids=list(ids)):
        found.setdefault(row["interaction_id"], []).append(_entry(row))
    return found


def _entry(row: Row) -> Entry:
    return Entry(
        LedgerType(row["type"]),
        row["occurred_at"],
        Party(row["actor_kind"]),
        InteractionStatus(row["status"]) if row["status"] else None,
        visibility=Visibility(row["visibility"]),
    )
