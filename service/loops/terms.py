"""On which terms does a tenant close its loops? How soon, how often, and who may be written to."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from uuid import UUID

from sqlalchemy import cast, func, literal_column, select

from service.ground.problems import Invalid
from service.ground.reads import Expression
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.interactions.clocks.tables import BusinessCalendar
from service.loops.recovery_rules import named
from service.loops.rule_tables import ConsentBasis, LoopPolicy

HOUR = 3_600
CALENDAR_KEY = "business_calendar_key"


@dataclass(frozen=True, slots=True)
class Terms:
    """The usual terms, where a tenant set none.

    A recovery is acknowledged within a day and remedied within three. A customer has `answer_window_days` to
    say whether it is good now; contact about the same reason within `same_reason_days` reopens. A follow-up
    is sent within `tell_within_days` and waits `reply_window_days` for a reply. Between two messages lie
    `quiet_days`. Recoveries are due by the open hours of the calendar, without one in plain hours.
    """

    acknowledge_within_seconds: int = 24 * HOUR
    recover_within_seconds: int = 72 * HOUR
    answer_window_days: int = 14
    same_reason_days: int = 7
    reply_window_days: int = 14
    tell_within_days: int = 14
    quiet_days: int = 7
    consent_basis: ConsentBasis = ConsentBasis.OPT_OUT
    business_calendar_id: UUID | None = None

    def check(self) -> None:
        """Raise Invalid, placed at the field, for a time that is none."""
        for name in NUMBERS:
            least = 0 if name == "quiet_days" else 1
            if not least <= getattr(self, name) <= LONGEST[name]:
                reason = f"This is a whole number from {least} to {LONGEST[name]}."
                raise Invalid(_camel(name), reason=reason)


USUAL = Terms()
COLUMNS = tuple(field.name for field in fields(Terms))
NUMBERS = tuple(name for name in COLUMNS if name not in {"consent_basis", "business_calendar_id"})
SETTABLE = (*NUMBERS, "consent_basis", CALENDAR_KEY)
LONGEST = {name: 366 * 24 * HOUR if name.endswith("seconds") else 366 for name in NUMBERS}

_policy = table_of(LoopPolicy)
LATEST = Statement(
    select(*(_policy.c[name] for name in ("edition", *COLUMNS)))
    .where(_policy.c.tenant_id == TENANT)
    .order_by(_policy.c.edition.desc())
    .limit(literal_column("1"))
)


async def current(session: Session) -> Terms:
    """Return the tenant's terms as they are now."""
    return (await _latest(session))[1]


async def revise(session: Session, changes: dict[str, Any]) -> UUID:
    """Let other terms hold from now on; what is not named stays.

    `business_calendar_key` names a calendar, None for none. Raises Invalid for a time that is none, NotFound.
    """
    edition, terms = await _latest(session)
    if CALENDAR_KEY in changes:
        changes = {**changes, "business_calendar_id": await _calendar(session, changes[CALENDAR_KEY])}
    revised = replace(terms, **{name: value for name, value in changes.items() if name != CALENDAR_KEY})
    revised.check()
    policy = LoopPolicy(
        edition=edition + 1, set_by=session.actor.subject, set_at=session.now, **asdict(revised)
    )
    session.add(policy)
    session.emit("loop_policy.revised", policy.id, changed=sorted(changes))
    return policy.id


async def _calendar(session: Session, key: str | None) -> UUID | None:
    return None if key is None else await named(session, BusinessCalendar, key, "businessCalendarKey")


async def _latest(session: Session) -> tuple[int, Terms]:
    found = await session.row(LATEST)
    if found is None:
        return 0, USUAL
    values = {name: found[name] for name in COLUMNS}
    return found["edition"], Terms(**{**values, "consent_basis": ConsentBasis(found["consent_basis"])})


def term(name: str) -> Expression:
    """Return one of the terms as an expression."""
    policy = _policy.alias()
    latest = (
        select(policy.c[name])
        .where(policy.c.tenant_id == TENANT)
        .order_by(policy.c.edition.desc())
        .limit(literal_column("1"))
        .scalar_subquery()
    )
    usual = getattr(USUAL, name)
    text = f"'{usual}'" if isinstance(usual, str) else str(usual)
    return func.coalesce(latest, cast(literal_column(text), _policy.c[name].type), type_=_policy.c[name].type)


def days(name: str) -> Expression:
    """Return one of the terms that count days, as an interval."""
    return term(name) * literal_column("interval '1 day'")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
