"""Which rules follow from the settings? Limits, permissions, accounts, and who is let in."""

from infra.admission import Gate
from infra.bodies import Bodies
from infra.cors import Origins
from infra.entrance import Entrance
from infra.quotas import Quotas
from infra.settings import Introspection, Settings
from infra.trusted import PersistedDocuments, manifest
from schema.guard.limits import Limits
from schema.guard.permissions import May, Permissions, everybody
from schema.guard.rules import Rules
from service.ground.actor import Actor
from service.ground.scopes import Scope

INSIDES = Scope.ACCESS_READ
"""Who may see who has access may see how things are made, and ask in words of their own."""


def rules(settings: Settings) -> Rules:
    """Returns what every request is held against."""
    return Rules(
        Limits(),
        permissions(settings),
        Quotas(settings.points_per_second, settings.points_saved),
        discreet=settings.is_production,
    )


def permissions(settings: Settings) -> Permissions:
    """Returns who may ask what of the schema itself."""
    return Permissions(_introspects(settings), has(INSIDES))


def entrance(settings: Settings) -> Entrance:
    """Returns who is let in, and for how long."""
    path = settings.trusted_documents
    return Entrance(
        Gate(settings.concurrent_requests, settings.waiting_requests, settings.waiting_seconds),
        Bodies(settings.body_limit_bytes, settings.bulk_limit_bytes, settings.body_seconds),
        PersistedDocuments(manifest(path) if path else {}, settings.only_trusted_documents),
        permissions(settings),
        Origins(settings.origins),
        settings.statement_timeout_seconds,
    )


def has(scope: Scope) -> May:
    """Returns the predicate that an actor has a scope."""
    return lambda actor: scope in actor.scopes


def _introspects(settings: Settings) -> May:
    audience = settings.introspection
    if audience is Introspection.BY_ENVIRONMENT:
        audience = Introspection.SCOPED if settings.is_production else Introspection.EVERYBODY
    match audience:
        case Introspection.EVERYBODY:
            return everybody
        case Introspection.NOBODY:
            return _nobody
        case _:
            return has(INSIDES)


def _nobody(_actor: Actor) -> bool:
    return False
