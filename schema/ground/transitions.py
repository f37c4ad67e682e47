"""How does a state machine look to a client? What may happen next, and each step that was taken."""

from datetime import datetime

import strawberry

from schema.ground.fields import Field, column, listed, record
from service.ground import machine


@strawberry.type(description="A step that may be asked for next.")
class AllowedTransition:
    """One step from the present state, and what it still lacks."""

    to: str = column("The state it leads to.")
    requires: list[str] = column("Everything the step needs, met or not, a sentence each.")
    blocked_because: list[str] = column("What is missing for it now; empty where it can be taken.")


@record(machine.StateChange, name="StateChange", description="One step that was taken from state to state.")
class StateChange:
    """A step that was taken."""

    source: str | None = column("The state it left; null where the thing began.")
    target: str = column("The state it led to.")
    actor: str = column("Who took it.")
    reason: str | None = column("Why, in the words of who took it.")
    occurred_at: datetime = column("When it was taken.")


def allowed_transitions(steps: machine.Machine) -> Field:
    """Declare the list of the steps that may be asked for next."""
    return listed("The steps that may be asked for next.", steps.allowed_transitions())


def history() -> Field:
    """Declare the list of the steps that were taken."""
    return listed("Every step that was taken, earliest first.", machine.HISTORY)
