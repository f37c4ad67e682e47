"""How is a request's body received? Within a size and a time, and never more of it kept than that."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.types import Receive

from infra.edge import More

PATIENCE: Final = 4
"""How many times the limit is read of a body that is too large, before the connection is simply closed."""
SMALL: Final = 16_384
"""Bytes of a body in which nothing has to be counted."""
MOST_CONTAINERS: Final = 20_000
MOST_BULK_CONTAINERS: Final = 200_000
MUTATION: Final = b"mutation"
NUL: Final = "\0"
CLOSING: Final[More] = ((b"connection", b"close"),)


class Refused(Exception):
    """The HTTP request cannot be a GraphQL request; holds the status and what to do about it."""

    def __init__(self, status: int, message: str, headers: More = (), *, code: str = "BAD_REQUEST") -> None:
        """Remember the status, further headers, and the code of the error."""
        super().__init__(message)
        self.status = status
        self.headers = headers
        self.code = code


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""


@dataclass(frozen=True, slots=True)
class Bodies:
    """What bodies may be."""

    limit: int
    """Bytes of a query, and of a usual mutation."""
    bulk_limit: int
    """Bytes of a mutation with many rows."""
    seconds: float
    """How long a body may take to arrive."""

    def is_bulk(self, size: int) -> bool:
        """Whether only a mutation may be as large."""
        return self.limit < size

    def too_large(self) -> Refused:
        """Returns the refusal of a body that is larger than its kind may be."""
        message = f"A body has at most {self.limit} bytes, that of a mutation at most {self.bulk_limit}."
        return Refused(413, message, CLOSING, code="LIMIT_EXCEEDED")

    async def received(self, receive: Receive) -> bytes:
        """Returns the whole body; raises Refused for one that is too large or too slow.

        The first piece mostly is the whole. Whoever does not even send that is cut off by the connection.
        """
        body, more = await _piece(receive)
        if more:
            try:
                async with asyncio.timeout(self.seconds):
                    body = await self._rest(body, receive)
            except TimeoutError as late:
                raise Refused(408, "The body did not arrive in time.", CLOSING, code="TIMEOUT") from late
        if len(body) > SMALL:
            self._check_large(body)
        return body

    async def _rest(self, first: bytes, receive: Receive) -> bytes:
        """Returns the whole body; of a larger one some more is read, so that the client listens."""
        parts, size, more = [first], len(first), True
        while more:
            part, more = await _piece(receive)
            size += len(part)
            if size <= self.bulk_limit:
                parts.append(part)
            elif self.bulk_limit * PATIENCE < size:
                break
        if self.bulk_limit < size:
            raise self.too_large()
        return b"".join(parts)

    def _check_large(self, body: bytes) -> None:
        """Refuses a body that is too large for what it is, or that is made of brackets only."""
        bulk = self.is_bulk(len(body))
        if self.bulk_limit < len(body) or (bulk and MUTATION not in body):
            raise self.too_large()
        most = MOST_BULK_CONTAINERS if bulk else MOST_CONTAINERS
        if most < body.count(b"[") + body.count(b"{"):
            message = f"A body of this size has at most {most} lists and objects."
            raise Refused(413, message, CLOSING, code="LIMIT_EXCEEDED")


async def _piece(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message.get("body", b""), message.get("more_body", False)


def parsed(body: bytes) -> Mapping[str, Any]:
    """Returns the parameters that a body states; raises Refused."""
    try:
        stated = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, "The body is not JSON.") from error
    if not isinstance(stated, dict):
        raise Refused(400, "The body is a JSON object with a query; batches are not accepted.")
    if b"\\u0000" in body:
        check_texts(stated)
    return stated


def check_texts(value: object) -> None:
    """Refuses a JSON value with a text anywhere that contains the character PostgreSQL cannot store."""
    level = [value]
    while level:
        if any(isinstance(one, str) and NUL in one for one in level):
            raise Refused(400, "A text cannot contain the character U+0000.", code="BAD_USER_INPUT")
        level = [part for one in level for part in _parts(one)]


def _parts(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []
