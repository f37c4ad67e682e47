"""How do deliveries reach their endpoints? Claimed by endpoint, sent side by side, settled together.

One endpoint that is slow or broken delays no other: each has its own lane, and a circuit that opens.
"""

import asyncio
import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from infra.database import Database
from infra.telemetry import meters, names, places
from infra.telemetry.places import Consuming, unfollowed
from infra.webhooks.sender import Sender, Sent
from schema.execution import Graph, Request
from schema.webhooks import messages
from service.ground.actor import Actor
from service.webhooks import claims, signing, subjects
from service.webhooks.claims import Circuit, Claimed, Due, Outcome
from service.webhooks.signing import SecretKeys

INTERVAL = timedelta(seconds=2)
"""How often a tenant is looked at that had nothing to be sent."""
GONE = 410
ASKED_TO_WAIT = frozenset({429, 503})
HOUR = 3600.0
DATA = b'{"data":'


@dataclass(frozen=True, slots=True)
class Pace:
    """When is a delivery tried again, and when is an endpoint left alone?

    `waits` are the seconds after each failed attempt, each varied by up to `jitter` of it; after the last the
    delivery is dead. An endpoint rests after `failures` attempts in a row that failed, longer each time.
    """

    waits: tuple[float, ...] = (
        5.0,
        300.0,
        0.5 * HOUR,
        2 * HOUR,
        5 * HOUR,
        10 * HOUR,
        14 * HOUR,
        20 * HOUR,
        24 * HOUR,
    )
    jitter: float = 0.2
    failures: int = 20
    rest_seconds: float = 30.0
    longest_rest_seconds: float = HOUR
    batch: int = 64
    side_by_side: int = 16

    def wait(self, attempts: int, asked_seconds: float | None = None) -> timedelta | None:
        """Returns how long to wait after so many attempts; None where there is no further one."""
        if not 1 <= attempts <= len(self.waits):
            return None
        varied = self.waits[attempts - 1] * random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311
        return timedelta(seconds=max(varied, asked_seconds or 0.0))

    def circuit(self, failures: int, sent: Sequence[Sent]) -> Circuit:
        """Returns what attempts, in the order they ended, say of an endpoint that failed so often before."""
        for one in sent:
            failures = failures + 1 if one.error else 0
        gone = any(one.code == GONE for one in sent)
        times = failures // self.failures
        if not times:
            return Circuit(failures, None, gone)
        rest = min(self.rest_seconds * 2.0 ** min(times - 1, 20), self.longest_rest_seconds)
        return Circuit(failures, timedelta(seconds=rest), gone)


class Worker:
    """Sends what is due for one tenant at a time."""

    def __init__(
        self,
        graph: Graph,
        keys: SecretKeys,
        sender: Sender,
        pace: Pace | None = None,
        consuming: Consuming = unfollowed,
    ) -> None:
        """Sends what `graph` answers, signed by `keys`."""
        self._graph = graph
        self._keys = keys
        self._sender = sender
        self._pace = pace or Pace()
        self._consuming = consuming
        self._holder = secrets.token_hex(8)

    async def run(self, database: Database, actor: Actor) -> None:
        """Sends until nothing of the tenant is due; each endpoint goes its own way."""
        async with database.work(actor) as session:
            endpoints = await claims.due(session)
        async with asyncio.TaskGroup() as group:
            for endpoint in endpoints:
                group.create_task(self._serve(database, actor, endpoint))

    async def _serve(self, database: Database, actor: Actor, endpoint: Due) -> None:
        found: Due | None = endpoint
        while found is not None:
            found = await self._batch(database, actor, found)

    async def _batch(self, database: Database, actor: Actor, endpoint: Due) -> Due | None:
        """Sends one batch; returns the endpoint as it is now, None where nothing of it is due any more."""
        # An endpoint that failed too often is tried by one delivery, before the others follow.
        most = 1 if endpoint.failures >= self._pace.failures else self._pace.batch
        async with database.work(actor) as session:
            claimed = await claims.claim(session, endpoint.id, self._holder, most)
        if not claimed:
            return None
        try:
            ended = await self._send_all(actor, endpoint, claimed)
        except asyncio.CancelledError:
            async with database.work(actor) as session:
                await claims.release(session, endpoint.id, self._holder)
            raise
        circuit = self._pace.circuit(endpoint.failures, [sent for _, sent in ended])
        outcomes = [self._outcome(one, sent) for one, sent in ended]
        for outcome in outcomes:
            meters.histogram(names.WEBHOOK_DURATION).record(outcome.milliseconds / 1000)
            meters.counter(names.WEBHOOK_DELIVERIES).add(1, _ending(outcome))
        async with database.work(actor) as session:
            await claims.settle(session, endpoint.id, self._holder, outcomes, circuit)
            due = await claims.due(session)
        return next((one for one in due if one.id == endpoint.id), None)

    async def _send_all(
        self, actor: Actor, endpoint: Due, claimed: Sequence[Claimed]
    ) -> list[tuple[Claimed, Sent]]:
        """Returns what came of each, in the order they ended."""
        ended: list[tuple[Claimed, Sent]] = []
        room = asyncio.Semaphore(self._pace.side_by_side)

        async def one(delivery: Claimed) -> None:
            async with room:
                with self._consuming((delivery.event_type, delivery.traceparent)):
                    ended.append((delivery, await self._send(actor, endpoint, delivery)))

        async with asyncio.TaskGroup() as group:
            for delivery in claimed:
                group.create_task(one(delivery))
        return ended

    async def _send(self, actor: Actor, endpoint: Due, delivery: Claimed) -> Sent:
        known = [self._keys.secret(endpoint.id, salted) for salted in endpoint.secrets]
        signing_by = [secret for secret in known if secret]
        if not signing_by:
            return Sent(0, None, "The service no longer has the key of this endpoint's secret; rotate it.")
        body = await self._body(actor, endpoint, delivery)
        if body is None:
            return Sent(0, None, "The endpoint's document cannot be answered any more; update it.")
        if len(body) > messages.LARGEST_BYTES:
            return Sent(0, None, f"The message would have more than {messages.LARGEST_BYTES} bytes.")
        headers = signing.headers(signing_by, f"whd_{delivery.id}", datetime.now(UTC), body)
        facts: dict[str, str | int] = {"http.request.method": "POST"}
        with places.calling(names.DELIVERING, facts):
            carried = {"traceparent": delivery.traceparent} if delivery.traceparent else {}
            sent = await self._sender.send(endpoint.url, {**headers, **carried, **places.headers()}, body)
            facts |= _told(sent)
        return sent

    async def _body(self, actor: Actor, endpoint: Due, delivery: Claimed) -> bytes | None:
        """Returns the message as the receiver may see it now; None where its document no longer holds."""
        if delivery.event_type == subjects.TEST:
            return messages.body(delivery.event_type, None, delivery.occurred_at, b"null")
        subject = subjects.public_id(delivery.event_type, delivery.subject_id)
        request = Request(endpoint.document, variables=messages.variables(subject), reads_only=True)
        answer = await self._graph.answer(request, messages.receiving(actor, endpoint.scopes))
        if not answer.body.startswith(DATA):
            return None
        data = answer.body[len(DATA) : -1]
        return messages.body(delivery.event_type, subject, delivery.occurred_at, data)

    def _outcome(self, delivery: Claimed, sent: Sent) -> Outcome:
        asked = sent.retry_after_seconds if sent.code in ASKED_TO_WAIT else None
        wait = self._pace.wait(delivery.attempts + 1, asked) if sent.error else None
        return Outcome(delivery.id, sent.milliseconds, sent.code, sent.error, wait)


def _told(sent: Sent) -> dict[str, str | int]:
    """Returns what the span of an attempt tells of it."""
    code: dict[str, str | int] = {"http.response.status_code": sent.code} if sent.code else {}
    return {**code, "error.type": str(sent.code or names.OTHER)} if sent.error else code


def _ending(outcome: Outcome) -> str:
    """Returns how an attempt ended, in the words of telemetry."""
    if outcome.delivered:
        return "delivered"
    return "retried" if outcome.wait else "exhausted"
