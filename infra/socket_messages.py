"""What may be said over a socket, and with which codes is it closed? As graphql-transport-ws has it."""

from collections.abc import Mapping
from typing import Any

import orjson

from schema.execution import Request

LONGEST_ID = 128
BAD_MESSAGE, UNAUTHORIZED, FORBIDDEN = 4400, 4401, 4403
NOT_ACCEPTABLE, INIT_TIMEOUT, TAKEN, TOO_MANY_INITS = 4406, 4408, 4409, 4429
UNEXPECTED, RESTARTING, TRY_AGAIN_LATER = 1011, 1012, 1013


class Closing(Exception):
    """The socket is closed with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def parsed(text: object) -> Mapping[str, Any]:
    """Returns a message; raises Closing for what is none."""
    try:
        message = orjson.loads(text) if isinstance(text, str) else None
    except orjson.JSONDecodeError:
        message = None
    if not isinstance(message, dict):
        raise Closing(BAD_MESSAGE, "A message is a JSON object, as text")
    return message


def payload_of(message: Mapping[str, Any], *, required: bool = False) -> Mapping[str, Any]:
    """Returns what a message carries; raises Closing where that is no object, or is missing."""
    payload = message.get("payload")
    if isinstance(payload, dict):
        return payload
    if payload is not None or required:
        raise Closing(BAD_MESSAGE, "The payload is a JSON object")
    return {}


def id_of(message: Mapping[str, Any]) -> str:
    """Returns the id of a subscription; raises Closing where there is none."""
    id_ = message.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= LONGEST_ID:
        raise Closing(BAD_MESSAGE, f"The id is a text of 1 to {LONGEST_ID} characters")
    return id_


def request_of(payload: Mapping[str, Any]) -> Request:
    """Returns the operation that a payload holds; raises Closing where it holds none."""
    source, name = payload.get("query"), payload.get("operationName")
    variables = payload.get("variables")
    if (
        not isinstance(source, str)
        or not isinstance(name, str | None)
        or not isinstance(variables, dict | None)
    ):
        raise Closing(BAD_MESSAGE, "The payload has a query, and may have operationName and variables")
    return Request(source, name or None, variables or {})


def error(message: str, code: str) -> Mapping[str, object]:
    """Returns a GraphQL error."""
    return {"message": message, "extensions": {"code": code}}
