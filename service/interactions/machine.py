"""Which steps may a matter take? From new to closed, with waits between, and back when it was not over."""

from service.ground.machine import Machine, Requirement, Step
from service.interactions.tables import Interaction, InteractionStatus

NEW, OPEN, WAITING_ON_CUSTOMER, ON_HOLD, RESOLVED, CLOSED = InteractionStatus

CONTACT_REASON = Requirement(
    "CONTACT_REASON", "It has a contact reason.", lambda row: row.c.contact_reason_id.is_not(None)
)

MACHINE = Machine(
    Interaction,
    (
        Step(NEW, OPEN),
        Step(NEW, WAITING_ON_CUSTOMER),
        Step(NEW, ON_HOLD),
        Step(NEW, RESOLVED, (CONTACT_REASON,)),
        Step(NEW, CLOSED),
        Step(OPEN, WAITING_ON_CUSTOMER),
        Step(OPEN, ON_HOLD),
        Step(OPEN, RESOLVED, (CONTACT_REASON,)),
        Step(OPEN, CLOSED),
        Step(WAITING_ON_CUSTOMER, OPEN),
        Step(WAITING_ON_CUSTOMER, ON_HOLD),
        Step(WAITING_ON_CUSTOMER, RESOLVED, (CONTACT_REASON,)),
        Step(WAITING_ON_CUSTOMER, CLOSED),
        Step(ON_HOLD, OPEN),
        Step(ON_HOLD, WAITING_ON_CUSTOMER),
        Step(ON_HOLD, RESOLVED, (CONTACT_REASON,)),
        Step(ON_HOLD, CLOSED),
        Step(RESOLVED, OPEN),
        Step(RESOLVED, CLOSED),
        Step(CLOSED, OPEN),
    ),
)
