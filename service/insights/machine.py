"""What may happen next to an insight, an elevation and a suggestion?"""

from itertools import product

from sqlalchemy import and_, func, literal_column, or_, true

from service.ground.machine import Machine, Requirement, Step
from service.insights.finding_tables import Suggestion, SuggestionStatus
from service.insights.reads import customer_count, signal_count
from service.insights.rules import CUSTOMERS_NEEDED, SIGNALS_NEEDED
from service.insights.tables import Elevation, ElevationStatus, Insight, InsightStatus

ENOUGH_EVIDENCE = Requirement(
    "ENOUGH_EVIDENCE",
    f"At least {SIGNALS_NEEDED} signals from at least {CUSTOMERS_NEEDED} different customers back it, "
    "or a sponsor gave a reason to go on without",
    lambda row: or_(
        row.c.sponsor_reason.is_not(None),
        and_(
            signal_count(row) >= literal_column(str(SIGNALS_NEEDED)),
            customer_count(row) >= literal_column(str(CUSTOMERS_NEEDED)),
        ),
    ),
)
ROOT_CAUSE = Requirement(
    "ROOT_CAUSE", "Its root cause is written down", lambda row: row.c.root_cause.is_not(None)
)
ROOT_CAUSE_METHOD = Requirement(
    "ROOT_CAUSE_METHOD",
    "It is said how the root cause was found",
    lambda row: row.c.root_cause_method.is_not(None),
)
PRIORITY = Requirement(
    "PRIORITY", "It has a priority with its three factors", lambda row: row.c.priority.is_not(None)
)
INITIATIVE = Requirement(
    "INITIATIVE", "An initiative works on it", lambda row: row.c.initiative_active_at.is_not(None)
)
VERIFIED = Requirement(
    "VERIFIED",
    "An evaluation of an initiative for it says that things have improved",
    lambda row: row.c.verified_at.is_not(None),
)
NOTHING_OVERDUE = Requirement(
    "NOTHING_OVERDUE",
    "No customer waits longer than promised to be told",
    lambda row: or_(row.c.follow_up_due_at.is_(None), row.c.follow_up_due_at > func.now()),
)
REASON = Requirement("REASON", "A reason is given with the step", lambda _row: true())
QUESTION = Requirement("QUESTION", "A question is asked with the step", lambda _row: true())

_S = InsightStatus
OPEN = (_S.DRAFT, _S.EVIDENCED, _S.VALIDATED, _S.PRIORITISED, _S.ADDRESSING, _S.REGRESSED)
"""The states in which an insight waits for something to be done."""
REASONED = frozenset({_S.REJECTED, _S.DORMANT})
"""The states that an insight enters with a reason only."""

INSIGHT = Machine(
    Insight,
    (
        Step(_S.DRAFT, _S.EVIDENCED, (ENOUGH_EVIDENCE,)),
        Step(_S.EVIDENCED, _S.VALIDATED, (ROOT_CAUSE, ROOT_CAUSE_METHOD)),
        Step(_S.VALIDATED, _S.PRIORITISED, (PRIORITY,)),
        Step(_S.PRIORITISED, _S.ADDRESSING, (INITIATIVE,), by_system=True),
        Step(_S.ADDRESSING, _S.PRIORITISED, by_system=True),
        Step(_S.ADDRESSING, _S.RESOLVED, (VERIFIED, NOTHING_OVERDUE)),
        Step(_S.RESOLVED, _S.REGRESSED, by_system=True),
        Step(_S.REGRESSED, _S.PRIORITISED, (PRIORITY,)),
        Step(_S.DORMANT, _S.DRAFT),
        *(Step(source, target, (REASON,)) for source, target in product(OPEN, (_S.REJECTED, _S.DORMANT))),
        *(Step(source, _S.MERGED, (REASON,), by_system=True) for source in (*OPEN, _S.RESOLVED, _S.DORMANT)),
    ),
)

_E = ElevationStatus
ELEVATION = Machine(
    Elevation,
    (
        Step(_E.PROPOSED, _E.ACCEPTED),
        Step(_E.PROPOSED, _E.MERGED),
        Step(_E.PROPOSED, _E.RETURNED, (QUESTION,)),
        Step(_E.PROPOSED, _E.DECLINED, (REASON,)),
        Step(_E.RETURNED, _E.PROPOSED),
        Step(_E.RETURNED, _E.MERGED),
        Step(_E.RETURNED, _E.DECLINED, (REASON,)),
    ),
)

SUGGESTION = Machine(
    Suggestion,
    (
        Step(SuggestionStatus.OPEN, SuggestionStatus.ACCEPTED),
        Step(SuggestionStatus.OPEN, SuggestionStatus.DISMISSED, (REASON,)),
    ),
)
