"""What happens to an unexpected error? It gets a trace id, goes to the log, and never to the client."""

import logging
import secrets

LOG = logging.getLogger("cxgraph")


def report(error: BaseException, trace: str | None = None) -> str:
    """Logs an error with its traceback and returns the trace id under which it can be found again."""
    trace = trace or secrets.token_hex(16)
    LOG.error("unexpected error, trace id %s", trace, exc_info=error)
    return trace
