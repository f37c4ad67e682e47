"""What does a server cost? It runs in a process of its own, whose CPU time and memory the system tells."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from tests.bench.cores import bound_to

START_SECONDS = 60.0
STOP_SECONDS = 20.0
REST_SECONDS = 30.0
REST_STEP_SECONDS = 0.2
# The fields of /proc/PID/stat after the name, counted from 0: user and system time in clock ticks.
USER, SYSTEM = 11, 12


class NotStarted(Exception):
    """A server did not begin to listen; the message holds the end of what it printed."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server that answers GraphQL requests at `url`."""

    name: str
    pid: int
    url: str

    def cpu_seconds(self) -> float | None:
        """Returns the CPU time the process has used so far, None where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return (int(fields[USER]) + int(fields[SYSTEM])) / os.sysconf("SC_CLK_TCK")

    def await_rest(self) -> None:
        """Waits until the process has finished what it was asked, answered or not; half a minute at most."""
        deadline = time.monotonic() + REST_SECONDS
        used = self.cpu_seconds()
        while used is not None and time.monotonic() < deadline:
            time.sleep(REST_STEP_SECONDS)
            before, used = used, self.cpu_seconds()
            if used is None or used - before <= REST_STEP_SECONDS / 10:
                return

    def peak_megabytes(self) -> float | None:
        """Returns the most memory the process ever held, None where the system does not tell."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return None
        peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(peaks[0]) / 1024 if peaks else None


@contextmanager
def serving(
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    port: int,
    cores: frozenset[int],
    path: str = "/graphql",
) -> Iterator[Server]:
    """Runs a server as long as the block and stops it by its own process id."""
    with TemporaryFile("w+") as log:
        with bound_to(cores):
            process = subprocess.Popen(
                command, env={**os.environ, **environment}, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        try:
            _await_listening(process, port)
            yield Server(name, process.pid, f"http://127.0.0.1:{port}{path}")
        except NotStarted as failure:
            log.seek(0)
            message = f"{name}: {failure}\n{log.read()[-2000:]}"
            raise NotStarted(message) from failure
        finally:
            _stop(process)


def free_port() -> int:
    """Returns a TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_listening(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            message = f"ended with status {process.returncode}"
            raise NotStarted(message)
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    message = f"did not listen within {START_SECONDS:.0f} seconds"
    raise NotStarted(message)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
