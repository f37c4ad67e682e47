"""How does a customer's reply come in? By a signed link and without signing in; looking changes nothing."""

import secrets
from urllib.parse import parse_qs

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from infra import reply_pages
from infra.bodies import check_texts
from infra.database import Database
from infra.pages import body_of
from infra.settings import Settings
from service import loops
from service.ground.actor import Actor, ActorKind
from service.ground.problems import Invalid, Problem
from service.ground.signatures import Signatures, Ticket
from service.loops.tables import Answer

PATH = "/reply/{token}"
LONGEST_BODY = 16_384
PRIVATE = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
}
"""The address is a secret: nobody keeps it, and no other page learns of it."""


def links_of(settings: Settings) -> Signatures | None:
    """Returns what signs links: with the key of the settings; in development one of this process alone."""
    if settings.link_key is not None:
        return Signatures(settings.link_key.get_secret_value().encode())
    return None if settings.is_production else Signatures(secrets.token_bytes(32))


class Replies:
    """Shows the question, and takes the answer."""

    def __init__(self, links: Signatures | None) -> None:
        """Reads links that these signatures signed; without any, none can be read."""
        self.links = links
        self.database: Database | None = None

    def routes(self) -> list[Route]:
        """Returns the routes."""
        return [Route(PATH, self._ask, methods=["GET"]), Route(PATH, self._take, methods=["POST"])]

    async def _ask(self, request: Request) -> Response:
        """Shows the question: programs that look at links before people do must not answer by it."""
        self._ticket(request)
        return HTMLResponse(reply_pages.QUESTION, headers=PRIVATE)

    async def _take(self, request: Request) -> Response:
        """Takes the answer; the same one again is taken as said already."""
        ticket = self._ticket(request)
        if self.database is None:
            raise HTTPException(503)
        actor = Actor(ticket.tenant_id, "", "customer", ActorKind.CUSTOMER, frozenset())
        try:
            reply, words = _said(request, await body_of(request, LONGEST_BODY))
            async with self.database.work(actor) as session:
                _, outcome = await loops.reply_links.answer(session, ticket, reply, words=words)
        except Problem as problem:
            return _told(request, 409, {"error": problem.message, "code": problem.code})
        return _told(request, 200, {"answer": reply, "outcome": outcome})

    def _ticket(self, request: Request) -> Ticket:
        token: str = request.path_params["token"]
        ticket = self.links.read(token) if self.links else None
        if ticket is None:
            raise HTTPException(404)
        return ticket


def _said(request: Request, body: bytes) -> tuple[Answer, str | None]:
    """Returns the answer and the words; raises Invalid where they cannot be read."""
    sent = _fields(body) if _is_form(request) else _object(request, body)
    check_texts(sent)
    answer, words = sent.get("answer"), sent.get("words")
    if not isinstance(answer, str) or answer not in set(Answer):
        raise Invalid("answer", reason="An answer is POSITIVE or NEGATIVE.")
    if not isinstance(words, str | None):
        raise Invalid("words", reason="Words are a text.")
    return Answer(answer), words or None


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


def _fields(body: bytes) -> dict[str, object]:
    try:
        return {name: values[0] for name, values in parse_qs(body.decode(), max_num_fields=5).items()}
    except ValueError as error:
        raise Invalid(reason="The form cannot be read.") from error


def _object(request: Request, body: bytes) -> dict[str, object]:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise HTTPException(415)
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Invalid(reason="The body is not JSON.") from error
    if not isinstance(sent, dict):
        raise Invalid(reason="The body is a JSON object.")
    return sent


def _told(request: Request, status: int, said: dict[str, object]) -> Response:
    """Returns a page to who filled in the form, and JSON to everybody else."""
    if _is_form(request):
        return HTMLResponse(reply_pages.reply(str(said.get("error", ""))), status, PRIVATE)
    return Response(orjson.dumps(said), status, PRIVATE, "application/json")
