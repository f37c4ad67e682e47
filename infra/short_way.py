"""What if nothing has to be found out about a request? It is answered from bytes to bytes, without ASGI.

That is a request of a known actor for which there is room: a query by a known document, which does not even
need a task, or a mutation. Nothing is done before that is certain, so whatever is unusual, or speaks against
a request, is left to the long way, which meets it again.
"""

from asyncio import Future, get_running_loop
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
from schema.execution import Answer, Graph, answered, refused
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
    """Answers the usual request at once."""

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
        if media_type is None or TIME_HEADER in headers or COST_HEADER in headers or len(body) > SMALL:
            return None
        urgency = Priority.MUTATION if MUTATION in body else Priority.QUERY
        actor = self._identities.known(headers)
        if actor is None or not self._gate.has_room(urgency):
            return None
        try:
            answer = self._begun(body, actor, exchange, urgency)
        except Exception:  # noqa: BLE001 - the edge: the long way meets it again, and tells it
            return None
        if answer is None:
            return None
        ticket = self._gate.enter_at_once(answer.cancel, urgency, self._entrance.seconds)
        more = self._entrance.origins.answering(media_type, headers.get(b"origin"))
        answer.add_done_callback(partial(self._done, ticket, _Reply(exchange, headers, media_type, more)))
        return ticket

    def _begun(
        self, body: bytes, actor: Actor, exchange: Exchange, urgency: Priority
    ) -> "Future[bytes] | Future[Answer] | None":
        """Returns what is waited for: the data that a query reads, or the answer to a mutation."""
        stated = parsed(body)
        if self._shows_plans and wants_plan(stated):
            return None
        request = self._entrance.request(stated, size=len(body))
        self._entrance.check(request, actor)
        if priority(request) is not urgency:
            return None
        if urgency is Priority.MUTATION:
            return get_running_loop().create_task(self._graph.answer(request, actor))
        exchange.query = request
        return self._graph.at_once(request, actor)

    def _done(self, ticket: Ticket, reply: _Reply, answer: "Future[bytes] | Future[Answer]") -> None:
        """Responds, whatever came out."""
        self._gate.leave(ticket)
        if answer.cancelled():
            return reply.tell(GONE, b"") if ticket.gone else reply.tell(*edge.late())
        try:
            return reply.tell(*_status_and_body(answer.result(), reply.media_type))
        except Problem as problem:
            return reply.tell(*_status_and_body(refused(problem), reply.media_type))
        except Exception as problem:  # noqa: BLE001 - the edge: nothing unexpected may leave unmasked
            return reply.tell(*refusal(problem, reply.headers))


def _status_and_body(found: bytes | Answer, media_type: bytes) -> tuple[int, bytes]:
    """Returns how data that was read, or an answer, is told."""
    if isinstance(found, bytes):
        return 200, answered(found)
    return status_of(found, media_type), found.body


@lru_cache(maxsize=256)
def _media_type(accept: bytes, content_type: bytes) -> bytes | None:
    """Returns the type of the answer; None for a stream of events, and for what is refused."""
    return None if EVENT_STREAM in accept or not is_json(content_type) else answer_type(accept)
