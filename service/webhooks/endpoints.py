"""How does somebody get told of events, on which terms, with which secret, and no more?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from service.ground.keys import uuid7
from service.ground.problems import Blocked, Invalid, Required
from service.ground.scopes import require
from service.ground.session import Session, check_version
from service.webhooks import addresses, subjects
from service.webhooks.signing import Salted, SecretKeys, shown
from service.webhooks.tables import EndpointStatus, Tracker, WebhookEndpoint

LONGEST_OVERLAP_HOURS = 24 * 30
MOST_ENDPOINTS = 50
LONGEST_DOCUMENT = 20_000
LONGEST_DESCRIPTION = 500


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings say of webhooks: the keys of their secrets, and whether this is development."""

    keys: SecretKeys
    development: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be told, and where; the document was checked against the schema."""

    url: str
    event_types: Sequence[str]
    document: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """An endpoint or a tracker, and its secret, which is shown now and never again."""

    id: UUID
    secret: str


def reading_scopes(held: frozenset[str]) -> frozenset[str]:
    """Return the scopes of somebody by which messages are read later: only those of reading."""
    return frozenset(scope for scope in held if scope.endswith(":read"))


async def register(session: Session, wish: Wish, terms: Terms) -> Registered:
    """Register an endpoint; it is told of what happens from now on, as the actor may see it now.

    Raises Invalid for a URL that does not lead outside, Required, LacksScope for event types that the actor
    may not read, and Blocked where there are too many endpoints.
    """
    values = _checked(session, wish, terms)
    if len(await session.find(WebhookEndpoint)) >= MOST_ENDPOINTS:
        raise Blocked(reasons=[f"A tenant has at most {MOST_ENDPOINTS} endpoints."])
    id_, salted = uuid7(), terms.keys.salted()
    session.enter(WebhookEndpoint, id=id_, **values, salt=salted.salt, key_name=salted.key_name)
    session.emit("webhook_endpoint.registered", id_)
    return Registered(id_, _secret(terms, id_, salted))


async def change(
    session: Session, endpoint_id: UUID, wish: Wish, terms: Terms, *, expected_version: int | None = None
) -> UUID:
    """Change what an endpoint is told, and where; from now on it is told as this actor may see it.

    Raises NotFound, StaleVersion, and what `register` raises.
    """
    endpoint = await get(session, endpoint_id)
    check_version(endpoint, expected_version)
    await session.change(endpoint, **_checked(session, wish, terms))
    session.emit("webhook_endpoint.updated", endpoint_id)
    return endpoint_id


async def pause(session: Session, endpoint_id: UUID) -> UUID:
    """Stop sending; what happens meanwhile waits. Once more changes nothing. Raises NotFound."""
    if await _turn(session, endpoint_id, EndpointStatus.PAUSED):
        session.emit("webhook_endpoint.paused", endpoint_id)
    return endpoint_id


async def resume(session: Session, endpoint_id: UUID) -> UUID:
    """Send again, what waited first, and forget earlier failures. Raises NotFound."""
    if await _turn(session, endpoint_id, EndpointStatus.ENABLED):
        session.emit("webhook_endpoint.resumed", endpoint_id)
    return endpoint_id


async def rotate(
    session: Session, endpoint: WebhookEndpoint | Tracker, terms: Terms, *, overlap_hours: int
) -> Registered:
    """Make the next secret; the one before it works beside it for some hours, older ones no more.

    Raises Invalid for an overlap outside its bounds.
    """
    if not 0 <= overlap_hours <= LONGEST_OVERLAP_HOURS:
        raise Invalid("overlapHours", reason=f"An overlap has 0 to {LONGEST_OVERLAP_HOURS} hours.")
    salted = terms.keys.salted()
    await session.change(
        endpoint,
        previous_salt=endpoint.salt,
        previous_key_name=endpoint.key_name,
        previous_until=session.now + timedelta(hours=overlap_hours),
        salt=salted.salt,
        key_name=salted.key_name,
    )
    return Registered(endpoint.id, _secret(terms, endpoint.id, salted))


async def get(session: Session, endpoint_id: UUID) -> WebhookEndpoint:
    """Return an endpoint, locked; raises NotFound."""
    return await session.get(WebhookEndpoint, endpoint_id, "endpointId", locked=True)


async def _turn(session: Session, endpoint_id: UUID, status: EndpointStatus) -> bool:
    endpoint = await get(session, endpoint_id)
    if endpoint.status == status:
        return False
    await session.change(endpoint, status=status, failures=0, open_until=None)
    return True


def _checked(session: Session, wish: Wish, terms: Terms) -> dict[str, object]:
    addresses.target(wish.url, development=terms.development)
    types = subjects.checked(wish.event_types, "eventTypes")
    require(session.actor.scopes, subjects.needs(types))
    if not wish.document.strip():
        raise Required("document")
    if len(wish.document) > LONGEST_DOCUMENT:
        raise Invalid("document", reason=f"A document has at most {LONGEST_DOCUMENT} characters.")
    if wish.description and len(wish.description) > LONGEST_DESCRIPTION:
        raise Invalid("description", reason=f"A description has at most {LONGEST_DESCRIPTION} characters.")
    return {
        "url": wish.url,
        "description": wish.description,
        "event_types": " ".join(types),
        "document": wish.document,
        "scopes": " ".join(sorted(reading_scopes(session.actor.scopes))),
        "registered_by": session.actor.subject,
    }


def _secret(terms: Terms, owner: UUID, salted: Salted) -> str:
    secret = terms.keys.secret(owner, salted)
    if secret is None:
        message = "a secret was salted for a key that is not there"
        raise LookupError(message)
    return shown(secret)
