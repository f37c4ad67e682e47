"""What if nothing has to be found out about a request? It is answered from bytes to bytes, without ASGI.

That is a request of a known actor for which there is room: a query by a known document, which does not even
need a task, or a mutation. Nothing is done before that is certain, so whatever is unusual, or speaks against
a request, is left to the long way, which meets it again.
"""

from asyncio import CancelledError, Future
from dataclasses import dataclass
from functools import lru_cache, partial
from time import perf_counter

from infra import edge
from infra.admission import Gate, Priority, Ticket
from infra.auth import Identities
from infra.bodies import MUTATION, SMALL, parsed
from infra.edge import More
from infra.entrance import Entrance, priority
from infra.event_stream import MEDIA_TYPE as EVENT_STREAM
from infra.graphql_http import COST_HEADER, TIME_HEADER, status_of, wants_plan
from infra.http_protocol import GONE, Exchange, HeaderMap
from infra.lanes import Asked
from infra.negotiation import answer_type, is_json
from infra.refusals import Refusal, refusal
from infra.telemetry.places import Place, at, standing
from infra.telemetry.visits import TRACEPARENT, Visits
from schema.execution import Answer, Graph, Request, answered, refused
from service.ground.actor import Actor
from service.ground.problems import Problem


@dataclass(slots=True)
class _Reply:
    """To what an answer goes, and how."""

    exchange: Exchange
    headers: HeaderMap
    media_type: bytes
    more: More
    begun: float
    place: Place | None
    """Where its work stands, if that is asked for."""
    query: Request | None = None
    """The query that it answers; None for a mutation."""


class ShortWay:
    """Answers the usual request at once."""

    def __init__(
        self,
        graph: Graph,
        identities: Identities,
        entrance: Entrance,
        visits: Visits | None,
        *,
        shows_plans: bool,
    ) -> None:
        """Lets in what `entrance` does, followed as `visits`; plans, if shown, are told on the long way."""
        self._graph = graph
        self._identities = identities
        self._entrance = entrance
        self._gate: Gate = entrance.gate
        self._visits = visits
        self._shows_plans = shows_plans

    def __call__(self, headers: HeaderMap, body: bytes, exchange: Exchange) -> Ticket | None:
        """Begins to answer a POST request and returns its ticket; None where that takes the long way."""
        begun, place, visits = perf_counter(), None, self._visits
        media_type = _media_type(headers.get(b"accept", b""), headers.get(b"content-type", b""))
        if media_type is None or TIME_HEADER in headers or COST_HEADER in headers or len(body) > SMALL:
            return None
        writes = MUTATION in body
        urgency = Priority.MUTATION if writes else Priority.QUERY
        actor = self._identities.known(headers)
        if actor is None or not self._gate.has_room(urgency):
            return None
        if visits is not None:
            if visits.decided_until < begun:
                visits.decide(begun)
            if visits.keeps or writes or TRACEPARENT in headers:
                place = visits.place(headers.get(TRACEPARENT))
        more = self._entrance.origins.answering(media_type, headers.get(b"origin"))
        reply = _Reply(exchange, headers, media_type, more, begun, place)
        answer = self._begun(body, actor, reply, urgency)
        if answer is None:
            return None
        if place is not None and isinstance(answer, Asked):
            answer.origin = place
        ticket = self._gate.enter_at_once(answer.cancel, urgency, self._entrance.seconds)
        answer.add_done_callback(partial(self._done, ticket, reply))
        return ticket

    def _begun(
        self, body: bytes, actor: Actor, reply: _Reply, urgency: Priority
    ) -> "Future[bytes] | Future[Answer] | None":
        """Returns what is waited for: the data that a query reads, or the answer to a mutation."""
        try:
            stated = parsed(body)
            if self._shows_plans and wants_plan(stated):
                return None
            request = self._entrance.request(stated, size=len(body))
            self._entrance.check(request, actor)
            if priority(request) is not urgency:
                return None
            if urgency is Priority.MUTATION:
                work = standing(reply.place, self._graph.answer(request, actor))
                reply.exchange.outlived_by(work)
                return work
            reply.query = request
            return self._graph.at_once(request, actor)
        except Exception:  # noqa: BLE001 - the edge: the long way meets it again, and tells it
            return None

    def _done(self, ticket: Ticket, reply: _Reply, answer: "Future[bytes] | Future[Answer]") -> None:
        """Responds, whatever came out."""
        self._gate.leave(ticket)
        visits = self._visits
        failure = CancelledError() if answer.cancelled() else answer.exception()
        outcome = failure or answer.result()
        if isinstance(outcome, bytes):
            status, body = 200, answered(outcome)
            reply.exchange.respond(status, reply.more, body)
            if visits is not None and reply.place is None:
                return visits.found(perf_counter() - reply.begun)
        else:
            status, body, extra = _otherwise(ticket, reply, outcome)
            reply.exchange.respond(status, reply.more + extra, body)
        if visits is not None:
            visits.tell(reply.begun, reply.query, reply.place, status, body)
        return None


def _otherwise(ticket: Ticket, reply: _Reply, outcome: Answer | BaseException) -> Refusal:
    """Returns the answer to a mutation, or why there is none: status, body and further headers."""
    if isinstance(outcome, CancelledError):
        return (GONE, b"", ()) if ticket.gone else edge.late()
    if isinstance(outcome, Problem):
        outcome = refused(outcome)
    if isinstance(outcome, Answer):
        return status_of(outcome, reply.media_type), outcome.body, ()
    with at(reply.place):
        return refusal(outcome, reply.headers)


@lru_cache(maxsize=256)
def _media_type(accept: bytes, content_type: bytes) -> bytes | None:
    """Returns the type of the answer; None for a stream of events, and for what is refused."""
    return None if EVENT_STREAM in accept or not is_json(content_type) else answer_type(accept)
