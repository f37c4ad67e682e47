"""How does a receiver know that a message is ours? By the signature of Standard Webhooks (HMAC-SHA256).

A secret is not kept anywhere: it follows from a salt, which is kept with the endpoint, and from a key that
only the settings hold. Who reads the database alone can sign nothing.
"""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from service.ground.problems import Blocked

PREFIX = "whsec_"
SALT_BYTES = 32
CONTEXT = b"cxgraph webhook secret 1\0"
"""Tells these secrets from whatever else the same key might make."""
TOLERANCE_SECONDS = 300
"""How far a message's time may be from ours."""


@dataclass(frozen=True, slots=True)
class Salted:
    """What is kept of a secret: its salt, and the name of the key that it follows from."""

    salt: bytes
    key_name: str


class SecretKeys:
    """The keys of the settings; the first makes new secrets, the others still give older ones."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Know these keys by their fingerprints."""
        self._keys = {hashlib.sha256(key).hexdigest()[:16]: key for key in keys}
        self._newest = next(iter(self._keys), None)

    def salted(self) -> Salted:
        """Return what to keep of a new secret; raises Blocked where the settings hold no key."""
        if self._newest is None:
            raise Blocked(reasons=["The service has no key for webhooks: CXGRAPH_WEBHOOK_KEYS is empty."])
        return Salted(secrets.token_bytes(SALT_BYTES), self._newest)

    def secret(self, owner: UUID, salted: Salted) -> bytes | None:
        """Return an owner's secret of 32 bytes; None where the settings hold its key no more."""
        key = self._keys.get(salted.key_name)
        return key and hmac.digest(key, CONTEXT + owner.bytes + salted.salt, hashlib.sha256)


def shown(secret: bytes) -> str:
    """Return a secret as its owner reads it, once."""
    return PREFIX + b64encode(secret).decode()


def headers(secrets_: Sequence[bytes], id_: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that prove a message, with one signature for each secret that is in use."""
    timestamp = str(int(at.timestamp()))
    marks = " ".join(_mark(secret, id_, timestamp, body) for secret in secrets_)
    return {"webhook-id": id_, "webhook-timestamp": timestamp, "webhook-signature": marks}


def verified(secrets_: Sequence[bytes], sent: Mapping[str, str], body: bytes, now: datetime) -> str | None:
    """Return the id of a message that one of the secrets signed lately; None for any other."""
    id_, timestamp = sent.get("webhook-id", ""), sent.get("webhook-timestamp", "")
    if not id_ or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:  # noqa: PLR2004
        return None
    if abs((now - datetime.fromtimestamp(int(timestamp), UTC)).total_seconds()) > TOLERANCE_SECONDS:
        return None
    marks = [_digest(mark) for mark in sent.get("webhook-signature", "").split(" ")]
    wanted = [_digest(_mark(secret, id_, timestamp, body)) for secret in secrets_]
    # Every pair is compared, so that time tells nothing.
    found = [hmac.compare_digest(mark, one) for mark in marks for one in wanted if mark and one]
    return id_ if any(found) else None


def _mark(secret: bytes, id_: str, timestamp: str, body: bytes) -> str:
    message = f"{id_}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.digest(secret, message, hashlib.sha256)).decode()


def _digest(mark: str) -> bytes:
    version, _, text = mark.partition(",")
    if version != "v1":
        return b""
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError):
        return b""
