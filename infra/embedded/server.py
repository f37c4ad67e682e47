"""How is a cluster's server started, known to be ready, and stopped, its own or one that was left over?"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from infra.embedded.binaries import EmbeddedDatabaseRefused
from infra.embedded.cluster import Cluster, postmaster_lines, ready
from infra.embedded.privileges import beside_the_parent, unprivileged

START_SECONDS = 60.0
STOP_SECONDS = 60.0
RETRY_SECONDS = 0.2
# Somebody was quicker to take the port; or the last processes of a killed server are still leaving.
PASSING_TROUBLES = ("Address already in use", "is still in use")
SOCKET_FOLDER = Path("/tmp")  # noqa: S108 - a socket's path must be short
SOCKET_PREFIX = "cxgraph-"


# For one service on one machine: bulk loads rarely meet a checkpoint, short plans lose by being compiled.
SERVER_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "fsync": "on",
    "wal_compression": "on",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "password_encryption": "scram-sha-256",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def start(cluster: Cluster, sockets: str) -> subprocess.Popen[bytes]:
    """Starts the server and returns it ready; raises `EmbeddedDatabaseRefused` with the log's end."""
    log = cluster.home / "log"
    deadline = time.monotonic() + START_SECONDS
    while True:
        (cluster.home / "port").write_text(str(_free_port(cluster)))
        (cluster.home / "socket").write_text(sockets)
        server = _spawn(cluster, sockets, log)
        if _became_ready(cluster, server):
            return server
        passing = any(trouble in _tail(log) for trouble in PASSING_TROUBLES)
        if not passing or time.monotonic() > deadline:
            message = f"PostgreSQL did not start; the end of {log}:\n{_tail(log)}"
            raise EmbeddedDatabaseRefused(message)
        time.sleep(RETRY_SECONDS)


def _spawn(cluster: Cluster, sockets: str, log: Path) -> subprocess.Popen[bytes]:
    """Starts the server in a session of its own: Ctrl-C in the terminal is the supervisor's to answer."""
    chosen = {**cluster.settings, "port": str(cluster.port), "unix_socket_directories": sockets}
    options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
    program = [
        *unprivileged(),
        *beside_the_parent(),
        str(cluster.binaries / "postgres"),
        "-D",
        str(cluster.data),
    ]
    # A file of its own for each start: the last words of a killed server's processes go to the one before.
    if log.exists():
        log.replace(log.with_suffix(".before"))
    with log.open("wb") as output:
        return subprocess.Popen(
            [*program, *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _became_ready(cluster: Cluster, server: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        if ready(cluster, server.pid):
            return True
        time.sleep(0.01)
    stop(server)
    return False


def _free_port(cluster: Cluster) -> int:
    """Keeps the port of the last run where it is still free, so that noted addresses stay true."""
    remembered = cluster.home / "port"
    wanted = int(remembered.read_text() or "0") if remembered.exists() else 0
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            chosen: int = probe.getsockname()[1]
            return chosen
    message = "no free TCP port on 127.0.0.1"
    raise EmbeddedDatabaseRefused(message)


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:] if log.exists() else ""


def stop(server: subprocess.Popen[bytes]) -> None:
    """Stops fast (open transactions roll back, the log is closed); a deaf server is stopped at once."""
    if server.poll() is not None:
        return
    server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait(STOP_SECONDS)


def stop_leftover(cluster: Cluster) -> None:
    """Ends the server of a supervisor that was killed, and clears what it could not remove itself."""
    lines = postmaster_lines(cluster)
    if lines and lines[0].strip().isdigit():
        _end_process(cluster, int(lines[0]))
        _forget_stranger(cluster, int(lines[0]))
    noted = cluster.home / "socket"
    sockets = Path(noted.read_text()) if noted.exists() else None
    if sockets is not None and sockets.parent == SOCKET_FOLDER and sockets.name.startswith(SOCKET_PREFIX):
        shutil.rmtree(sockets, ignore_errors=True)


def _forget_stranger(cluster: Cluster, pid: int) -> None:
    """Clears the note of a process whose number a stranger has by now: PostgreSQL would take it for its own.

    Where nobody has the number the note stays, because PostgreSQL reads from it what else could be left.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return
    except PermissionError:
        pass
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)


def _end_process(cluster: Cluster, pid: int) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    asked = False
    while _serves(cluster, pid):
        if not asked:
            os.kill(pid, signal.SIGINT)
            asked = True
        if time.monotonic() > deadline:
            message = f"process {pid} still serves {cluster.data} and does not stop"
            raise EmbeddedDatabaseRefused(message)
        time.sleep(0.02)


def _serves(cluster: Cluster, pid: int) -> bool:
    """Whether this process is the server of this very folder, and not a stranger with the same number."""
    command = _command_line(pid)
    return "postgres" in command and str(cluster.data) in command


def _command_line(pid: int) -> str:
    """Reads what a process was started with; empty where it is gone. Some systems lack `ps`, some `/proc`."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        except OSError:
            return ""
    listing = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(listing, check=False, capture_output=True, text=True).stdout
