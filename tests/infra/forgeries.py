"""How do people forge tokens and keys? Every way that is known, and many small changes of a good one."""

import base64
import hashlib
import hmac
import random
import time
from collections.abc import Iterator
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.infra.issuer import ALGORITHM, AUDIENCE, NAME, FakeIssuer, published, rsa_key

SEED = 20260301
Forgery = tuple[str, str]
"""What is wrong, and the token."""
MISSING = ("exp", "iat", "sub", "aud", "iss", "tenant")
NO_TIMES: tuple[object, ...] = ("soon", "9999999999", True, [9999999999], {"at": 1}, 1e308, "")
NO_NAMES: tuple[object, ...] = ("", 7, True, ["ada"], {"name": "ada"}, "a\x00b", "a\nb", "x" * 256)
KEY_NAMES: tuple[object, ...] = (
    "two",
    "",
    "../one",
    "one\x00",
    "ONE",
    "one'--",
    "file:///etc/passwd",
    "/dev/null",
    "http://127.0.0.1/jwks.json",
    "x" * 300,
    "one ",
)
BRINGING_KEYS: dict[str, object] = {
    "jku": "http://127.0.0.1:1/jwks.json",
    "x5u": "http://127.0.0.1:1/cert.pem",
    "x5c": ["MIIB"],
    "x5t": "AAAA",
    "cty": "JWT",
    "crit": ["exp"],
    "b64": False,
    "zip": "DEF",
    "epk": {},
    "url": "x",
    "nonce": "x",
    "kid2": "one",
}
ALGORITHMS = (
    "none",
    "None",
    "NONE",
    "nOnE",
    "",
    "HS256",
    "HS384",
    "HS512",
    "RS384",
    "RS512",
    "PS256",
    "ES256",
    "EdDSA",
    "RS256 ",
    "rs256",
    "RS1",
)
DIGESTS = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def encoded(part: object) -> str:
    """Return a part of a token."""
    raw = part if isinstance(part, bytes) else orjson.dumps(part)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def assembled(header: object, claims: object, signature: bytes = b"") -> str:
    """Return a token whose parts need not fit."""
    return f"{encoded(header)}.{encoded(claims)}.{encoded(signature)}"


def forged(issuer: FakeIssuer, tenant: str, others: str) -> Iterator[Forgery]:
    """Yield every forgery; `others` is a tenant that does not exist."""
    yield from _algorithms(issuer, tenant)
    yield from _headers(issuer, tenant)
    yield from _claims(issuer, tenant, others)
    yield from _keys(issuer, tenant)
    yield from _shapes(issuer, tenant)
    yield from _mutants(issuer, tenant)


def _algorithms(issuer: FakeIssuer, tenant: str) -> Iterator[Forgery]:
    claims = issuer.claims(tenant=tenant)
    signature = base64.urlsafe_b64decode(issuer.token(tenant=tenant).rsplit(".", 1)[1] + "==")
    for algorithm in ALGORITHMS:
        header = {"alg": algorithm, "kid": "one", "typ": "JWT"}
        yield f"algorithm {algorithm!r} without a signature", assembled(header, claims)
        yield f"algorithm {algorithm!r} with another's signature", assembled(header, claims, signature)
    for form in (PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1):
        for encoding in (Encoding.PEM, Encoding.DER):
            public = issuer.keys["one"].public_key().public_bytes(encoding, form)
            for algorithm, digest in DIGESTS.items():
                for secret in (public, public.strip()):
                    unsigned = f"{encoded({'alg': algorithm, 'kid': 'one'})}.{encoded(claims)}"
                    mac = hmac.new(secret, unsigned.encode(), digest).digest()
                    name = f"{algorithm} with the public key as its secret, {form} {encoding}"
                    yield name, f"{unsigned}.{encoded(mac)}"
    for secret in (b"", b"secret", b"one"):
        unsigned = f"{encoded({'alg': 'HS256', 'kid': 'one'})}.{encoded(claims)}"
        mac = hmac.new(secret, unsigned.encode(), hashlib.sha256).digest()
        yield f"HS256 with {secret!r}", f"{unsigned}.{encoded(mac)}"


def _headers(issuer: FakeIssuer, tenant: str) -> Iterator[Forgery]:
    claims, key = issuer.claims(tenant=tenant), issuer.keys["one"]
    for name in KEY_NAMES:
        yield f"key {name!r}", jwt.encode(claims, key, ALGORITHM, headers={"kid": name})
    yield "no key named", jwt.encode(claims, key, ALGORITHM)
    for number in (1, None, True, ["one"], {"kid": "one"}):
        yield f"a key that is {number!r}", assembled({"alg": ALGORITHM, "kid": number}, claims, b"x" * 256)
    for extra, value in BRINGING_KEYS.items():
        header: dict[str, Any] = {"alg": ALGORITHM, "kid": "one", extra: value}
        yield f"{extra} in the header, properly signed", _signed(issuer, header, claims)
    stranger = rsa_key(9)
    brought = {"alg": ALGORITHM, "kid": "one", "jwk": published(stranger, "one")}
    yield "a key of the forger's own in the header", _signed(FakeIssuer({"one": stranger}), brought, claims)
    for type_ in ("JWE", "secevent+jwt", "", 1, None, "jwt+x"):
        header = {"alg": ALGORITHM, "kid": "one", "typ": type_}
        yield f"of type {type_!r}", _signed(issuer, header, claims)


def _signed(issuer: FakeIssuer, header: dict[str, Any], claims: object) -> str:
    """Return a token with any header, signed as the issuer signs."""
    unsigned = f"{encoded(header)}.{encoded(claims)}"
    signer = jwt.get_algorithm_by_name(ALGORITHM)
    return f"{unsigned}.{encoded(signer.sign(unsigned.encode(), issuer.keys['one']))}"


def _claims(issuer: FakeIssuer, tenant: str, others: str) -> Iterator[Forgery]:
    now = int(time.time())
    header = {"alg": ALGORITHM, "kid": "one"}
    good = issuer.claims(tenant=tenant)
    for name in MISSING:
        yield f"without {name}", _signed(issuer, header, {k: v for k, v in good.items() if k != name})
    wrong = [("exp", value) for value in (*NO_TIMES, -1, 0)]
    wrong += [(name, value) for name in ("iat", "nbf", "exp") for value in NO_TIMES]
    wrong += [(name, value) for name in ("sub", "tenant") for value in NO_NAMES]
    for name, value in wrong:
        yield f"{name} is {value!r}", _signed(issuer, header, {**good, name: value})
    yield from _named(issuer, tenant, others)
    for seconds in (1, 60, 3600, 10**6):
        yield f"expired {seconds} s ago", issuer.token(tenant=tenant, iat=now - 2 * 10**6, exp=now - seconds)
        yield f"issued in {60 + seconds} s", issuer.token(tenant=tenant, iat=now + 60 + seconds)
        yield f"valid in {60 + seconds} s", issuer.token(tenant=tenant, nbf=now + 60 + seconds)
    for days in (1, 30, 3650):
        yield f"lives {days} days", issuer.token(tenant=tenant, exp=now + days * 86_400)


def _named(issuer: FakeIssuer, tenant: str, others: str) -> Iterator[Forgery]:
    """Yield tokens for another audience, issuer, tenant, or with roles that are none."""
    header, good = {"alg": ALGORITHM, "kid": "one"}, issuer.claims(tenant=tenant)
    for audience in ("other", "", "CXGRAPH", "cxgraph ", ["other"], [], 7, {"aud": AUDIENCE}, [[AUDIENCE]]):
        yield f"for {audience!r}", _signed(issuer, header, {**good, "aud": audience})
    for issued in ("https://evil.example", f"{NAME}/", NAME.upper(), "", 7, [NAME], {"iss": NAME}):
        yield f"of the issuer {issued!r}", _signed(issuer, header, {**good, "iss": issued})
    for key in (others, tenant.upper(), f"{tenant} ", f"{tenant}'--", "*", "%"):
        yield f"of the tenant {key!r}", _signed(issuer, header, {**good, "tenant": key})
    for roles in ("administrator", 7, {"administrator": True}, [7], [["administrator"]], [None]):
        yield f"with the roles {roles!r}", _signed(issuer, header, {**good, "roles": roles})


def _keys(issuer: FakeIssuer, tenant: str) -> Iterator[Forgery]:
    claims, header = issuer.claims(tenant=tenant), {"kid": "one"}
    yield "signed by another's key", jwt.encode(claims, rsa_key(8), ALGORITHM, headers=header)
    curve = ec.generate_private_key(ec.SECP256R1())
    yield "signed on a curve", jwt.encode(claims, curve, "ES256", headers=header)
    edwards = ed25519.Ed25519PrivateKey.generate()
    yield "signed on another curve", jwt.encode(claims, edwards, "EdDSA", headers=header)
    for algorithm in ("RS384", "RS512", "PS256", "PS384", "PS512"):
        token = jwt.encode(claims, issuer.keys["one"], algorithm, headers=header)
        yield f"signed with the issuer's key, as {algorithm}", token
    for name in ("weak", "encrypting", "other-algorithm", "private"):
        key = rsa_key(7, 1024) if name == "weak" else rsa_key(6)
        signed = _signed(FakeIssuer({"one": key}), {"alg": ALGORITHM, "kid": name}, claims)
        yield f"signed with the {name} key", signed


def unusable_keys() -> list[dict[str, object]]:
    """Return keys that an issuer publishes and that must not verify anything."""
    weak, strong = rsa_key(7, 1024), rsa_key(6)
    return [
        published(weak, "weak"),
        published(strong, "encrypting") | {"use": "enc"},
        published(strong, "other-algorithm", alg="RS512"),
        published(strong, "private", d="AQAB"),
        {"kty": "oct", "kid": "symmetric", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
    ]


def _shapes(issuer: FakeIssuer, tenant: str) -> Iterator[Forgery]:
    good = issuer.token(tenant=tenant)
    head, body, signature = good.split(".")
    for text in (
        "",
        ".",
        "..",
        "...",
        "null",
        "{}",
        head,
        f"{head}.{body}",
        f"{head}.{body}.",
        f".{body}.{signature}",
        f"{head}..{signature}",
        f"{good}.{signature}",
        f"{good}.",
        f" {good}",
        f"{good} {good}",
        f"{good},{good}",
        good + "A" * 9000,
        good.replace(".", "%2E"),
        f'"{good}"',
    ):
        yield f"shaped {text[:20]!r}", text
    for part in ("[]", "null", "7", '"x"', "{", "[" * 5000, '{"alg":', "\\"):
        yield f"header {part[:9]!r}", f"{encoded(part.encode())}.{body}.{signature}"
        yield f"claims {part[:9]!r}", f"{head}.{encoded(part.encode())}.{signature}"


def _mutants(issuer: FakeIssuer, tenant: str) -> Iterator[Forgery]:
    """Yield a good token with one character changed, left out or doubled, or cut off."""
    good = issuer.token(tenant=tenant)
    chance = random.Random(SEED)  # noqa: S311 - chance, not secrecy
    for number in range(40):
        place = chance.randrange(len(good) - 2)
        other = "A" if good[place] != "A" else "B"
        yield f"changed at {place}, {number}", good[:place] + other + good[place + 1 :]
        yield f"without {place}, {number}", good[:place] + good[place + 1 :]
        yield f"cut at {place}, {number}", good[:place]
