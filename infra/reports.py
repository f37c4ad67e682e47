"""What happens to an unexpected error? It goes to the log under its trace's id, and never to the client.

Where no trace is followed it gets an id of its own.
"""

import logging
import secrets

from infra.telemetry.places import current

LOG = logging.getLogger("cxgraph")


def report(error: BaseException, trace: str | None = None) -> str:
    """Logs an error with its traceback and returns the trace id under which it can be found again."""
    place = current()
    trace = trace or (place.trace_id.hex() if place else secrets.token_hex(16))
    if place:
        place.failed = True
    LOG.error("unexpected error, trace id %s", trace, exc_info=error)
    return trace
