"""Which answer does a problem get? Every exception that may reach the edge, with its status."""

from collections.abc import Mapping
from typing import Final

from infra import edge
from infra.admission import RETRY_AFTER_SECONDS, Overloaded
from infra.auth import Unauthenticated
from infra.bodies import Refused
from infra.database import Overdue
from infra.edge import More
from infra.reports import mention
from infra.trusted import Unknown
from schema.guard.charges import RateLimitedError
from service.ground.doors import Unreachable

RATE_LIMITED: Final = "RATE_LIMITED"
Refusal = tuple[int, bytes, More]


def refusal(problem: BaseException, headers: Mapping[bytes, bytes]) -> Refusal:
    """Returns status, body and further headers; what nobody expected is reported and masked."""
    match problem:
        case Refused():
            return problem.status, edge.error(str(problem), problem.code), problem.headers
        case Unknown():
            return 200, edge.error(str(problem), problem.code), ()
        case Unauthenticated():
            return 401, edge.error(str(problem), "UNAUTHENTICATED"), ((b"www-authenticate", b"Bearer"),)
        case RateLimitedError():
            return _later(429, str(problem), RATE_LIMITED, problem.seconds)
        case Overloaded():
            return _later(503, str(problem.__doc__), "OVERLOADED", RETRY_AFTER_SECONDS)
        case Overdue():
            return edge.late()
        case Unreachable():
            mention(problem, edge.trace_of(headers))
            return _later(503, "The database cannot be reached.", "UNAVAILABLE", RETRY_AFTER_SECONDS)
    return 500, edge.masked(problem, headers), ()


def _later(status: int, message: str, code: str, seconds: int) -> Refusal:
    body = edge.error(message, code, retryAfter=seconds)
    return status, body, ((b"retry-after", str(seconds).encode()),)
