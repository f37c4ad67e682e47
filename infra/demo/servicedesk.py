"""What happened to each incident? Rows of the tenant `servicedesk`, one ledger entry per row of the log."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from infra.demo import shipped
from infra.demo.incident_steps import Incident, StepType, steps_of
from infra.demo.rows import CustomerRow, InteractionRow, LedgerRow, ReasonRow, TeamRow

SOURCE = "servicedesk"
UNKNOWN_CALLER = "unknown"
# This account wrote 24,667 of the 24,985 closings: it is the system's own.
_SYSTEM_ACCOUNT = 908
_CHANNELS = {"P": "PHONE", "I": "PHONE", "E": "EMAIL", "S": "WEB", "D": "OTHER"}
_PRIORITIES = {1: "URGENT", 2: "HIGH", 3: "NORMAL", 4: "LOW"}
_STATUSES = {
    "N": "NEW",
    "A": "OPEN",
    "R": "RESOLVED",
    "C": "CLOSED",
    "U": "WAITING_ON_CUSTOMER",
    "V": "ON_HOLD",
    "P": "ON_HOLD",
    "E": "ON_HOLD",
}
_WAITING_FOR = {"U": "the caller", "V": "the vendor", "P": "a problem record", "E": "evidence"}
_MINUTES_A_DAY = 24 * 60


def customers() -> Iterator[CustomerRow]:
    """One customer for each caller, in the order of their first incident."""
    for caller in dict.fromkeys(incident.caller for incident in incidents()):
        yield {
            "externalIds": [{"system": SOURCE, "value": _caller(caller)}],
            "displayName": f"Caller {_caller(caller)}",
            "locale": "en",
            "timeZone": "UTC",
            "lifecycleStage": "ACTIVE",
        }


def interactions() -> Iterator[InteractionRow]:
    """Every incident with its ledger, oldest first."""
    return map(_interaction, incidents())


def teams() -> list[TeamRow]:
    """The assignment groups that appear in the log."""
    groups = sorted({group for incident in incidents() for group in incident.groups if group is not None})
    return [{"key": f"group-{group}", "name": f"Assignment group {group}"} for group in groups]


def reasons() -> list[ReasonRow]:
    """Categories, then the subcategories seen within each."""
    pairs = {(incident.category, incident.subcategory) for incident in incidents()}
    categories = sorted({category for category, _ in pairs if category is not None})
    leaves = sorted((c, s) for c, s in pairs if c is not None and s is not None)
    return [
        *(ReasonRow(key=_reason(c, None), name=f"Category {c}", kind="INCIDENT") for c in categories),
        *(
            ReasonRow(
                key=_reason(c, s),
                parentKey=_reason(c, None),
                name=f"Category {c}, subcategory {s}",
                kind="INCIDENT",
            )
            for c, s in leaves
        ),
    ]


@cache
def incidents() -> tuple[Incident, ...]:
    """The incidents as the log tells them."""
    return tuple(Incident(*facts) for facts in shipped.lines(shipped.INCIDENTS))


def _interaction(incident: Incident) -> InteractionRow:
    interaction: InteractionRow = {
        "source": SOURCE,
        "key": f"INC{incident.number}",
        "customer": {"externalId": {"system": SOURCE, "value": _caller(incident.caller)}},
        "channel": _CHANNELS[incident.contact],
        "subject": f"Incident INC{incident.number}",
        "priority": _PRIORITIES[incident.priority],
        "slaMet": bool(incident.sla_met),
        "openedAt": moment(incident.opened),
        "events": list(_ledger(incident)),
    }
    if incident.category is not None:
        interaction["contactReasonKey"] = _reason(incident.category, incident.subcategory)
    if known := [group for group in incident.groups if group is not None]:
        interaction["teamKey"] = f"group-{known[-1]}"
    return interaction


@dataclass(slots=True)
class _Last:
    """What the ledger has said so far."""

    state: str | None = None
    group: int | None = None
    assignee: int | None = None


def _ledger(incident: Incident) -> Iterator[LedgerRow]:
    last = _Last()
    for place, type_ in enumerate(steps_of(incident)):
        actor = incident.actors[place]
        entry: LedgerRow = {
            "type": type_.value,
            "at": moment(incident.opened if type_ is StepType.OPENED else incident.times[place]),
            "actor": f"user-{actor}",
            "actorKind": "SYSTEM" if actor == _SYSTEM_ACCOUNT else "AGENT",
        }
        _tell_status(entry, type_, incident.states[place], last)
        _tell_assignment(entry, incident.groups[place], incident.assignees[place], last)
        yield entry


def _tell_status(entry: LedgerRow, type_: StepType, state: str, last: _Last) -> None:
    """Adds the status where the step changed it; an opening that came in resolved does not say so."""
    if type_ is StepType.UPDATED or (type_ is StepType.OPENED and state == "R"):
        return
    if state != last.state and state in _STATUSES:
        entry["status"] = _STATUSES[state]
    if type_ is StepType.HELD:
        entry["body"] = f"Waiting for {_WAITING_FOR[state]}"
        entry["visibility"] = "INTERNAL"
    last.state = state


def _tell_assignment(entry: LedgerRow, group: int | None, assignee: int | None, last: _Last) -> None:
    if group is not None and group != last.group:
        entry["teamKey"] = f"group-{group}"
        last.group = group
    if assignee is not None and assignee != last.assignee:
        if entry["type"] == StepType.ASSIGNED:
            entry["body"] = f"Assigned to agent {assignee}"
            entry["visibility"] = "INTERNAL"
        last.assignee = assignee


def moment(minutes: int) -> str:
    """The RFC 3339 time of a count of minutes since 2016."""
    day, minute = divmod(minutes, _MINUTES_A_DAY)
    return f"{_day(day)}{_time(minute)}"


@cache
def _day(days: int) -> str:
    return (date(2016, 1, 1) + timedelta(days=days)).isoformat()


@cache
def _time(minute: int) -> str:
    return f"T{minute // 60:02d}:{minute % 60:02d}:00Z"


def _caller(caller: int | None) -> str:
    return UNKNOWN_CALLER if caller is None else str(caller)


def _reason(category: int, subcategory: int | None) -> str:
    return f"category-{category}" if subcategory is None else f"category-{category}.{subcategory}"
