"""With which keys does an issuer sign? Fetched seldom, kept when it cannot be reached, whoever asks for what.

A key that is not known makes the keys be fetched again, but not more often than the pause allows, so that
invented names of keys cost nothing. Keys that grow old are fetched again while the old ones are still used.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx
import orjson
from jwt import PyJWK
from jwt.exceptions import PyJWTError

PAUSE_SECONDS = 30.0
"""Between two fetches."""
FRESH_SECONDS = 300.0
"""After this long a fetch is due, beside the requests."""
STALE_SECONDS = 86_400.0
"""After this long without a successful fetch, the keys are trusted no more."""
LARGEST_BYTES = 262_144
MOST_KEYS = 100
SMALLEST_RSA_BITS = 2048
KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519"}

Fetch = Callable[[], Awaitable[bytes]]


class SigningKeys:
    """The keys of one issuer, for its one algorithm."""

    def __init__(self, fetch: Fetch, algorithm: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Fetch with `fetch`; keep what can verify `algorithm`."""
        self._fetch = fetch
        self._algorithm = algorithm
        self._clock = clock
        self._keys: Mapping[str, PyJWK] = {}
        self._fetched = self._tried = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def key(self, name: str) -> PyJWK | None:
        """Returns the key of a name; None where the issuer has none."""
        age = self._clock() - self._fetched
        if name in self._keys and age < STALE_SECONDS:
            if age >= FRESH_SECONDS:
                self._begin()
            return self._keys[name]
        if fetching := self._begin():
            await asyncio.shield(fetching)
        return self._keys.get(name) if self._clock() - self._fetched < STALE_SECONDS else None

    def _begin(self) -> "asyncio.Task[None] | None":
        """Begins a fetch or joins the one under way; None where the last one was a moment ago."""
        if self._fetching is None and self._clock() - self._tried >= PAUSE_SECONDS:
            self._tried = self._clock()
            self._fetching = asyncio.create_task(self._refresh())
        return self._fetching

    async def _refresh(self) -> None:
        """Replaces the keys; where that fails, those that are there stay."""
        try:
            found = orjson.loads(await self._fetch())
            self._keys = _usable(found, self._algorithm) or self._keys
            self._fetched = self._clock()
        except (httpx.HTTPError, OSError, ValueError):
            pass  # served stale: the issuer's trouble is not the callers'
        finally:
            self._fetching = None


def over_https(url: str) -> Fetch:
    """Returns what fetches keys from an address: no redirects, no proxies, little patience."""

    async def fetch() -> bytes:
        async with (
            httpx.AsyncClient(timeout=5, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", url, headers={"accept": "application/json"}) as response,
        ):
            if response.status_code != httpx.codes.OK:
                message = f"the issuer's keys cannot be had: {response.status_code}"
                raise OSError(message)
            body = b""
            async for part in response.aiter_bytes():
                body += part
                if len(body) > LARGEST_BYTES:
                    message = "the issuer's keys are too large"
                    raise OSError(message)
            return body

    return fetch


def _usable(found: object, algorithm: str) -> dict[str, PyJWK]:
    """Returns the keys, by name, that can verify the algorithm and are meant for nothing else."""
    listed = found.get("keys") if isinstance(found, dict) else None
    usable: dict[str, PyJWK] = {}
    for sent in listed[:MOST_KEYS] if isinstance(listed, list) else ():
        if isinstance(sent, dict) and _is_for(sent, algorithm):
            try:
                usable[sent["kid"]] = PyJWK(sent, algorithm)
            except (PyJWTError, ValueError, TypeError):
                continue
    return {name: key for name, key in usable.items() if _is_strong(key)}


def _is_for(sent: Mapping[str, Any], algorithm: str) -> bool:
    return (
        isinstance(sent.get("kid"), str)
        and sent.get("kty") == KINDS[algorithm[:2]]
        and sent.get("alg", algorithm) == algorithm
        and sent.get("use", "sig") == "sig"
        and sent.get("crv") == CURVES.get(algorithm)
        and "verify" in sent.get("key_ops", ["verify"])
        and "d" not in sent
    )


def _is_strong(key: PyJWK) -> bool:
    return key.key_type != "RSA" or key.key.key_size >= SMALLEST_RSA_BITS
