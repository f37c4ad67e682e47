"""Who acts? The tenant, the subject and what they may do."""

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    """What kind of subject acts."""

    HUMAN = "HUMAN"
    INTEGRATION = "INTEGRATION"
    SYSTEM = "SYSTEM"
    CUSTOMER = "CUSTOMER"


@dataclass(frozen=True, slots=True)
class Actor:
    """One authenticated subject inside one tenant; the roles are shown, the scopes decide."""

    tenant_id: UUID
    tenant_key: str
    subject: str
    kind: ActorKind
    scopes: frozenset[str]
    roles: tuple[str, ...] = ()

    @classmethod
    def system(cls, tenant_id: UUID, tenant_key: str, subject: str = "system") -> "Actor":
        """Return the system itself, acting in a tenant by nobody's hand."""
        return cls(tenant_id, tenant_key, subject, ActorKind.SYSTEM, frozenset())

    def as_system(self) -> "Actor":
        """Return the system itself, acting in the same tenant because of what this actor did."""
        return replace(Actor.system(self.tenant_id, self.tenant_key), scopes=self.scopes)
