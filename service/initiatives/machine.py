"""What may happen next to an initiative?"""

from itertools import permutations

from sqlalchemy import and_, true

from service.ground.machine import Machine, Requirement, Step
from service.initiatives.tables import Initiative, InitiativeStatus

SPONSOR = Requirement("SPONSOR", "It has a sponsor", lambda row: row.c.sponsor.is_not(None))
FOUR_EYES = Requirement(
    "FOUR_EYES",
    "Its sponsor is someone else than its owner",
    lambda row: and_(row.c.sponsor.is_not(None), row.c.sponsor != row.c.owner),
)
PLAN_LOCKED = Requirement(
    "PLAN_LOCKED", "Its measurement plan is locked", lambda row: row.c.plan_locked_at.is_not(None)
)
SHIPPING = Requirement("SHIPPING", "It is said when it shipped and for whom", lambda _row: true())
LEARNING = Requirement(
    "LEARNING", "What was learned is written down", lambda row: row.c.learning_note.is_not(None)
)
TOLD = Requirement(
    "TOLD",
    "Every customer whose words led to it was told, or it is settled why not",
    lambda row: row.c.untold_count == 0,
)
REASON = Requirement("REASON", "A reason is given with the step", lambda _row: true())

_S = InitiativeStatus
VERDICTS = (_S.IMPROVED, _S.NO_CHANGE, _S.WORSENED, _S.INCONCLUSIVE)
"""The states in which the effect has been judged."""
BEFORE_WORK = frozenset({_S.PROPOSED, _S.APPROVED})
"""The states in which a measurement plan can still be drafted and locked."""
BEFORE_SHIPPING = (_S.PROPOSED, _S.APPROVED, _S.PLANNED, _S.ACTIVE, _S.PAUSED)

INITIATIVE = Machine(
    Initiative,
    (
        Step(_S.PROPOSED, _S.APPROVED, (SPONSOR, FOUR_EYES)),
        Step(_S.APPROVED, _S.PLANNED, (PLAN_LOCKED,)),
        Step(_S.PLANNED, _S.ACTIVE),
        Step(_S.ACTIVE, _S.PAUSED),
        Step(_S.PAUSED, _S.ACTIVE),
        Step(_S.ACTIVE, _S.SHIPPED, (SHIPPING,)),
        Step(_S.SHIPPED, _S.OBSERVING),
        *(Step(_S.OBSERVING, verdict, by_system=True) for verdict in VERDICTS),
        *(Step(before, after, by_system=True) for before, after in permutations(VERDICTS, 2)),
        *(Step(verdict, _S.CLOSED, (LEARNING, TOLD)) for verdict in VERDICTS),
        *(Step(source, _S.CANCELLED, (REASON,)) for source in BEFORE_SHIPPING),
    ),
)
