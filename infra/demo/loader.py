"""How does a service get its demo while it answers? A client's process of its own, which ends with it."""

import asyncio
import sys
from asyncio.subprocess import Process

PATIENCE_SECONDS = 5.0


def command(url: str) -> tuple[str, ...]:
    """Returns the command line that loads the demo into the service at `url`."""
    return (sys.executable, "-m", "infra.demo", url)


async def load_apart(url: str) -> int:
    """Loads the demo in a process of its own and returns its exit status; cancelled, ends that process."""
    process = await asyncio.create_subprocess_exec(*command(url))
    try:
        return await process.wait()
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    """Asks a process to end, then makes it."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
