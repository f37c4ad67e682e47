"""How does GraphQL travel over HTTP? One ASGI endpoint, from the body's bytes to the answer's bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.types import Receive, Scope, Send

from infra.auth import Headers, Identities, Unauthenticated
from infra.database import Database
from infra.http_protocol import offered
from infra.negotiation import GRAPHQL_RESPONSE, JSON, answer_type, is_json
from infra.reports import report
from schema.execution import Graph, Request
from service.ground.actor import Actor
from service.ground.doors import Away

SOURCE_LIMIT = 65_536
PATIENCE = 4
"""How many times the limit is read of a body that is too large, before the connection is simply closed."""
ALLOWED = b"GET, POST"

More = tuple[tuple[bytes, bytes], ...]
"""Headers beyond those of every answer."""
AGAIN: More = ((b"retry-after", b"1"),)
UNAVAILABLE = "The database cannot be reached now; try again soon."
CHALLENGE: More = ((b"www-authenticate", b"Bearer"),)


class Refused(Exception):
    """The HTTP request cannot be a GraphQL request; holds the status and what to do about it."""

    def __init__(self, status: int, message: str, headers: More = ()) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""


@dataclass(frozen=True, slots=True)
class _Call:
    """One HTTP request as the endpoint understood it."""

    request: Request
    wants_plan: bool


class GraphQLEndpoint:
    """Answers GraphQL requests."""

    def __init__(
        self, graph: Graph, identities: Identities, database: Database, *, body_limit: int, shows_plans: bool
    ) -> None:
        """Refuses bodies above `body_limit` bytes; adds `extensions.plan` on request where `shows_plans`."""
        self._graph = graph
        self._identities = identities
        self._database = database
        self._body_limit = body_limit
        self._shows_plans = shows_plans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        headers: Headers = dict(scope["headers"])
        media_type = answer_type(headers.get(b"accept", b""))
        more: More = ()
        try:
            status, body = await self._answer(scope, headers, receive, media_type)
        except Refused as refused:
            status, body, more = refused.status, _error(str(refused)), refused.headers
        except Unauthenticated as unknown:
            status, body, more = 401, _error(str(unknown), "UNAUTHENTICATED"), CHALLENGE
        except Away:
            status, body, more = 503, _error(UNAVAILABLE, "UNAVAILABLE"), AGAIN
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - the edge: nothing unexpected may leave unmasked
            status, body = 500, _masked(report(error))
        await _send(scope, send, status, _typed(media_type or JSON) + more, body)

    async def _answer(
        self, scope: Scope, headers: Headers, receive: Receive, media_type: bytes | None
    ) -> tuple[int, bytes]:
        if scope["method"] not in {"GET", "POST"}:
            raise Refused(405, "GraphQL is asked with GET or POST.", ((b"allow", ALLOWED),))
        if media_type is None:
            raise Refused(406, "Accept application/graphql-response+json or application/json.")
        if scope["method"] == "GET":
            call = _call(_query_parameters(scope["query_string"]), reads_only=True)
        else:
            call = _call(await self._body(headers, receive), reads_only=False)
        actor = self._identities.known(headers) or await self._identities.actor(headers)
        answer = await self._graph.answer(call.request, actor)
        body = answer.body
        if call.wants_plan and self._shows_plans and answer.executed:
            body = await self._with_plan(call.request, actor, body)
        refused = not answer.executed and media_type == GRAPHQL_RESPONSE
        return (400 if refused else 200), body

    async def _with_plan(self, request: Request, actor: Actor, body: bytes) -> bytes:
        """Returns the answer with the statement and PostgreSQL's plan in its extensions."""
        planned = self._graph.plan(request, actor)
        if planned is None:
            return body
        sql, arguments = planned
        explained = await self._database.explain(actor.tenant_id, sql, arguments)
        shown = {"plan": {"sql": sql, "postgresql": explained.split("\n")}}
        return body[:-1] + b',"extensions":' + orjson.dumps(shown) + b"}"

    async def _body(self, headers: Headers, receive: Receive) -> Mapping[str, Any]:
        if not is_json(headers.get(b"content-type", b"")):
            raise Refused(415, "Send the request as application/json in UTF-8.")
        body = await self._received(receive)
        try:
            parsed = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Refused(400, "The body is not JSON.") from error
        if not isinstance(parsed, dict):
            raise Refused(400, "The body is a JSON object with a query; batches are not accepted.")
        return parsed

    async def _received(self, receive: Receive) -> bytes:
        """Returns the whole body; a larger one is read on, up to a point, so that the client listens."""
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            part: bytes = message.get("body", b"")
            size, more = size + len(part), message.get("more_body", False)
            if size <= self._body_limit:
                parts.append(part)
            elif size > self._body_limit * PATIENCE:
                break
        if size > self._body_limit:
            closing = ((b"connection", b"close"),)
            raise Refused(413, f"A body has at most {self._body_limit} bytes.", closing)
        return parts[0] if len(parts) == 1 else b"".join(parts)


def _call(parameters: Mapping[str, Any], *, reads_only: bool) -> _Call:
    """Returns the GraphQL request that the parameters state; raises Refused where one has the wrong type."""
    source = parameters.get("query")
    if not isinstance(source, str) or not source:
        raise Refused(400, "State the document in `query`, as a string.")
    if len(source) > SOURCE_LIMIT:
        raise Refused(413, f"A document has at most {SOURCE_LIMIT} characters.")
    name = parameters.get("operationName")
    if not isinstance(name, str | None):
        raise Refused(400, "`operationName` is a string.")
    variables = _map(parameters, "variables")
    extensions = _map(parameters, "extensions")
    return _Call(Request(source, name or None, variables, reads_only), extensions.get("plan") is True)


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
    return parameters


def _error(message: str, code: str = "BAD_REQUEST") -> bytes:
    return orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})


def _masked(trace: str) -> bytes:
    error = {
        "message": "Something went wrong here, not with the request.",
        "extensions": {"code": "INTERNAL", "traceId": trace},
    }
    return orjson.dumps({"errors": [error]})


async def _send(scope: Scope, send: Send, status: int, headers: More, body: bytes) -> None:
    whole = offered(scope)
    if whole is not None and whole(status, headers, body):
        return
    listed = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": listed})
    await send({"type": "http.response.body", "body": body})


@cache
def _typed(media_type: bytes) -> More:
    return ((b"content-type", media_type + b"; charset=utf-8"),)
