"""How is one message sent? To an address that was checked, under the name that was registered.

Whoever registers a URL chooses where the service connects to. So the name is resolved once for each attempt,
every address it has must be public, the connection goes to one of exactly these, TLS verifies the name, no
redirect is followed, no proxy of the environment is asked, and the answer is read for a short while only.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address

import httpx

from service.ground.problems import Invalid
from service.webhooks.addresses import Address, Target, is_public, target

Resolve = Callable[[str, int], Awaitable[list[Address]]]
Allow = Callable[[Address], bool]
ANSWER_BYTES = 64 * 1024
"""What is read of an answer at most; its content means nothing."""
LONGEST_RETRY_AFTER = 24 * 3600.0
AGENT = "cxgraph-webhooks/1"


@dataclass(frozen=True, slots=True)
class Limits:
    """For how long one attempt may go on, in seconds."""

    connect_seconds: float = 5.0
    whole_seconds: float = 15.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of sending: the status, or why there is none; `error` is None where it was taken."""

    milliseconds: int
    code: int | None
    error: str | None
    retry_after_seconds: float | None = None


class Unreachable(Exception):
    """The name leads nowhere that a webhook may go."""


async def resolved(host: str, port: int) -> list[Address]:
    """Returns every address of a name."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(where[0]) for *_, where in found]


class Sender:
    """Sends messages over connections of their own."""

    def __init__(
        self,
        *,
        development: bool = False,
        limits: Limits | None = None,
        resolve: Resolve = resolved,
        allow: Allow = is_public,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """Connects only to addresses that `allow` allows; in development to this machine, too."""
        self._development = development
        self._limits = limits or Limits()
        self._resolve = resolve
        self._allow = allow
        self._trust = trust or ssl.create_default_context()

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """Sends a message once; whatever goes wrong is told, not raised."""
        begun = time.monotonic()
        code: int | None = None
        after: float | None = None
        try:
            async with asyncio.timeout(self._limits.whole_seconds):
                code, after, error = await self._post(url, headers, body)
        except TimeoutError:
            error = f"No whole answer came within {self._limits.whole_seconds:g} seconds."
        except (Unreachable, Invalid) as problem:
            error = str(problem)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ssl.SSLError, UnicodeError) as problem:
            error = f"The connection failed: {type(problem).__name__}."
        return Sent(round((time.monotonic() - begun) * 1000), code, error, after)

    async def _post(
        self, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, float | None, str | None]:
        where = target(url, development=self._development)
        async with self._client() as client:
            pinned, extensions = await self._pinned(where)
            request = client.build_request(
                "POST",
                pinned,
                content=body,
                headers={**_plain(where), **headers},
                extensions=extensions | {"timeout": httpx.Timeout(self._limits.connect_seconds).as_dict()},
            )
            request.extensions["timeout"]["read"] = self._limits.whole_seconds
            response = await client.send(request, stream=True)
            try:
                error = await _read(response)
            finally:
                await response.aclose()
            return response.status_code, _retry_after(response), error

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx.AsyncClient]:
        # A connection is never used twice: another name at the same address was not what TLS verified.
        alone = httpx.Limits(max_keepalive_connections=0)
        transport = httpx.AsyncHTTPTransport(verify=self._trust, trust_env=False, limits=alone)
        async with httpx.AsyncClient(transport=transport, follow_redirects=False, trust_env=False) as client:
            yield client

    async def _pinned(self, where: Target) -> tuple[str, dict[str, object]]:
        """Returns the URL by address, and the name that TLS has to verify; raises Unreachable."""
        address = await self._address(where)
        host = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - of the protocol
        named = {"sni_hostname": where.host} if where.scheme == "https" else {}
        return f"{where.scheme}://{host}:{where.port}{where.path}", dict(named)

    async def _address(self, where: Target) -> Address:
        try:
            addresses = await self._resolve(where.host, where.port)
        except OSError as error:
            raise Unreachable("The name cannot be resolved.") from error
        if not addresses:
            raise Unreachable("The name has no address.")
        for address in addresses:
            if not self._allow(address) and not (self._development and address.is_loopback):
                raise Unreachable("The name leads to an address inside.")
        return addresses[0]


def _plain(where: Target) -> dict[str, str]:
    host = f"[{where.host}]" if ":" in where.host else where.host
    usual = {"https": 443, "http": 80}[where.scheme] == where.port
    return {
        "host": host if usual else f"{host}:{where.port}",
        "content-type": "application/json",
        "user-agent": AGENT,
        "accept": "*/*",
        "accept-encoding": "identity",
    }


async def _read(response: httpx.Response) -> str | None:
    """Reads an answer to its end, which shows that it is whole; returns why it does not count."""
    length = 0
    async for part in response.aiter_raw():
        length += len(part)
        if length > ANSWER_BYTES:
            break
    if response.is_success:
        return None
    if response.is_redirect or 300 <= response.status_code < 400:  # noqa: PLR2004 - the redirects
        return f"It answered {response.status_code}: redirects are not followed."
    return f"It answered {response.status_code}."


def _retry_after(response: httpx.Response) -> float | None:
    """Returns how long the receiver asks to be left alone, in seconds, at most a day."""
    asked = response.headers.get("retry-after", "")
    if response.is_success or not asked.isascii() or not asked.isdigit():
        return None
    return min(float(asked[:9]), LONGEST_RETRY_AFTER)
