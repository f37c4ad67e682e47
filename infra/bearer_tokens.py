"""Who sends this token? An OIDC token of a known issuer, verified to the letter, becomes an actor."""

import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, TypeGuard, get_args
from uuid import UUID

import jwt
from jwt.exceptions import PyJWTError
from pydantic import BaseModel, ConfigDict, Field

from infra.signing_keys import SigningKeys
from service.ground.actor import Actor, ActorKind
from service.ground.scopes import granted

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
ALGORITHMS: tuple[str, ...] = get_args(Algorithm)
HEADERS = frozenset({"alg", "kid", "typ"})
"""What a token's header may say: others bring keys along, or change what the signature means."""
TYPES = frozenset({"JWT", "at+jwt"})
LONGEST_TOKEN = 8192
LONGEST_NAME = 255
LEEWAY_SECONDS = 10
MOMENTS = ("exp", "iat")

FindTenant = Callable[[str], Awaitable[UUID | None]]


class Refused(Exception):
    """The token is not accepted; the message says why, for the log of who runs the service."""


class Issuer(BaseModel):
    """An identity provider that is trusted, and what its tokens must look like."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    jwks_url: str = Field(pattern=r"^https?://", description="where its signing keys are")
    algorithm: Algorithm = "RS256"
    tenant_claim: str = "tenant"
    roles_claim: str = "roles"
    longest_lifetime_seconds: int = Field(default=43_200, ge=60, le=604_800)


class BearerTokens:
    """Verifies tokens of a few issuers."""

    def __init__(
        self,
        issuers: Mapping[str, tuple[Issuer, SigningKeys]],
        find_tenant: FindTenant,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Trust these issuers, by their names; `find_tenant` knows tenants by their keys."""
        self._issuers = issuers
        self._find_tenant = find_tenant
        self._clock = clock

    async def actor(self, token: str) -> tuple[Actor, float]:
        """Returns who sends a token, and until when that holds; raises Refused."""
        if len(token) > LONGEST_TOKEN:
            raise Refused("The token is too long.")
        try:
            header, claimed = jwt.get_unverified_header(token), _unverified(token)
        except (PyJWTError, ValueError, RecursionError) as error:
            raise Refused("This is no token.") from error
        issuer, keys = self._known(claimed)
        claims = await _verified(token, header, issuer, keys)
        self._check_times(claims, issuer)
        return await self._actor(claims, issuer), float(claims["exp"])

    def _known(self, claimed: Mapping[str, Any]) -> tuple[Issuer, SigningKeys]:
        name = claimed.get("iss")
        if not isinstance(name, str) or name not in self._issuers:
            raise Refused("The issuer is not trusted.")
        return self._issuers[name]

    def _check_times(self, claims: Mapping[str, Any], issuer: Issuer) -> None:
        now = self._clock()
        for name in MOMENTS:
            if not _is_moment(claims[name]):
                raise Refused(f"{name} is not a time.")
        if not _is_moment(claims.get("nbf", 0)) or now + LEEWAY_SECONDS < claims.get("nbf", 0):
            raise Refused("The token is not valid yet.")
        if now + LEEWAY_SECONDS < claims["iat"]:
            raise Refused("The token was issued in the future.")
        if claims["exp"] <= now:
            raise Refused("The token has expired.")
        if issuer.longest_lifetime_seconds < claims["exp"] - claims["iat"]:
            raise Refused("The token lives too long.")

    async def _actor(self, claims: Mapping[str, Any], issuer: Issuer) -> Actor:
        subject, tenant = claims["sub"], claims.get(issuer.tenant_claim)
        roles = claims.get(issuer.roles_claim, [])
        if not _is_name(subject) or not _is_name(tenant):
            raise Refused("Subject or tenant is no name.")
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise Refused("The roles are no list of names.")
        tenant_id = await self._find_tenant(tenant)
        if tenant_id is None:
            raise Refused("There is no such tenant.")
        return Actor(tenant_id, tenant, subject, ActorKind.HUMAN, granted(roles), tuple(roles))


async def _verified(
    token: str, header: Mapping[str, Any], issuer: Issuer, keys: SigningKeys
) -> Mapping[str, Any]:
    """Returns the claims of a token that one of the issuer's keys signed for this audience."""
    if not header.keys() <= HEADERS or header.get("typ", "JWT") not in TYPES:
        raise Refused("The header says more than it may.")
    name = header.get("kid")
    if header.get("alg") != issuer.algorithm or not _is_name(name):
        raise Refused("The algorithm is not the issuer's, or no key is named.")
    key = await keys.key(name)
    if key is None:
        raise Refused("The issuer has no such key.")
    try:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[issuer.algorithm],
            audience=issuer.audience,
            issuer=issuer.issuer,
            # Times are checked here: the library takes texts and infinities for times.
            options={
                "require": ["exp", "iat", "sub", "aud", "iss"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except (PyJWTError, ValueError, TypeError) as error:
        raise Refused("The token is not what its issuer signed for us.") from error
    return claims


def _unverified(token: str) -> Mapping[str, Any]:
    claims: Mapping[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def _is_moment(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()
