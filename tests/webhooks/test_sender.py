"""Does a message go only where it may, and only to who proves the registered name?"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infra.webhooks.sender import Limits, Sender
from service.webhooks.addresses import Address
from tests.webhooks.receiver import Receiver

HEADERS = {"webhook-id": "1"}
LIMITS = Limits(connect_seconds=2.0, whole_seconds=2.0)


class Names:
    """Resolves every name to what the test says, in turn; counts how often it is asked."""

    def __init__(self, *turns: list[str]) -> None:
        self._turns = list(turns)
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> list[Address]:
        self.asked.append(host)
        turn = self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]
        return [ip_address(text) for text in turn]


def certified(folder: Path, name: str) -> tuple[Path, Path]:
    """Write a certificate for a name that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return paths


@asynccontextmanager
async def secured(folder: Path, name: str) -> AsyncIterator[tuple[Receiver, ssl.SSLContext]]:
    """Listen with TLS under a name; yields who listens, and what trusts it."""
    certificate, key = certified(folder, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    receiver = Receiver()
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 8443, ssl=context)
    try:
        yield receiver, ssl.create_default_context(cafile=str(certificate))
    finally:
        receiver.end()
        server.close()


async def test_the_connection_goes_to_the_checked_address_and_tls_verifies_the_name(tmp_path: Path) -> None:
    names = Names(["127.0.0.1"])
    async with secured(tmp_path, "hooks.acme.com") as (receiver, trust):
        sender = Sender(limits=LIMITS, resolve=names, allow=lambda _: True, trust=trust)

        sent = await sender.send("https://hooks.acme.com:8443/in?x=1", HEADERS, b"{}")

        assert (sent.code, sent.error, names.asked) == (204, None, ["hooks.acme.com"])
        assert receiver.taken[0].headers["host"] == "hooks.acme.com:8443"


async def test_a_server_that_cannot_prove_the_name_is_told_nothing(tmp_path: Path) -> None:
    async with secured(tmp_path, "other.acme.com") as (receiver, trust):
        sender = Sender(limits=LIMITS, resolve=Names(["127.0.0.1"]), allow=lambda _: True, trust=trust)

        sent = await sender.send("https://hooks.acme.com:8443/", HEADERS, b"{}")

        assert (sent.code, sent.error) == (None, "The connection failed: ConnectError.")
        assert receiver.heard == []


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"],
     ["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["169.254.169.254"],
     ["fe80::1%1"], ["64:ff9b::7f00:1"]],
)  # fmt: skip
async def test_a_name_that_leads_inside_is_not_called(tmp_path: Path, addresses: list[str]) -> None:
    async with secured(tmp_path, "hooks.acme.com") as (receiver, trust):
        sender = Sender(limits=LIMITS, resolve=Names(addresses), trust=trust)

        sent = await sender.send("https://hooks.acme.com:8443/", HEADERS, b"{}")

        assert (sent.code, sent.error) == (None, "The name leads to an address inside.")
        assert receiver.heard == []


async def test_a_name_that_changes_after_the_check_is_not_asked_again(tmp_path: Path) -> None:
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    async with secured(tmp_path, "hooks.acme.com") as (receiver, trust):
        sender = Sender(limits=LIMITS, resolve=names, allow=lambda one: str(one) == "127.0.0.1", trust=trust)

        first = await sender.send("https://hooks.acme.com:8443/", HEADERS, b"{}")
        second = await sender.send("https://hooks.acme.com:8443/", HEADERS, b"{}")

        assert (first.code, second.error) == (204, "The name leads to an address inside.")
        assert (len(receiver.taken), len(names.asked)) == (1, 2)


async def test_a_url_that_became_internal_is_refused_when_it_is_sent() -> None:
    names = Names(["8.8.8.8"])

    sent = await Sender(resolve=names).send("https://127.1/", HEADERS, b"{}")

    assert sent.code is None
    assert sent.error is not None
    assert names.asked == []
