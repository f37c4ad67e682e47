"""Did we write this ourselves? Short texts are signed by a key, and read again only while they are valid."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

CONTEXT = b"cxgraph reply link 1\0"
"""Tells these signatures from any others that the same key might make."""

UUID_BYTES, TIME_BYTES, MAC_BYTES = 16, 8, 32
LENGTH = 2 * UUID_BYTES + TIME_BYTES + MAC_BYTES


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a signed text says: which row of which tenant, and until when."""

    tenant_id: UUID
    id: UUID
    expires_at: datetime


class Signatures:
    """Signs tickets with one key (HMAC-SHA256)."""

    def __init__(self, key: bytes) -> None:
        """Sign with this key; whoever holds it can sign."""
        self._key = key

    def sign(self, ticket: Ticket) -> str:
        """Return the ticket as a text that fits into a URL."""
        seconds = int(ticket.expires_at.timestamp())
        body = ticket.tenant_id.bytes + ticket.id.bytes + seconds.to_bytes(TIME_BYTES)
        return urlsafe_b64encode(body + self._mac(body)).decode().rstrip("=")

    def read(self, text: str) -> Ticket | None:
        """Return what a text says; None for one that was not signed by this key."""
        try:
            raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        except (Error, UnicodeEncodeError):
            return None
        body, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        if len(raw) != LENGTH or not hmac.compare_digest(mac, self._mac(body)):
            return None
        tenant, id_, seconds = body[:16], body[16:32], int.from_bytes(body[32:])
        return Ticket(UUID(bytes=tenant), UUID(bytes=id_), datetime.fromtimestamp(seconds, UTC))

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, CONTEXT + body, hashlib.sha256)
