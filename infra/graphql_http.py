"""How does GraphQL travel over HTTP? One ASGI endpoint, from the body's bytes to the answer's bytes."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.types import Receive, Scope, Send

from infra import edge
from infra.admission import Ticket
from infra.auth import Headers, Identities
from infra.bodies import ClientGone, Refused, check_texts, parsed
from infra.database import Database
from infra.deadlines import allow
from infra.edge import More
from infra.entrance import Entrance, priority
from infra.http_protocol import offered
from infra.negotiation import GRAPHQL_RESPONSE, JSON, answer_type, is_json
from infra.refusals import refusal
from schema.execution import Answer, Graph, Request
from service.ground.actor import Actor

ALLOWED = b"GET, POST"
NO_CONTENT = 204
TIME_HEADER = b"x-request-timeout"
COST_HEADER = b"x-cx-cost"


class GraphQLEndpoint:
    """Answers GraphQL requests."""

    def __init__(
        self,
        graph: Graph,
        identities: Identities,
        database: Database,
        entrance: Entrance,
        *,
        shows_plans: bool,
    ) -> None:
        """Lets in what `entrance` says; adds `extensions.plan` on request where `shows_plans`."""
        self._graph = graph
        self._identities = identities
        self._database = database
        self._entrance = entrance
        self._gate = entrance.gate
        self._shows_plans = shows_plans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        headers: Headers = dict(scope["headers"])
        media_type = answer_type(headers.get(b"accept", b""))
        more = self._entrance.origins.answering(media_type or JSON, headers.get(b"origin"))
        if scope["method"] == "OPTIONS" and b"origin" in headers:
            preflight = self._entrance.origins.preflight(headers[b"origin"])
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
        stated, size = await self._stated(scope, headers, receive)
        return self._entrance.request(stated, size=size)

    async def _stated(
        self, scope: Scope, headers: Headers, receive: Receive
    ) -> tuple[Mapping[str, Any], int]:
        """Returns the parameters of a request, and the size of its body."""
        if scope["method"] == "GET":
            return _query_parameters(scope["query_string"]), 0
        if scope["method"] == "POST":
            return await self._body(headers, receive)
        raise Refused(405, "GraphQL is asked with GET or POST.", ((b"allow", ALLOWED),))

    async def _answer(
        self, scope: Scope, headers: Headers, receive: Receive, media_type: bytes | None
    ) -> tuple[int, bytes]:
        if media_type is None and scope["method"] in {"GET", "POST"}:
            raise Refused(406, "Accept application/graphql-response+json or application/json.")
        stated, size = await self._stated(scope, headers, receive)
        request = self._entrance.request(stated, reads_only=scope["method"] == "GET", size=size)
        actor = self._identities.known(headers) or await self._identities.actor(headers)
        answer = await self._admitted(scope, headers, request, actor)
        body = answer.body
        planned = self._shows_plans and answer.executed and wants_plan(stated)
        if planned or COST_HEADER in headers:
            body = await self._extended(request, actor, answer, costs=COST_HEADER in headers, planned=planned)
        return status_of(answer, media_type), body

    async def _admitted(self, scope: Scope, headers: Headers, request: Request, actor: Actor) -> Answer:
        """Returns the answer, as soon as there is a place; a read can be called off meanwhile."""
        self._entrance.check(request, actor)
        ticket = await self._gate.enter(priority(request), self._seconds(headers))
        scope["ticket"] = ticket
        try:
            return await self._graph.answer(request, actor)
        finally:
            self._gate.leave(ticket)

    def _seconds(self, headers: Headers) -> float:
        """Returns how long the request may take; the client may ask for less than usual."""
        most = self._entrance.seconds
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

    async def _extended(
        self, request: Request, actor: Actor, answer: Answer, *, costs: bool, planned: bool
    ) -> bytes:
        """Returns the answer with what else was asked for in its extensions: its cost, its plan."""
        shown: dict[str, object] = {"cost": {"requested": answer.points}} if costs else {}
        statement = self._graph.plan(request, actor) if planned else None
        if statement is not None:
            sql, arguments = statement
            explained = await self._database.explain(actor.tenant_id, sql, arguments)
            shown["plan"] = {"sql": sql, "postgresql": explained.split("\n")}
        return answer.body[:-1] + b',"extensions":' + orjson.dumps(shown) + b"}" if shown else answer.body

    async def _body(self, headers: Headers, receive: Receive) -> tuple[Mapping[str, Any], int]:
        if not is_json(headers.get(b"content-type", b"")):
            raise Refused(415, "Send the request as application/json in UTF-8.")
        body = await self._entrance.bodies.received(receive)
        return parsed(body), len(body)


def wants_plan(stated: Mapping[str, Any]) -> bool:
    """Whether a request asks for the plan of its statement."""
    return (stated.get("extensions") or {}).get("plan") is True


def status_of(answer: Answer, media_type: bytes | None) -> int:
    """Returns the status of an answer; the older media type says 200 to whatever is GraphQL."""
    return 400 if not answer.executed and media_type == GRAPHQL_RESPONSE else 200


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
    check_texts(parameters)
    return parameters


async def _send(scope: Scope, send: Send, status: int, headers: More, body: bytes) -> None:
    whole = offered(scope)
    if whole is not None and whole(status, headers, body):
        return
    listed = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": listed})
    await send({"type": "http.response.body", "body": body})
