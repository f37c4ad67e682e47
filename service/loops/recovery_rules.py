"""Which rules open recoveries? Editions are written, take effect, and are retired; none is ever rewritten."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import literal_column, select

from service.customers.tables import Segment
from service.feedback.tables import Survey
from service.ground.arrangements import ARRANGED, arranged
from service.ground.machine import Machine, Step
from service.ground.problems import Invalid, NotFound, Required
from service.ground.session import Row, Session, check_version
from service.ground.statements import TENANT, Statement
from service.ground.tables import TenantRow, made, table_of
from service.interactions.clocks.tables import BusinessCalendar
from service.interactions.tables import ContactReason, Team
from service.loops.rule_tables import RecoveryRule, RuleStatus
from service.loops.rules import STANDARD_RULES, Rule
from service.loops.tables import RecoveryTrigger
from service.touchpoints.tables import Channel, Touchpoint

RULES = Machine(
    RecoveryRule,
    (
        Step(RuleStatus.DRAFT, RuleStatus.ACTIVE),
        Step(RuleStatus.DRAFT, RuleStatus.RETIRED),
        Step(RuleStatus.ACTIVE, RuleStatus.RETIRED),
    ),
)

KEYED: Mapping[str, tuple[str, type[TenantRow]]] = {
    "surveyKey": ("survey_id", Survey),
    "touchpointKey": ("touchpoint_id", Touchpoint),
    "contactReasonKey": ("contact_reason_id", ContactReason),
    "segmentKey": ("segment_id", Segment),
    "teamKey": ("team_id", Team),
    "businessCalendarKey": ("business_calendar_id", BusinessCalendar),
}
"""What a rule names by key: the field, and the column it becomes."""

MOST_KEYWORDS = 100
SCORED = {RecoveryTrigger.DETRACTOR, RecoveryTrigger.CSAT_LOW, RecoveryTrigger.CES_LOW}

_rule = table_of(RecoveryRule)
SAID = tuple(field.name for field in fields(Rule))
ACTIVE = Statement(
    select(*(_rule.c[name] for name in SAID))
    .where(_rule.c.tenant_id == TENANT, _rule.c.status == literal_column(f"'{RuleStatus.ACTIVE}'"))
    .order_by(_rule.c.place, _rule.c.id)
)

ARRANGED.add(RecoveryRule)


@dataclass(frozen=True, slots=True)
class Known:
    """The rules that hold for a tenant, in their order; `are_own` where it has any of its own."""

    rules: tuple[Rule, ...]
    are_own: bool


@dataclass(frozen=True, slots=True)
class RuleText:
    """What an edition of a rule is to say; `values` holds columns by name, `keys` names by field."""

    trigger: RecoveryTrigger
    values: Mapping[str, Any]
    keys: Mapping[str, str | None]
    keywords: tuple[str, ...] = ()


async def active(session: Session) -> Known:
    """Return the rules that hold now; a tenant without any of its own has the standard ones."""
    return await arranged(session, _read_active)


async def _read_active(session: Session) -> Known:
    found = await session.rows(ACTIVE)
    if not found:
        return Known(STANDARD_RULES, are_own=False)
    return Known(tuple(rule_of(row) for row in found), are_own=True)


async def save(session: Session, key: str, name: str, text: RuleText) -> UUID:
    """Write the next edition of a rule, as a draft: nothing follows it until it is activated.

    Raises Required, Invalid for a condition that fits the trigger not, NotFound for an unknown key.
    """
    if not key.strip() or not name.strip():
        raise Required("name" if key.strip() else "key")
    columns = await read(session, text)
    earlier = await session.find(RecoveryRule, key=key, locked=True)
    edition = 1 + max((one.edition for one in earlier), default=0)
    row = made(RecoveryRule, {"key": key, "edition": edition, "name": name, **columns})
    session.add(row)
    RULES.remember(session, row.id, None, RuleStatus.DRAFT)
    return row.id


async def activate(session: Session, rule_id: UUID, *, expected_version: int | None = None) -> None:
    """Let an edition take effect; the one of the same rule that did before is retired."""
    wanted = await session.get(RecoveryRule, rule_id, "recoveryRuleId")
    editions = await session.find(RecoveryRule, key=wanted.key, locked=True)
    [rule] = [one for one in editions if one.id == rule_id]
    check_version(rule, expected_version)
    RULES.check_request(rule.status, RuleStatus.ACTIVE)
    for one in editions:
        if one.status == RuleStatus.ACTIVE:
            reason = f"Edition {rule.edition} takes its place."
            await RULES.move(session, one, RuleStatus.RETIRED, reason=reason, retired_at=session.now)
    await RULES.move(session, rule, RuleStatus.ACTIVE, activated_at=session.now)


async def retire(
    session: Session, rule_id: UUID, *, reason: str | None = None, expected_version: int | None = None
) -> None:
    """Let an edition open nothing any more."""
    rule = await session.get(RecoveryRule, rule_id, "recoveryRuleId", locked=True)
    await RULES.move(
        session,
        rule,
        RuleStatus.RETIRED,
        expected_version=expected_version,
        reason=reason,
        retired_at=session.now,
    )


async def read(session: Session, text: RuleText) -> dict[str, Any]:
    """Return the columns of what a rule says; raises Invalid for what contradicts itself, NotFound."""
    _check(text)
    columns = {**text.values, "trigger": text.trigger}
    columns["keywords"] = "\n".join(text.keywords) or None
    for field, (column, model) in KEYED.items():
        key = text.keys.get(field)
        if key is not None:
            columns[column] = await named(session, model, key, field)
    return columns


def rule_of(values: Row) -> Rule:
    """Return what an edition says, from its columns by name."""
    said = {name: values[name] for name in SAID if name in values}
    channel = Channel(said["channel"]) if said.get("channel") else None
    return Rule(**{**said, "trigger": RecoveryTrigger(said["trigger"]), "channel": channel})


def _check(text: RuleText) -> None:
    """Raise Invalid or Required, placed at the field, for a rule that could mean nothing."""
    values, trigger = text.values, text.trigger
    speaks = trigger is RecoveryTrigger.KEYWORD
    if trigger is RecoveryTrigger.FOLLOW_UP_DISPUTED:
        raise Invalid("trigger", reason="A disputed follow-up always opens a recovery; no rule is needed.")
    if speaks and not text.keywords:
        raise Required("keywords")
    if text.keywords and not speaks:
        raise Invalid("keywords", reason="Only a rule of keywords listens for words.")
    _check_keywords(text.keywords)
    part, severity = values.get("worst_part"), values.get("severity")
    if part is not None and trigger not in SCORED:
        raise Invalid("worstPart", reason="Only a score lies on a scale.")
    if part is not None and not 0 < part <= 1:
        raise Invalid("worstPart", reason="A share of a scale is more than 0 and at most 1.")
    if severity is not None and not 1 <= severity <= 5:  # noqa: PLR2004 - the bounds of the column
        raise Invalid("severity", reason="A severity is a whole number from 1 to 5.")
    _check_times(values)


def _check_keywords(keywords: tuple[str, ...]) -> None:
    if len(keywords) > MOST_KEYWORDS:
        raise Invalid("keywords", reason=f"A rule listens for at most {MOST_KEYWORDS} words or phrases.")
    for number, word in enumerate(keywords):
        if not word.strip() or "\n" in word:
            raise Invalid("keywords", number, reason="A keyword is a word or a phrase on one line.")


def _check_times(values: Mapping[str, Any]) -> None:
    for name, field in (
        ("acknowledge_within_seconds", "acknowledgeWithinSeconds"),
        ("recover_within_seconds", "recoverWithinSeconds"),
    ):
        seconds = values.get(name)
        if seconds is not None and seconds < 1:
            raise Invalid(field, reason="It takes a second or more.")
    if values.get("quiet_days", 0) < 0:
        raise Invalid("quietDays", reason="A pause is not negative.")


async def named(session: Session, model: type[TenantRow], key: str, field: str) -> UUID:
    """Return the id of the thing with this key; raises NotFound, placed at the field."""
    rows = await session.lookup(model, ("key",), [(key,)])
    if not rows:
        raise NotFound(field, thing=table_of(model).name.replace("_", " "), key="key")
    id_: UUID = rows[(key,)]["id"]
    return id_
