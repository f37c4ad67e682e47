"""Which identity provider do the tests speak to? A small one over a real socket, with keys of its own."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from infra.bearer_tokens import Issuer

NAME = "https://identity.example"
AUDIENCE = "cxgraph"
ALGORITHM = "RS256"


@cache
def rsa_key(number: int, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return a key, the same for the same number: making one takes a while."""
    del number
    return rsa.generate_private_key(65537, bits)


def published(key: rsa.RSAPrivateKey, name: str, **more: object) -> dict[str, object]:
    """Return the public half of a key as issuers publish it."""
    return {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": name, "use": "sig", **more}


def published_curve(key: ec.EllipticCurvePrivateKey, name: str) -> dict[str, object]:
    """Return the public half of a key on a curve."""
    return {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": name}


@dataclass(slots=True)
class FakeIssuer:
    """Signs tokens, and publishes its keys at `url`."""

    keys: dict[str, rsa.RSAPrivateKey] = field(default_factory=lambda: {"one": rsa_key(1)})
    also: list[Mapping[str, object]] = field(default_factory=list)
    url: str = "http://127.0.0.1:1/jwks.json"
    status: str = "200 OK"
    fetches: int = 0

    @property
    def trusted(self) -> Issuer:
        """How the service is told to trust this issuer."""
        return Issuer(issuer=NAME, audience=AUDIENCE, jwks_url=self.url, algorithm=ALGORITHM)

    def token(self, name: str = "one", **claims: object) -> str:
        """Return a token as it should be, apart from the claims that are given; None leaves one out."""
        return jwt.encode(self.claims(**claims), self.keys[name], ALGORITHM, headers={"kid": name})

    @staticmethod
    def claims(**changed: object) -> dict[str, Any]:
        """Return the claims of a good token, changed."""
        now = int(time.time())
        good = {"iss": NAME, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 600, "roles": ["viewer"]}
        return {name: value for name, value in {**good, **changed}.items() if value is not None}

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.fetches += 1
        listed = [*(published(key, name) for name, key in self.keys.items()), *self.also]
        body = orjson.dumps({"keys": listed})
        head = f"HTTP/1.1 {self.status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def serving(issuer: FakeIssuer) -> AsyncIterator[FakeIssuer]:
    """Let an issuer publish its keys for a while."""
    server = await asyncio.start_server(issuer._answer, "127.0.0.1", 0)
    issuer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json"
    try:
        yield issuer
    finally:
        server.close()
        await server.wait_closed()
