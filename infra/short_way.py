"""What if nothing has to be found out about a request? It is answered from bytes to bytes, without a task.

That is a query of a known actor by a known document, for which there is room. Nothing is done before that is
certain, so whatever is unusual, or speaks against a request, is left to the long way, which meets it again.
"""

from asyncio import Future
from dataclasses import dataclass
from functools import lru_cache, partial

from infra import edge
from infra.admission import Gate, Priority, Ticket
from infra.auth import Identities
from infra.bodies import MUTATION, SMALL, parsed
from infra.edge import More
from infra.entrance import Entrance, priority
from infra.event_stream import MEDIA_TYPE as EVENT_STREAM
from infra.graphql_http import COST_HEADER, TIME_HEADER, status_of, wants_plan
from infra.http_protocol import GONE, Exchange, HeaderMap
from infra.negotiation import answer_type, is_json
from infra.refusals import refusal
from schema.execution import Graph, answered, refused
from service.ground.actor import Actor
from service.ground.problems import Problem


@dataclass(frozen=True, slots=True)
class _Reply:
    """To whom an answer goes, and how."""

    exchange: Exchange
    headers: HeaderMap
    media_type: bytes
    more: More

    def tell(self, status: int, body: bytes, extra: More = ()) -> None:
        self.exchange.respond(status, self.more + extra, body)


class ShortWay:
    """Answers the usual query at once."""

    def __init__(
        self, graph: Graph, identities: Identities, entrance: Entrance, *, shows_plans: bool
    ) -> None:
        """Lets in what `entrance` does; plans, where they are shown, are told on the long way."""
        self._graph = graph
        self._identities = identities
        self._entrance = entrance
        self._gate: Gate = entrance.gate
        self._shows_plans = shows_plans

    def __call__(self, headers: HeaderMap, body: bytes, exchange: Exchange) -> Ticket | None:
        """Begins to answer a POST request and returns its ticket; None where that takes the long way."""
        media_type = _media_type(headers.get(b"accept", b""), headers.get(b"content-type", b""))
        if media_type is None or TIME_HEADER in headers or COST_HEADER in headers:
            return None
        if len(body) > SMALL or MUTATION in body:
            return None
        actor = self._identities.known(headers)
        if actor is None or not self._gate.has_room():
            return None
        try:
            answer = self._asked(body, actor, exchange)
        except Exception:  # noqa: BLE001 - the edge: the long way meets it again, and tells it
            return None
        if answer is None:
            return None
        ticket = self._gate.enter_at_once(answer.cancel, self._entrance.seconds)
        more = self._entrance.origins.answering(media_type, headers.get(b"origin"))
        answer.add_done_callback(partial(self._done, ticket, _Reply(exchange, headers, media_type, more)))
        return ticket

    def _asked(self, body: bytes, actor: Actor, exchange: Exchange) -> "Future[bytes] | None":
        stated = parsed(body)
        if self._shows_plans and wants_plan(stated):
            return None
        request = exchange.asked = self._entrance.request(stated, size=len(body))
        self._entrance.check(request, actor)
        return self._graph.at_once(request, actor) if priority(request) is Priority.QUERY else None

    def _done(self, ticket: Ticket, reply: _Reply, answer: "Future[bytes]") -> None:
        """Responds, whatever came out."""
        self._gate.leave(ticket)
        if answer.cancelled():
            return reply.tell(GONE, b"") if ticket.gone else reply.tell(*edge.late())
        try:
            return reply.tell(200, answered(answer.result()))
        except Problem as problem:
            told = refused(problem)
            return reply.tell(status_of(told, reply.media_type), told.body)
        except Exception as problem:  # noqa: BLE001 - the edge: nothing unexpected may leave unmasked
            return reply.tell(*refusal(problem, reply.headers))


@lru_cache(maxsize=256)
def _media_type(accept: bytes, content_type: bytes) -> bytes | None:
    """Returns the type of the answer; None for a stream of events, and for what is refused."""
    return None if EVENT_STREAM in accept or not is_json(content_type) else answer_type(accept)
