"""What does each row of the incident log mean? Pure rules that name every step of an incident's history."""

from dataclasses import dataclass
from enum import StrEnum

_RESOLVED, _CLOSED, _UNKNOWN = "R", "C", "?"
_AWAITING = frozenset("UVPE")


class StepType(StrEnum):
    """The ledger's words for a step."""

    OPENED = "OPENED"
    ASSIGNED = "ASSIGNED"
    STATUS_CHANGED = "STATUS_CHANGED"
    HELD = "HELD"
    RESOLVED = "RESOLVED"
    REOPENED = "REOPENED"
    CLOSED = "CLOSED"
    UPDATED = "UPDATED"


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as the log tells it: final header facts, then one place per row in every column."""

    number: str
    caller: int | None
    opened: int
    resolved: int | None
    contact: str
    category: int | None
    subcategory: int | None
    priority: int
    sla_met: int
    states: str
    times: list[int]
    actors: list[int]
    groups: list[int | None]
    assignees: list[int | None]
    reopens: list[int]


def steps_of(incident: Incident) -> list[StepType]:
    """Names every row of the log, in its order.

    The first row is the opening, with one exception: where it is also the only trace of the resolution, it
    counts as the resolution, and the incident's own opening time stands for the other.
    """
    resolution = _resolution(incident)
    return [_step(incident, place, resolution) for place in range(len(incident.states))]


def _resolution(incident: Incident) -> int | None:
    """The row that the log's resolution time points at; the latest resolution counts, as in the source.

    Without a resolution time there is none, whatever the states say.
    """
    places = [
        place
        for place, (state, time) in enumerate(zip(incident.states, incident.times, strict=True))
        if state == _RESOLVED and time == incident.resolved
    ]
    return next((place for place in places if place > 0), places[0] if places else None)


def _step(incident: Incident, place: int, resolution: int | None) -> StepType:
    if place == resolution or _was_undone(incident, place, _RESOLVED):
        return StepType.RESOLVED
    if place == 0:
        return StepType.OPENED
    if incident.reopens[place] > incident.reopens[place - 1]:
        return StepType.REOPENED
    if place == len(incident.states) - 1 or _was_undone(incident, place, _CLOSED):
        return StepType.CLOSED
    return _change(incident, place)


def _was_undone(incident: Incident, place: int, state: str) -> bool:
    """Whether the row first reports a state that a later reopening took back."""
    first = incident.states[place] == state and (place == 0 or incident.states[place - 1] != state)
    return first and incident.reopens[-1] > incident.reopens[place]


def _change(incident: Incident, place: int) -> StepType:
    state = incident.states[place]
    new_state = state != incident.states[place - 1] and state not in {_RESOLVED, _CLOSED, _UNKNOWN}
    if new_state and state in _AWAITING:
        return StepType.HELD
    if _is_new(incident.groups, place) or _is_new(incident.assignees, place):
        return StepType.ASSIGNED
    return StepType.STATUS_CHANGED if new_state else StepType.UPDATED


def _is_new(names: list[int | None], place: int) -> bool:
    """Whether the row names somebody other than the last one named; a blank says nothing."""
    if names[place] is None or names[place] == names[place - 1]:
        return False
    known = next((name for name in reversed(names[:place]) if name is not None), None)
    return names[place] != known
