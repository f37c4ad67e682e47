"""What does a key look like? `cx_live_<id>_<secret>`: the id says whose and which, the secret proves it."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from uuid import UUID

PREFIX = "cx_live_"
"""By this, scanners for leaked secrets know one of ours."""
SECRET_BYTES = 32
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 43
"""Characters of 32 bytes in 62 digits."""
SHAPE = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{LENGTH}}})_([0-9A-Za-z]{{{LENGTH}}})")
VALUES = {character: value for value, character in enumerate(ALPHABET)}


@dataclass(frozen=True, slots=True)
class Presented:
    """What somebody presents as a key, taken apart; nothing of it is proven."""

    tenant_id: UUID
    key_id: UUID
    digest: bytes


def presented(text: str) -> Presented | None:
    """Return what a text claims to be; None where it cannot be a key at all."""
    found = SHAPE.fullmatch(text)
    if found is None:
        return None
    named, secret = _number(found[1]), _number(found[2])
    if named >> 256 or secret >> 256:
        return None
    return Presented(UUID(int=named >> 128), UUID(int=named & (1 << 128) - 1), digest(secret))


def minted(tenant_id: UUID, key_id: UUID) -> tuple[str, bytes]:
    """Return a new key's text, to be shown once, and the digest that is kept of its secret."""
    secret = int.from_bytes(secrets.token_bytes(SECRET_BYTES))
    return f"{PREFIX}{_text(tenant_id.int << 128 | key_id.int)}_{_text(secret)}", digest(secret)


def digest(secret: int) -> bytes:
    """Return what is kept of a secret: it is random in all its 256 bits, so no slow hash is needed."""
    return hashlib.sha256(secret.to_bytes(SECRET_BYTES)).digest()


def _text(number: int) -> str:
    digits = []
    for _ in range(LENGTH):
        number, value = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[value])
    return "".join(reversed(digits))


def _number(text: str) -> int:
    number = 0
    for character in text:
        number = number * len(ALPHABET) + VALUES[character]
    return number
