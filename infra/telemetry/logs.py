"""What does a log line hold? A JSON object on stdout: when, what, in which trace; and nobody's data.

The text of an exception may repeat a value that somebody sent, so production shows its sort and where it was
raised; development shows its text as well.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

from infra.telemetry.places import current

QUIET = ("httpx", "httpcore", "asyncio", "opentelemetry")


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def __init__(self, *, discreet: bool) -> None:
        """Leaves out the texts of exceptions where it is discreet."""
        super().__init__()
        self._discreet = discreet

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line."""
        place = current()
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if place is not None:
            line |= {"trace_id": place.trace_id.hex(), "span_id": place.span_id.hex()}
        if record.exc_info and record.exc_info[1]:
            line["error"] = self._error(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)

    def _error(self, error: BaseException) -> dict[str, object]:
        frames = [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
        shown: dict[str, object] = {"type": type(error).__name__, "stack": frames}
        state = getattr(error, "sqlstate", None)
        if state:
            shown["sqlstate"] = state
        return shown if self._discreet else {**shown, "message": str(error)}


def log_as_json(*, discreet: bool) -> None:
    """Lets everything that is logged in this process leave as JSON lines on stdout, uvicorn's too."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(discreet=discreet))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
