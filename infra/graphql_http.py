"""How does GraphQL travel over HTTP? One ASGI endpoint, from the body's bytes to the answer's bytes."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.types import Receive, Scope, Send

from infra import edge
from infra.admission import Gate, Priority, Ticket
from infra.auth import Headers, Identities
from infra.bodies import Bodies, ClientGone, Refused, has_nul
from infra.cors import Origins
from infra.database import Database
from infra.deadlines import allow
from infra.edge import More
from infra.http_protocol import offered
from infra.negotiation import GRAPHQL_RESPONSE, JSON, answer_type, is_json
from infra.refusals import refusal
from infra.trusted import PersistedDocuments
from schema.execution import Answer, Graph, Request
from schema.guard.permissions import Permissions
from service.ground.actor import Actor

ALLOWED = b"GET, POST"
NO_CONTENT = 204
TIME_HEADER = b"x-request-timeout"
COST_HEADER = b"x-cx-cost"


@dataclass(frozen=True, slots=True)
class _Call:
    """One HTTP request as the endpoint understood it."""

    request: Request
    wants_plan: bool


@dataclass(frozen=True, slots=True)
class Admission:
    """Who is let in, and for how long."""

    gate: Gate
    bodies: Bodies
    documents: PersistedDocuments
    permissions: Permissions
    origins: Origins
    seconds: float
    """The longest a read may take; a request can ask for less."""


class GraphQLEndpoint:
    """Answers GraphQL requests."""

    def __init__(
        self,
        graph: Graph,
        identities: Identities,
        database: Database,
        admission: Admission,
        *,
        shows_plans: bool,
    ) -> None:
        """Lets in what `admission` says; adds `extensions.plan` on request where `shows_plans`."""
        self._graph = graph
        self._identities = identities
        self._database = database
        self._admission = admission
        self._gate = admission.gate
        self._shows_plans = shows_plans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        headers: Headers = dict(scope["headers"])
        media_type = answer_type(headers.get(b"accept", b""))
        more: More = _usual(media_type or JSON)
        if b"origin" in headers:
            more = (more[0], *self._admission.origins.protected(headers[b"origin"]))
            if scope["method"] == "OPTIONS":
                preflight = self._admission.origins.preflight(headers[b"origin"])
                return await _send(scope, send, NO_CONTENT, preflight, b"")
        try:
            status, body = await self._answer(scope, headers, receive, media_type)
        except ClientGone:
            return None
        except asyncio.CancelledError:
            ticket: Ticket | None = scope.get("ticket")
            if ticket is None or not ticket.called_off():
                raise
            if ticket.gone:
                return None
            status, body, extra = edge.late()
            more += extra
        except Exception as problem:  # noqa: BLE001 - the edge: nothing unexpected may leave unmasked
            status, body, extra = refusal(problem, headers)
            more += extra
        return await _send(scope, send, status, more, body)

    async def understood(self, scope: Scope, headers: Headers, receive: Receive) -> Request:
        """Returns the GraphQL request that an HTTP request states, by GET or POST; raises Refused."""
        return (await self._understood(scope, headers, receive, reads_only=False)).request

    async def _understood(
        self, scope: Scope, headers: Headers, receive: Receive, *, reads_only: bool
    ) -> _Call:
        if scope["method"] == "GET":
            parameters, size = _query_parameters(scope["query_string"]), 0
        elif scope["method"] == "POST":
            parameters, size = await self._body(headers, receive)
        else:
            raise Refused(405, "GraphQL is asked with GET or POST.", ((b"allow", ALLOWED),))
        return self._call(parameters, reads_only=reads_only, size=size)

    async def _answer(
        self, scope: Scope, headers: Headers, receive: Receive, media_type: bytes | None
    ) -> tuple[int, bytes]:
        if media_type is None and scope["method"] in {"GET", "POST"}:
            raise Refused(406, "Accept application/graphql-response+json or application/json.")
        call = await self._understood(scope, headers, receive, reads_only=scope["method"] == "GET")
        actor = self._identities.known(headers) or await self._identities.actor(headers)
        answer = await self._admitted(scope, headers, call.request, actor)
        body = answer.body
        if (call.wants_plan and self._shows_plans and answer.executed) or COST_HEADER in headers:
            body = await self._extended(call, actor, answer, costs=COST_HEADER in headers)
        refused = not answer.executed and media_type == GRAPHQL_RESPONSE
        return (400 if refused else 200), body

    async def _admitted(self, scope: Scope, headers: Headers, request: Request, actor: Actor) -> Answer:
        """Returns the answer, as soon as there is a place; a read can be called off meanwhile."""
        documents = self._admission.documents
        if documents.only_trusted and not (
            documents.is_trusted(request.source) or self._admission.permissions.asks_freely(actor)
        ):
            raise Refused(400, "Only trusted documents are answered here.", code="DOCUMENT_NOT_TRUSTED")
        ticket = await self._gate.enter(_priority(request), self._seconds(headers))
        scope["ticket"] = ticket
        try:
            return await self._graph.answer(request, actor)
        finally:
            self._gate.leave(ticket)

    def _seconds(self, headers: Headers) -> float:
        """Returns how long the request may take; the client may ask for less than usual."""
        most = self._admission.seconds
        asked = headers.get(TIME_HEADER)
        if asked is None:
            return most
        try:
            seconds = float(asked)
        except ValueError:
            seconds = 0.0
        if not seconds > 0:
            raise Refused(400, "X-Request-Timeout is a positive number of seconds.")
        seconds = min(most, seconds)
        allow(seconds)
        return seconds

    async def _extended(self, call: _Call, actor: Actor, answer: Answer, *, costs: bool) -> bytes:
        """Returns the answer with what else was asked for in its extensions: its cost, its plan."""
        shown: dict[str, object] = {"cost": {"requested": answer.points}} if costs else {}
        if call.wants_plan and self._shows_plans and answer.executed:
            planned = self._graph.plan(call.request, actor)
            if planned is not None:
                sql, arguments = planned
                explained = await self._database.explain(actor.tenant_id, sql, arguments)
                shown["plan"] = {"sql": sql, "postgresql": explained.split("\n")}
        return answer.body[:-1] + b',"extensions":' + orjson.dumps(shown) + b"}" if shown else answer.body

    async def _body(self, headers: Headers, receive: Receive) -> tuple[Mapping[str, Any], int]:
        if not is_json(headers.get(b"content-type", b"")):
            raise Refused(415, "Send the request as application/json in UTF-8.")
        body = await self._admission.bodies.received(receive)
        try:
            parsed = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Refused(400, "The body is not JSON.") from error
        if not isinstance(parsed, dict):
            raise Refused(400, "The body is a JSON object with a query; batches are not accepted.")
        if b"\\u0000" in body and has_nul(parsed):
            raise Refused(400, "A text cannot contain the character U+0000.", code="BAD_USER_INPUT")
        return parsed, len(body)

    def _call(self, parameters: Mapping[str, Any], *, reads_only: bool, size: int) -> _Call:
        """Returns the GraphQL request that the parameters state; raises Refused for a wrong type."""
        extensions = _map(parameters, "extensions")
        source = self._admission.documents.source(
            parameters.get("query"), parameters.get("documentId"), extensions.get("persistedQuery")
        )
        if not isinstance(source, str) or not source:
            raise Refused(400, "State the document in `query`, as a string.")
        name = parameters.get("operationName")
        if not isinstance(name, str | None):
            raise Refused(400, "`operationName` is a string.")
        bulk = self._admission.bodies.is_bulk(size)
        if bulk and "mutation" not in source:
            raise self._admission.bodies.too_large()
        request = Request(source, name or None, _map(parameters, "variables"), reads_only, bulk)
        return _Call(request, extensions.get("plan") is True)


def _priority(request: Request) -> Priority:
    """Returns how urgent a request is, by a look at its text: it is not parsed yet.

    No mutation is taken for a query, which can be called off; a query that speaks of mutations does no harm.
    """
    if request.bulk:
        return Priority.BULK
    return Priority.MUTATION if "mutation" in request.source else Priority.QUERY


def _map(parameters: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = parameters.get(name)
    if not isinstance(value, dict | None):
        raise Refused(400, f"`{name}` is a JSON object.")
    return value or {}


def _query_parameters(query_string: bytes) -> Mapping[str, Any]:
    """Returns the parameters of a URL; maps are JSON texts, and an empty parameter is an absent one."""
    try:
        sent = parse_qs(query_string.decode("ascii"), max_num_fields=20, errors="strict")
        parameters: dict[str, Any] = {name: values[0] for name, values in sent.items()}
        for name in ("variables", "extensions"):
            if name in parameters:
                parameters[name] = orjson.loads(parameters[name])
    except ValueError as error:
        raise Refused(400, "The URL's parameters cannot be read.") from error
    if has_nul(parameters):
        raise Refused(400, "A text cannot contain the character U+0000.", code="BAD_USER_INPUT")
    return parameters


async def _send(scope: Scope, send: Send, status: int, headers: More, body: bytes) -> None:
    whole = offered(scope)
    if whole is not None and whole(status, headers, body):
        return
    listed = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": listed})
    await send({"type": "http.response.body", "body": body})


@cache
def _usual(media_type: bytes) -> More:
    """Returns the headers of every answer of a type."""
    return ((b"content-type", media_type + b"; charset=utf-8"), *edge.PROTECTION)
