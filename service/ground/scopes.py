"""What may somebody do? A closed set of scopes, roles as sets of them, and what reading a table needs."""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache

from sqlmodel import SQLModel

from service.ground.problems import LacksScope


class Scope(StrEnum):
    """One permission: to read a chapter, to do its daily work, or to design what that work rests on."""

    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    JOURNEYS_READ = "journeys:read"
    JOURNEYS_WRITE = "journeys:write"
    JOURNEYS_DESIGN = "journeys:design"
    TOUCHPOINTS_READ = "touchpoints:read"
    TOUCHPOINTS_WRITE = "touchpoints:write"
    TOUCHPOINTS_DESIGN = "touchpoints:design"
    INTERACTIONS_READ = "interactions:read"
    INTERACTIONS_WRITE = "interactions:write"
    INTERACTIONS_DESIGN = "interactions:design"
    FEEDBACK_READ = "feedback:read"
    FEEDBACK_WRITE = "feedback:write"
    FEEDBACK_DESIGN = "feedback:design"
    METRICS_READ = "metrics:read"
    METRICS_DESIGN = "metrics:design"
    INSIGHTS_READ = "insights:read"
    INSIGHTS_WRITE = "insights:write"
    INITIATIVES_READ = "initiatives:read"
    INITIATIVES_WRITE = "initiatives:write"
    LOOPS_READ = "loops:read"
    LOOPS_WRITE = "loops:write"
    LOOPS_DESIGN = "loops:design"
    EVENTS_READ = "events:read"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_DESIGN = "webhooks:design"
    ACCESS_READ = "access:read"
    ACCESS_DESIGN = "access:design"
    PII_READ = "pii:read"
    PRIVACY_MANAGE = "privacy:manage"
    AUDIT_READ = "audit:read"


EVERY = frozenset(Scope)
MASKING = frozenset({Scope.PII_READ})
"""Scopes whose absence changes what a statement shows: who lacks one is answered by another plan."""

_READING = frozenset(s for s in Scope if s.endswith(":read")) - {
    Scope.ACCESS_READ,
    Scope.AUDIT_READ,
    Scope.WEBHOOKS_READ,
    Scope.PII_READ,
}
_EVERYDAY = frozenset(
    {
        Scope.PII_READ,
        Scope.CUSTOMERS_WRITE,
        Scope.JOURNEYS_WRITE,
        Scope.TOUCHPOINTS_WRITE,
        Scope.INTERACTIONS_WRITE,
        Scope.FEEDBACK_WRITE,
    }
)

ROLES: dict[str, frozenset[Scope]] = {
    "viewer": _READING,
    "integration": _READING | _EVERYDAY,
    "agent": _READING | _EVERYDAY | {Scope.INSIGHTS_WRITE, Scope.LOOPS_WRITE},
    "analyst": _READING | {Scope.INSIGHTS_WRITE, Scope.METRICS_DESIGN},
    "manager": EVERY - {Scope.ACCESS_READ, Scope.ACCESS_DESIGN, Scope.AUDIT_READ, Scope.PRIVACY_MANAGE},
    "administrator": EVERY,
}
"""Named sets of scopes; an identity provider says who has which."""

OF_GROUND: dict[str, Scope | None] = {
    "outbox_event": Scope.EVENTS_READ,
    "state_change": None,
    "periodic_job": None,
    "audit_entry": Scope.AUDIT_READ,
    "audit_seal": None,
    "idempotent_answer": None,
    "retention_rule": None,
    "outbox_relay": None,
    "dead_letter": None,
    "arrangement": None,
}
"""What reading a table of the ground needs; None: it shows beneath its subject only, or nowhere."""


def granted(roles: Iterable[str]) -> frozenset[str]:
    """Return what all of the roles together may do; a role that does not exist here may nothing."""
    return frozenset(scope for role in roles for scope in ROLES.get(role, ()))


def require(held: frozenset[str], needed: frozenset[Scope]) -> None:
    """Refuse where one of the scopes is missing; raises LacksScope."""
    if not needed <= held:
        raise LacksScope(scopes=", ".join(sorted(needed - held)))


def reading(table: str) -> Scope | None:
    """Return what reading a table needs: the scope of the chapter that keeps it.

    Raises LookupError for a table of the ground that nobody decided about.
    """
    chapter = _chapters()[table]
    return OF_GROUND[table] if chapter == "ground" else Scope(f"{chapter}:read")


@cache
def _chapters() -> dict[str, str]:
    mappers = SQLModel._sa_registry.mappers  # noqa: SLF001 - sqlmodel shows its registry nowhere else
    return {str(one.local_table): one.class_.__module__.split(".")[1] for one in mappers}
