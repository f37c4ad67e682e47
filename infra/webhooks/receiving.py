"""How does a tracker's report come in? Signed as Standard Webhooks says; a wrong one learns nothing.

`POST /trackers/{tenant}/{tracker}` takes `{"type": "issue.shipped", "data": {"issue", "shippedAt", "scope",
"reference"}}`. The message's id names the report, so that one that is sent again counts once.
"""

from datetime import UTC, datetime
from uuid import UUID

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.bodies import check_texts
from infra.database import Database
from infra.pages import body_of
from service.ground.actor import Actor, ActorKind
from service.ground.problems import Invalid, NotFound, Problem, Required
from service.ground.scopes import Scope
from service.ground.session import Session
from service.webhooks import claims, receipts, signing
from service.webhooks.receipts import Report
from service.webhooks.signing import SecretKeys
from service.webhooks.tables import Tracker

PATH = "/trackers/{tenant}/{tracker}"
SHIPPED = "issue.shipped"
LONGEST_BODY = 65_536


class TrackerReports:
    """Takes what trackers report."""

    def __init__(self, keys: SecretKeys) -> None:
        """Knows trackers by secrets that follow from these keys."""
        self._keys = keys
        self.database: Database | None = None

    def routes(self) -> list[Route]:
        """Returns the routes."""
        return [Route(PATH, self._take, methods=["POST"])]

    async def _take(self, request: Request) -> Response:
        if self.database is None:
            raise HTTPException(503)
        body = await body_of(request, LONGEST_BODY)
        tenant_id = await self._tenant(request.path_params["tenant"])
        key: str = request.path_params["tracker"]
        actor = Actor(
            tenant_id, "", f"tracker:{key}", ActorKind.INTEGRATION, frozenset({Scope.INITIATIVES_WRITE})
        )
        try:
            async with self.database.work(actor) as session:
                receipt = await self._proven(session, request, key, body)
                taken = await receipts.receive(session, key, _report(receipt, body))
        except Problem as problem:
            return _told(409, {"error": problem.message, "code": problem.code})
        return _told(200, {"outcome": taken.outcome})

    async def _tenant(self, key: str) -> UUID:
        found = await self.database.tenant_id(key) if self.database else None
        if found is None:
            raise HTTPException(401)
        return found

    async def _proven(self, session: Session, request: Request, key: str, body: bytes) -> str:
        """Returns the id of a message that the tracker signed; refuses any other, and unknown trackers."""
        try:
            tracker = await receipts.by_key(session, key)
        except NotFound as problem:
            raise HTTPException(401) from problem
        known = signing.verified(self._secrets(session, tracker), request.headers, body, datetime.now(UTC))
        if known is None:
            raise HTTPException(401)
        return known

    def _secrets(self, session: Session, tracker: Tracker) -> list[bytes]:
        previous = (tracker.previous_salt, tracker.previous_key_name, tracker.previous_until)
        salted = claims.secrets_of(tracker.salt, tracker.key_name, previous, session.now)
        known = [self._keys.secret(tracker.id, one) for one in salted]
        return [secret for secret in known if secret]


def _report(receipt: str, body: bytes) -> Report:
    """Returns what a message says; raises Invalid and Required."""
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Invalid(reason="The body is not JSON.") from error
    check_texts(sent)
    said = sent.get("data") if isinstance(sent, dict) else None
    if not isinstance(said, dict) or sent.get("type") != SHIPPED:
        raise Invalid("type", reason=f"Only reports of the type {SHIPPED} are taken.")
    reference = said.get("reference")
    if not isinstance(reference, str | None):
        raise Invalid("data", "reference", reason="It is a text.")
    return Report(receipt, _text(said, "issue"), _moment(said), _text(said, "scope"), reference)


def _text(said: dict[str, object], name: str) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not found:
        raise Required("data", name)
    return found


def _moment(said: dict[str, object]) -> datetime:
    try:
        found = datetime.fromisoformat(_text(said, "shippedAt"))
    except ValueError as error:
        raise Invalid("data", "shippedAt", reason="It is a moment as RFC 3339 writes it.") from error
    if found.tzinfo is None:
        raise Invalid("data", "shippedAt", reason="It is a moment with an offset.")
    return found


def _told(status: int, said: dict[str, object]) -> Response:
    return Response(orjson.dumps(said), status, media_type="application/json")
