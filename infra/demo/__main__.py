"""What happens on `python -m infra.demo URL`? The demo comes into the service that listens there.

This is a client's process: it imports nothing of the service, so that it starts at once.
"""

import asyncio
import signal
import sys

import httpx

from infra.demo.asking import DemoRefused
from infra.demo.sender import load

USAGE = "Name where the service listens, such as http://127.0.0.1:8000"
INTERRUPTED = 128 + signal.SIGINT


def main(words: list[str]) -> int | str:
    """Loads the demo into the service at this address; returns the exit status, or why there is no demo."""
    if len(words) != 1:
        return USAGE
    try:
        asyncio.run(load(words[0]))
    except (DemoRefused, httpx.HTTPError) as refusal:
        return f"The demo could not be loaded: {refusal!r}"
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
