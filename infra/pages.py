"""What do pages have in common? How their bodies are received, and what is answered where they cannot."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from infra.bodies import Bodies, ClientGone, Refused
from infra.edge import PROTECTION, error
from infra.refusals import refusal
from service.ground.doors import Unreachable

BODY_SECONDS: Final = 10.0
MEANINGS: Final[Mapping[int, tuple[str, str]]] = {
    404: ("NOT_FOUND", "There is nothing at this path."),
    405: ("METHOD_NOT_ALLOWED", "This path does not answer that method."),
}


async def body_of(request: Request, most: int) -> bytes:
    """Returns the whole body of a request, of so many bytes at most; raises Refused and ClientGone."""
    return await Bodies(most, most, BODY_SECONDS).received(request.receive)


async def _nothing(_: Request, problem: Exception) -> Response:
    """Answers what no page could, such as a path that does not exist."""
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    code, message = MEANINGS.get(status, ("BAD_REQUEST", "The request cannot be answered."))
    allowed = problem.headers if isinstance(problem, HTTPException) else None
    return _json(status, error(message, code), allowed or {})


async def _failed(request: Request, problem: Exception) -> Response:
    """Answers where a page could not go on, as the graph would."""
    status, body, more = refusal(problem, dict(request.scope["headers"]))
    return _json(status, body, {name.decode(): value.decode() for name, value in more})


async def _gone(_: Request, __: Exception) -> Response:
    """Answers nobody."""
    return Response(status_code=400)


HANDLERS: Final[Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]]] = {
    HTTPException: _nothing,
    Exception: _failed,
    ClientGone: _gone,
    **dict.fromkeys((Refused, Unreachable), _failed),
}
"""What is answered instead of a page, by what was raised."""


def _json(status: int, body: bytes, more: Mapping[str, str]) -> Response:
    headers = {name.decode(): value.decode() for name, value in PROTECTION}
    return Response(body, status, {**headers, **more}, "application/json")
