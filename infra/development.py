"""Who asks while somebody develops? Whoever the headers say; and an issuer of tokens for anybody.

Nothing of this exists in production: the service refuses to start there without an identity provider.
"""

import secrets
import time
from collections.abc import Mapping
from functools import partial

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from infra.auth import Headers, Unauthenticated
from infra.bearer_tokens import Issuer
from infra.database import Database
from infra.signing_keys import SigningKeys
from service.ground.actor import Actor, ActorKind
from service.ground.scopes import ROLES, granted

TENANT_HEADER = b"x-cx-tenant"
SUBJECT_HEADER = b"x-cx-subject"
ROLES_HEADER = b"x-cx-roles"
LOUD = (
    "DEVELOPMENT IDENTITY: every caller is trusted and names its tenant in the header x-cx-tenant.\n"
    "  DEVELOPMENT ISSUER: POST /development/token gives anybody a token for anything."
)
NAME = "urn:cxgraph:development"
LIFETIME_SECONDS = 3600
ALGORITHM = "ES256"
MOST_SUBJECTS = 1000

Claim = tuple[bytes, bytes, bytes]


class DevelopmentIdentities:
    """Believes what the request says of itself."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[Claim, Actor] = {}

    def known(self, headers: Headers) -> Actor | None:
        """Returns the actor that these headers stood for before."""
        return self._known.get(_claim(headers))

    async def actor(self, headers: Headers) -> Actor:
        """Returns a human of the tenant that the header names; where it names none, of the only tenant."""
        tenant, subject, roles = _claim(headers)
        tenants = await self._database.tenants()
        key = tenant.decode("latin-1")
        if not key and len(tenants) == 1:
            key = next(iter(tenants))
        if key not in tenants:
            known = ", ".join(sorted(tenants)) or "none yet: `python -m infra tenant KEY NAME` makes one"
            raise Unauthenticated(f"Name a tenant in the header x-cx-tenant. Tenants here: {known}.")
        held = tuple(roles.decode("latin-1").replace(" ", "").split(","))
        actor = Actor(tenants[key], key, subject.decode("latin-1"), ActorKind.HUMAN, granted(held), held)
        if len(self._known) < MOST_SUBJECTS:
            self._known[_claim(headers)] = actor
        return actor


def _claim(headers: Headers) -> Claim:
    return (
        headers.get(TENANT_HEADER, b""),
        headers.get(SUBJECT_HEADER, b"developer"),
        headers.get(ROLES_HEADER, b"administrator"),
    )


class DevelopmentIssuer:
    """Signs tokens for anybody, with a key that is gone when the process ends."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = secrets.token_hex(8)
        jwk = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        self._jwks = {"keys": [{**jwk, "kid": self._name, "alg": ALGORITHM, "use": "sig"}]}

    def trusted(self) -> tuple[Issuer, SigningKeys]:
        """Returns the issuer as any other is described, and its keys without asking anybody."""
        url = "https://development.invalid/jwks.json"
        issuer = Issuer(issuer=NAME, audience="cxgraph", jwks_url=url, algorithm=ALGORITHM)
        return issuer, SigningKeys(self._published, ALGORITHM)

    async def _published(self) -> bytes:
        return orjson.dumps(self._jwks)

    def routes(self) -> list[BaseRoute]:
        """Returns the routes that give away keys and tokens."""
        return [
            Route("/development/jwks.json", partial(_shown, self._jwks), methods=["GET"]),
            Route("/development/token", self._give, methods=["POST"]),
        ]

    async def _give(self, request: Request) -> Response:
        """Answers `{"tenant": …, "subject": …, "roles": […]}` with a token that says so."""
        try:
            wanted = orjson.loads(await request.body() or b"{}")
        except orjson.JSONDecodeError:
            wanted = None
        if not isinstance(wanted, dict):
            return JSONResponse({"error": "Send a JSON object with tenant, subject and roles."}, 400)
        roles = wanted.get("roles", ["administrator"])
        token = self.token(
            tenant=str(wanted.get("tenant", "")),
            subject=str(wanted.get("subject", "developer")),
            roles=[str(role) for role in roles] if isinstance(roles, list) else [],
        )
        return JSONResponse(
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": LIFETIME_SECONDS,
                "roles": sorted(ROLES),
            }
        )

    def token(self, *, tenant: str, subject: str, roles: list[str]) -> str:
        """Returns a token that is valid for an hour."""
        now = int(time.time())
        claims = {
            "iss": NAME,
            "aud": "cxgraph",
            "sub": subject,
            "tenant": tenant,
            "roles": roles,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
        }
        return jwt.encode(claims, self._key, ALGORITHM, headers={"kid": self._name})


async def _shown(keys: Mapping[str, object], _: Request) -> Response:
    return JSONResponse(keys)
