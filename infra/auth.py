"""Who asks? A bearer token or a key says so; what was verified is remembered for as long as it holds."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from infra.bearer_tokens import BearerTokens, Refused
from service.access.keys import PREFIX
from service.ground.actor import Actor

AUTHORIZATION = b"authorization"
SCHEME = "bearer "
LONGEST_SECONDS = 300.0
"""For how long a verified token is not looked at again: an issuer's withdrawn key is noticed by then."""
MOST_KNOWN = 10_000

Headers = Mapping[bytes, bytes]
Verify = Callable[[str], Awaitable[tuple[Actor, float]]]


class Unauthenticated(Exception):
    """The request does not say who asks; the message says what is missing."""


class Identities(Protocol):
    """Finds out who asks."""

    def known(self, headers: Headers) -> Actor | None:
        """Returns the actor of a request whose proof was verified a moment ago, else None."""

    async def actor(self, headers: Headers) -> Actor:
        """Returns the actor of a request; raises Unauthenticated."""


class Gate:
    """Lets in who proves who they are; in development also who only says so."""

    def __init__(
        self,
        tokens: BearerTokens,
        keys: Verify,
        without: Identities | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Verify tokens and keys; a request with neither goes to `without`, or nowhere."""
        self._tokens = tokens.actor
        self._keys = keys
        self._without = without
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[Actor, float, float]] = OrderedDict()

    def known(self, headers: Headers) -> Actor | None:
        """Returns the actor of a request whose proof was verified a moment ago, else None."""
        proof = headers.get(AUTHORIZATION)
        if proof is None:
            return self._without.known(headers) if self._without else None
        found = self._known.get(proof)
        return found[0] if found and self._clock() < found[1] else None

    def expires(self, headers: Headers) -> float | None:
        """Returns when the token of a known actor expires; None for what is looked at again all the time."""
        found = self._known.get(headers.get(AUTHORIZATION, b""))
        return found[2] if found and not _is_key(headers[AUTHORIZATION]) else None

    async def actor(self, headers: Headers) -> Actor:
        """Returns the actor of a request; raises Unauthenticated."""
        proof = headers.get(AUTHORIZATION)
        if proof is None:
            if self._without is None:
                raise Unauthenticated("Send a bearer token or an API key in the header Authorization.")
            return await self._without.actor(headers)
        try:
            actor, until = await self._verified(proof)
        except Refused as error:
            raise Unauthenticated("The token or key is not accepted.") from error
        self._remember(proof, actor, until)
        return actor

    async def _verified(self, proof: bytes) -> tuple[Actor, float]:
        text = proof.decode("latin-1")
        if text[: len(SCHEME)].lower() != SCHEME:
            raise Refused("The scheme is not Bearer.")
        sent = text[len(SCHEME) :]
        return await (self._keys if sent.startswith(PREFIX) else self._tokens)(sent)

    def _remember(self, proof: bytes, actor: Actor, until: float) -> None:
        self._known[proof] = actor, min(until, self._clock() + LONGEST_SECONDS), until
        self._known.move_to_end(proof)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)


def _is_key(proof: bytes) -> bool:
    return proof[len(SCHEME) :].decode("latin-1").startswith(PREFIX)
